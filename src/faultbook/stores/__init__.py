"""What is kept on disk for a while: diagnoses under names that nobody can guess, until they expire or are deleted."""

from faultbook.stores.diagnoses import Diagnoses, Full, Kept, Quota

__all__ = ["Diagnoses", "Full", "Kept", "Quota"]
