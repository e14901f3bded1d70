"""The use cases: all that a surface may call.

What a diagnosis need not load stands in modules of its own: ``faultbook.app.maintain`` keeps the book, ``faultbook.app.scanning`` reads large logs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faultbook.app.faultbook import Answer, Diagnosed, Faultbook, decode

__all__ = ["Answer", "Diagnosed", "Faultbook", "decode"]


def __getattr__(name: str) -> Any:
    """The names above, when they are first asked for."""
    if name not in __all__:
        raise AttributeError(name)
    from faultbook.app import faultbook

    return getattr(faultbook, name)
