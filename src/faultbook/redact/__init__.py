"""People and secrets out of text and JSON."""

from faultbook.redact.kept import KEPT_APPLICATIONS
from faultbook.redact.redactor import REMOVED, Redactor, salt_of
from faultbook.redact.secrets_only import SecretsOnly

__all__ = ["KEPT_APPLICATIONS", "REMOVED", "Redactor", "SecretsOnly", "salt_of"]
