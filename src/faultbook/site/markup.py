"""The Markdown inside entries as HTML: text and nothing else. What would be a tag is shown, what would be a picture or a link of its own stays text."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from faultbook.book.layout import clean

_OFF: Final = (
    "html_block",
    "html_inline",
    "image",
    "link",
    "autolink",
    "reference",
    "heading",
    "lheading",
    "hr",
    "entity",
)
_LINKED: Final = re.compile(
    r"""(?P<code>(?<![\w.:=-])(?=[\w:=.-]{0,40}[0-9_])[A-Za-z](?:[\w=]|[:.-](?=\w)){4,110}(?![\w-]))
      |(?P<number>(?<![\w.:=-])[0-9]{5,7}(?![\w]|[.:-]\w))
      |(?P<address>https://[A-Za-z0-9][^\s<>"'`)\]]{2,200}[A-Za-z0-9/#=])""",
    re.VERBOSE | re.ASCII,
)
"""A word that may be a code, which has a digit or an underscore in it; a number that may be the short form of one; or an address."""


class Writer:
    """Writes the texts of entries.

    ``paths`` are the pages of codes: a code in a sentence is a link to its page, unless it is the ``own`` code of the page being written.
    ``entries`` are the codes that have an entry.
    """

    def __init__(self, paths: Mapping[str, str], entries: Collection[str]) -> None:
        self._paths = paths
        self._entries = entries
        self.own = ""
        self._markdown = MarkdownIt("commonmark", {"html": False}).disable(list(_OFF))
        self._markdown.renderer.rules["text"] = self._text  # type: ignore[attr-defined]  # the protocol does not name the rules

    def block(self, text: str) -> Markup:
        """Paragraphs, lists and code."""
        return Markup(self._markdown.render(_lines(text)))  # noqa: S704 - made by the renderer, which escapes

    def inline(self, text: str) -> Markup:
        """One run of text without a paragraph of its own."""
        return Markup(self._markdown.renderInline(" ".join(clean(text).split())))  # noqa: S704 - as above

    def shown(self, text: str) -> str:
        """What a reader sees of one run of text, without any element."""
        return self.inline(text).striptags()

    def _text(self, tokens: list[Token], at: int, *_: object) -> str:
        text = tokens[at].content
        parts: list[str] = []
        done = 0
        for found in _LINKED.finditer(text):
            path = found[0] if found["address"] else self._page_of(found[0])
            if path is None:
                continue
            kind = ' class="out"' if found["address"] else ""
            parts.append(f'{escape(text[done : found.start()])}<a{kind} href="{escape(path)}">{escape(found[0])}</a>')
            done = found.end()
        parts.append(str(escape(text[done:])))
        return "".join(parts)

    def _page_of(self, word: str) -> str | None:
        """The page of a code; on a page about a sign-in code a bare number is the short form of another one that has an entry."""
        code = word
        if word.isdigit():
            code = f"AADSTS{word}"
            if not self.own.startswith("AADSTS") or code not in self._entries:
                return None
        return None if code == self.own else self._paths.get(code)


def _lines(text: str) -> str:
    return "\n".join(clean(line) for line in text.strip("\n").split("\n"))
