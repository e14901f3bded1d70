"""The texts of an entry, and the sentences in them."""

import re
from collections.abc import Iterator

from faultbook.model import Entry

# What is quoted is somebody else's word, and what is code is no prose.
_QUOTED = re.compile(r"```.*?```|`[^`\n]*`|“[^”]*”|\"[^\"\n]*\"|(?<![\w*])\*\w[^*\n]*\*(?![\w*])", re.DOTALL)
_END = re.compile(r"(?<=[.!?])[\"”)*]*\s+(?=[\"“(*`]*[A-Z0-9])")
_SHORT = re.compile(r"\b(?:e\.g|i\.e|etc|vs|no|approx|cf)\.$", re.IGNORECASE)


def prose(entry: Entry) -> Iterator[tuple[str, str]]:
    """Every text in whole sentences that somebody wrote, with its place."""
    if not entry.known_only:
        yield "summary", entry.summary
        yield "meaning", entry.meaning
        yield "first_step", entry.first_step
        yield "retry.why", entry.retry.why
    for number, text in enumerate(entry.not_known, start=1):
        yield f"not_known[{number}]", text
    for number, cause in enumerate(entry.causes, start=1):
        yield f"cause[{number}].detail", cause.detail
        yield from (
            (f"cause[{number}].{key}", text)
            for key, text in (("untested", cause.untested), ("no_fix", cause.no_fix))
            if text
        )
    yield from steps(entry)
    for number, fix in enumerate(entry.fixes, start=1):
        yield from (
            (f"fix[{number}].{key}", text) for key, text in (("changes", fix.changes), ("undo", fix.undo)) if text
        )
    for number, question in enumerate(entry.faq if not entry.known_only else (), start=1):
        yield f"faq[{number}].a", question.a
    for number, related in enumerate(entry.related, start=1):
        if related.note:
            yield f"related[{number}].note", related.note
    for number, source in enumerate(entry.sources, start=1):
        yield f"source[{number}].says", source.says


def steps(entry: Entry) -> Iterator[tuple[str, str]]:
    """Every step of every fix, with its place."""
    for number, fix in enumerate(entry.fixes, start=1):
        for step, text in enumerate(fix.steps, start=1):
            yield f"fix[{number}].steps[{step}]", text


def titles(entry: Entry) -> Iterator[tuple[str, str]]:
    """Every title and question, with its place."""
    yield from ((f"cause[{number}].title", cause.title) for number, cause in enumerate(entry.causes, start=1))
    yield from ((f"fix[{number}].title", fix.title) for number, fix in enumerate(entry.fixes, start=1))
    yield from ((f"faq[{number}].q", question.q) for number, question in enumerate(entry.faq, start=1))


def texts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Every text that a page prints or a reviewer reads, with its place."""
    yield from (("code", entry.code), ("name", entry.name))
    yield from titles(entry)
    yield from prose(entry)
    yield from ((f"not_sample[{number}].why", sample.why) for number, sample in enumerate(entry.not_samples, start=1))
    yield from ((f"source[{number}].url", source.url) for number, source in enumerate(entry.sources, start=1))


def unquoted(text: str) -> str:
    """The text with everything quoted, emphasised or set as code taken out."""
    return _QUOTED.sub(" ", text)


def sentences(text: str) -> list[str]:
    """The sentences of a text; abbreviations and numbers do not end one."""
    found: list[str] = []
    for part in _END.split(" ".join(text.split())):
        if found and _SHORT.search(found[-1]):
            found[-1] += f" {part}"
        elif part:
            found.append(part)
    return found
