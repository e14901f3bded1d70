"""Templates, and the frame in which every page stands, whether it was made with the book or is made for one request."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from faultbook.book.layout import bare, clean
from faultbook.book.page import PASSES, STOPS, advice, capital, listed
from faultbook.site.assets import assets
from faultbook.site.page import Page, page
from faultbook.site.paths import entry_path

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'"
)
"""No inline script, no inline style, nothing from elsewhere. A server adds ``frame-ancestors 'none'``, which a page cannot say of itself."""


_WORDS: Final = re.compile(r"(?<=[_.:=-])(?=\w)|(?<=[a-z])(?=[A-Z])")


@cache
def environment() -> Environment:
    """The templates, with everything escaped unless it was made here."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.update(
        STOPS=STOPS, PASSES=PASSES, policy=POLICY, entry_path=entry_path, asset=lambda name: assets()[name].path
    )
    made.filters.update(
        capital=capital,
        listed=listed,
        plain=bare,
        data=data,
        shown=shown,
        address=address,
        advice=advice,
        parted=parted,
    )
    return made


def data(value: Any) -> Markup:
    """Structured data inside a script element: JSON in which nothing can end that element."""
    text = msgspec.json.encode(value).decode()
    for sign, written in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, written)
    return Markup(text)  # noqa: S704 - JSON, with the signs of markup written as numbers


def parted(code: str) -> Markup:
    """A code that breaks between its words, where a line has no room for all of it: behind a sign, and before a capital."""
    return Markup("<wbr>").join(_WORDS.split(code))


def address(url: str) -> str:
    """An address as it is shown: its host, and of its path the last part."""
    host, _, path = url.partition("://")[2].partition("/")
    parts = [part for part in path.split("/") if part]
    return "/".join([host, *(["…"] if len(parts) > 1 else []), *parts[-1:]])


def shown(text: str) -> str:
    """A text as it is printed, its lines kept, without signs that would hide what it says."""
    return "\n".join(clean(line) for line in text.strip("\n").splitlines())


def rendered(template: str, path: str, values: Mapping[str, Any], *, status: int = 200) -> Page:
    """A page from a template. ``values`` hold at least ``title``; see ``frame.html`` for what else it knows."""
    known = {"description": "", "robots": "", "structured": (), "styles": (), "scripts": (), "here": "", "path": path}
    text = environment().get_template(template).render({**known, **values})
    return page(path, text.encode(), status=status, language="en")


def frame(
    title: str,
    body_html: str,
    *,
    path: str = "",
    status: int = 200,
    description: str = "",
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    here: str = "",
) -> Page:
    """Any HTML of ours in the common frame; ``body_html`` is trusted, and everything in it that came from outside must be escaped already.

    ``styles`` and ``scripts`` are the paths of more of them; ``here`` is the item of the menu to mark (``browse``, ``about``, ``diagnose``).
    Such a page is made for one reader, so it has no canonical link and asks not to be indexed.
    """
    values = {
        "title": title,
        "body": Markup(body_html),  # noqa: S704 - by contract
        "description": description,
        "robots": "noindex",
        "styles": styles,
        "scripts": scripts,
        "here": here,
    }
    return rendered("plain.html", path, values, status=status)
