"""What every answer tells browsers not to do."""

from typing import Final

from faultbook.settings import Settings
from faultbook.site.render import POLICY
from faultbook.web.deliver import Head

_YEAR: Final = 31_536_000
_HEADERS: Final = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with that a browser sends the forms of a page with "Origin: null", which could be anybody's.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def security_headers(settings: Settings) -> Head:
    """Headers for every answer of these settings."""
    headers = dict(_HEADERS)
    if settings.serve.base_url.startswith("https://"):
        headers["strict-transport-security"] = f"max-age={_YEAR}"
    return [(name.encode(), value.encode()) for name, value in headers.items()]
