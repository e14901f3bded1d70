"""The style and the scripts, each under a name that changes with its content, so that a browser may keep it for ever."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from faultbook.diagnose.page_style import BASE, DIAGNOSIS, TABLES, VERIFIED
from faultbook.site.page import Page, page

_HOME: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ORDER: Final = (
    *("site.css", "more.css", "diagnosis.css", "diagnosing.css", "favicon.svg"),
    *(
        "patterns.js",
        "unwrap.js",
        "fields.js",
        "mentions.js",
        "families.js",
        "spelled.js",
        "numbers.js",
        "wording.js",
        "recognise.js",
    ),
    *("search.js", "answer.js", "site.js", "diagnosing.js"),
)
"""A file may name those before it."""


@cache
def assets() -> dict[str, Page]:
    """Every asset by its plain name: ``assets()["site.css"].path`` is where it stands."""
    found: dict[str, Page] = {}
    for name in _ORDER:
        text = _source(name)
        for other, one in found.items():
            text = text.replace(f'"./{other}"', f'"./{one.path.rpartition("/")[2]}"')
        body = text.encode()
        stem, dot, suffix = name.rpartition(".")
        path = f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:10]}{dot}{suffix}"
        found[name] = page(path, body, type_=_TYPES[dot + suffix])
    return found


def _source(name: str) -> str:
    if name == "diagnosis.css":
        return _tight(DIAGNOSIS + VERIFIED)
    text = (_HOME / name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        return _tight({"site.css": BASE, "more.css": TABLES}.get(name, "") + text)
    return re.sub(r"^ *// .*\n", "", text, flags=re.MULTILINE) if name.endswith(".js") else text


def _tight(style: str) -> str:
    """A style sheet without what only its readers need."""
    return re.sub(r"/\*.*?\*/|(?<=[{};,])\s+|;(?=\})", "", style.strip(), flags=re.DOTALL)
