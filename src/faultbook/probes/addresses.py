"""The parts of a web address that probes compare."""

import re
from typing import Final, NamedTuple

_ADDRESS: Final = re.compile(
    r"([a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(\[[^\]/]*\]|[^/?#:]*)(?::\d*)?([^?#]*)", re.IGNORECASE
)


class Address(NamedTuple):
    """Scheme and host in lower case, and the path; the port is left out. All empty where the text is no address with a host."""

    scheme: str
    host: str
    path: str


def address(text: object) -> Address:
    """The parts of an address."""
    if not isinstance(text, str) or (found := _ADDRESS.match(text.strip())) is None:
        return Address("", "", "")
    return Address(found[1].lower(), found[2].lower(), found[3])
