"""What an installation decides: one struct, with the help of each setting beside it.

A value comes from the environment (``FAULTBOOK_…``), else from a file (TOML), else from the types. Nothing below ``app`` reads any of it.
Secrets come from the environment or from a file of their own, never from a flag or the settings file, and are never printed.
"""

from faultbook.settings.load import Loaded, Row, load
from faultbook.settings.types import Auth, Limits, Log, Mcp, Secret, Serve, Settings, Store

__all__ = ["Auth", "Limits", "Loaded", "Log", "Mcp", "Row", "Secret", "Serve", "Settings", "Store", "load"]
