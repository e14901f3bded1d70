"""What the text index holds of each code: fragments, samples, names, summaries, notes."""

import re
from collections.abc import Iterable, Iterator

from faultbook.book.known import Known
from faultbook.book.wording import Fragment
from faultbook.model import Entry
from faultbook.recognise.index import Said, TextIndex, indexed
from faultbook.recognise.surroundings import surroundings_of
from faultbook.recognise.terms import terms, without_values
from faultbook.recognise.wording import sentences_of

_FRAGMENT, _SAMPLE, _NAME, _NOTE, _SUMMARY, _LATER = 1.0, 0.9, 0.9, 0.7, 0.6, 0.75
"""How near each is to what a program prints; ``_LATER`` is for the second and further codes of a fragment."""
_NUMBERED = re.compile(r"\d{2}|AADSTS")
_FIELD = re.compile(
    r"\"[\w.]{1,40}\"\s*:|\b(?:SQLSTATE|Trace ID|Correlation ID|Timestamp|Request ID|requestId|errorCode|error_code|message|target|failureType|UserError)\b\S*"
)
_NO_MESSAGE = re.compile(r"dbt:(?:\w+ Error|[A-Z]\d{3})")
"""What dbt prints before every message of a kind, and the events of its log: the former are like everything, the latter mostly no errors."""
_LONGEST_SAMPLE = 40
_PRODUCTS = {"power-bi-gateway": "power-bi"}


def text_index(entries: Iterable[Entry], known: Iterable[Known], fragments: Iterable[Fragment]) -> TextIndex:
    """The index over entries, published codes and fragments, of codes that report errors and are printed in surroundings of their own."""
    entries, known = tuple(entries), tuple(known)
    published = {one.code: one for one in known}
    surroundings: dict[str, str] = {}
    for code, family in _families(entries, published).items():
        if (needed := surroundings_of(code, family)) is not None and not _NO_MESSAGE.fullmatch(code):
            surroundings[code] = needed
    said = (*_of_known(known), *_of_entries(entries), *_of_fragments(fragments))
    return indexed((one for one in said if one.code in surroundings), surroundings)


def _families(entries: tuple[Entry, ...], published: dict[str, Known]) -> dict[str, str]:
    """The family of every code that reports an error; of one that is nowhere published its product."""
    found = {
        entry.code: _PRODUCTS.get(entry.product, entry.product) for entry in entries if entry.code not in published
    }
    return found | {
        code: one.family for code, one in published.items() if one.kind == "error" and one.note != "legacy-temp"
    }


def _of_known(known: tuple[Known, ...]) -> Iterator[Said]:
    for one in known:
        name = one.name or ("" if _NUMBERED.search(one.code) else one.code.partition(":")[2] or one.code)
        yield _said(one.code, _NAME, name)
        if "SQLSTATE" not in one.note:
            yield _said(one.code, _NOTE, one.note.partition(": ")[2] or one.note, printed=False)


def _of_entries(entries: tuple[Entry, ...]) -> Iterator[Said]:
    for entry in entries:
        yield _said(entry.code, _NAME, entry.name)
        yield _said(entry.code, _SUMMARY, without_values(entry.summary), printed=False)
        for phrase in (*entry.wording, *sentences_of(entry)):
            yield _fragment(entry.code, _FRAGMENT, phrase)
        for sample in entry.samples:
            message = _message(sample.text, [entry.code, *entry.aliases])
            if 1 < len(message) <= _LONGEST_SAMPLE:
                yield Said(entry.code, _SAMPLE, False, tuple(message))


def _of_fragments(fragments: Iterable[Fragment]) -> Iterator[Said]:
    for one in fragments:
        for rank, code in enumerate(one.codes):
            yield _fragment(code, _LATER if rank else _FRAGMENT, one.text)


def _message(sample: str, codes: list[str]) -> list[str]:
    """The terms of a sample's message: of what stands behind its code, if anything does, else of all but the code and the names of fields."""
    behind = max((sample.rfind(code) + len(code) for code in codes if code in sample), default=0)
    code = re.compile("|".join(map(re.escape, codes)))
    for part in (sample[behind:], sample):
        found = terms(without_values(" ".join(_FIELD.sub(" . ", code.sub(" ", part)).split())))
        if len(found) > 1:
            return found
    return []


def _fragment(code: str, weight: float, text: str) -> Said:
    """A fragment without what is left out of texts too, unless that is all it says."""
    bare = without_values(text)
    return _said(code, weight, bare if len(terms(bare)) > 1 else text)


def _said(code: str, weight: float, text: str, *, printed: bool = True) -> Said:
    return Said(code, weight, printed, tuple(terms(text)))
