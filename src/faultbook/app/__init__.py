"""The use cases: all that a surface may call. What maintains the book is in ``faultbook.app.maintain``, which a diagnosis need not load."""

from faultbook.app.faultbook import Answer, Diagnosed, Faultbook, decode
from faultbook.app.live import Live

__all__ = ["Answer", "Diagnosed", "Faultbook", "Live", "decode"]
