"""A new entry, filled with what is published about its code and marked where a person has to write."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from faultbook.book.cite import Place, cite
from faultbook.book.known import Known, Range
from faultbook.book.place import place
from faultbook.book.specimen import WORDS, specimens
from faultbook.book.words import Words
from faultbook.errors import BookError
from faultbook.model import Depth, Entry, Stops, Transient

_STOPS: Final[Stops] = "a-person"
_ELSEWHERE: Final = Place(id="source-1", url="https://learn.microsoft.com/FILL:", kind="vendor", name="")

_HEAD: Final = """\
#:schema {root}schema/entry-1.json
{facts}
schema     = 1
code       = {code}
{name}product    = {product}
surfaces   = []  # {surfaces}
category   = "FILL:"  # {categories}
stops      = "{stops}"  # a-step, a-person, a-job, many, everyone
transient  = "{transient}"  # yes, may, no, unknown
severity   = "{severity}"  # what the rubric gives for the two lines above
who_fixes  = []  # {who}
status     = "draft"
depth      = "{depth}"  # brief, or full: causes with tests, fixes with proof, and questions
cites      = [{cited}]
summary    = "FILL: what happened, one sentence, at most 120 characters."
first_step = "FILL: what to do before anything else."

meaning = '''
FILL: what the error means, in your own words, and what it does not mean. Say what is not published.
'''

not_known = ["FILL: what nobody has written down, and you would like to know."]

[retry]
advice = "{advice}"  # wait-then-retry, retry-once, do-not-retry, fix-first
{wait}why    = "FILL: why trying again helps, or does not."
"""

_FULL: Final = """\
[[cause]]
id      = "what-is-wrong"
title   = "FILL: what is wrong, as one would say it"
share   = 40  # of 100 sightings; all causes together at most 95
basis   = "inferred"  # documented (needs a vendor source), reported, inferred
sources = [{cited}]
detail  = "FILL: how it comes about, and how it shows itself."
tests   = [
  {{ probe = "FILL:", yes = "usually" }},  # docs/probes.md; always, usually, often, sometimes, rarely, hardly-ever{asked}
]
fixes   = ["what-ends-it"]

[[fix]]
id      = "what-ends-it"
title   = "FILL: what ends it"
who     = "FILL:"  # one of the words for who_fixes
risk    = "low"  # none, low, medium, high
changes = "FILL: what is another afterwards; without a change take changes and undo out."
steps   = ["FILL: begin with a verb, one act a step, with the command or the menu path, and what one should see."]
verify  = {{ probe = "FILL:", turns = "no", watch = 60 }}
undo    = "FILL: how it is taken back."

[[faq]]
q = "FILL: what people really ask about this code?"
a = "FILL: the answer."
"""

_OF_A_BRIEF: Final = {
    re.compile(r'^(depth\s*= )"brief".*$', re.MULTILINE): r'\1"full"',
    re.compile(r'^(status\s*= )".*"$', re.MULTILINE): r'\1"draft"',
    re.compile(r"^(by\s*= )\[.*\]$", re.MULTILINE): r"\1[]",
}
"""What the lines of a brief entry become in a full one: who reviewed the one has not seen the other."""
_AFTER_FIXES: Final = re.compile(r"^\[\[(?:related|source)\]\]$", re.MULTILINE)

_KNOWN_ONLY: Final = """\
#:schema {root}schema/entry-1.json
schema     = 1
code       = {code}
{name}product    = {product}
category   = "unclassified"
stops      = "{stops}"
transient  = "{transient}"
severity   = "{severity}"
who_fixes  = []
status     = "draft"
depth      = "brief"
known_only = true  # the texts of the page are made from the tables; as soon as a source says more, write a brief entry
cites      = [{cited}]
"""

_TAIL: Final = """\
[[source]]
id      = {id}
kind    = "{kind}"  # vendor, community, field, own
url     = {url}
says    = {says}
checked = {today}  # the day on which you read it; take this line out if you have not

[review]
by   = []
date = {today}
"""


def skeleton(
    code: str,
    product: str,
    known: Known | None,
    words: Words,
    today: dt.date,
    *,
    depth: Depth = "brief",
    known_only: bool = False,
    beside: Sequence[Known] = (),
    stretch: Range | None = None,
    probes: Sequence[str] = (),
) -> str:
    """The text of an entry that reads, and that the lint sends back until every FILL: is gone.

    ``beside`` are the published codes next to it, ``stretch`` the numbers around it and ``probes`` what full entries of the product ask: all
    are for the writer, as comments. With ``known_only`` the entry is whole at once: it says that nothing but the code is published.
    """
    if not code.strip():
        raise BookError("A code is needed.", do="Write it as the error prints it: AADSTS50055.")
    source = (cite(known.source) if known else None) or _ELSEWHERE
    if known_only and (known is None or source is _ELSEWHERE):
        raise BookError(f"No table says where {code} is published.", do="Find a source, and write a brief entry.")
    head = _KNOWN_ONLY if known_only else _HEAD
    facts = _facts(known, beside, stretch) if not known_only else iter(())
    says = "FILL: what this page says about the code, and no more."
    if known_only:
        says = "The code and its name." if known and known.name else "The code."
    parts = [
        _head(head, code, product, known, words, depth, source, facts),
        *_samples(code, product, known, depth, known_only=known_only),
        *([_full(source.id, probes)] if depth == "full" else []),
        _TAIL.format(id=_quoted(source.id), kind=source.kind, url=_quoted(source.url), says=_quoted(says), today=today),
    ]
    return "\n".join(parts)


def deepened(text: str, entry: Entry, probes: Sequence[str] = ()) -> str:
    """The text of a brief entry as the beginning of a full one: what it says stays, and a cause, a fix and a question are there to be filled in."""
    for line, full in _OF_A_BRIEF.items():
        text = line.sub(full, text, count=1)
    place_ = _AFTER_FIXES.search(text)
    at = place_.start() if place_ else len(text)
    return f"{text[:at]}{_full(entry.cites[0] if entry.cites else _ELSEWHERE.id, probes)}\n{text[at:]}"


def _full(source: str, probes: Sequence[str]) -> str:
    asked = f"\n  # full entries of this product ask: {', '.join(probes)}" if probes else ""
    return _FULL.format(cited=_quoted(source), asked=asked)


def _head(
    template: str,
    code: str,
    product: str,
    known: Known | None,
    words: Words,
    depth: Depth,
    source: Place,
    facts: Iterator[str],
) -> str:
    transient: Transient = known.transient if known else "unknown"
    name = known.name if known else ""
    passing = transient == "yes"
    return template.format(
        root="../" * (len(place(code, product, known.note if known else "").parts) + 1),
        facts="\n".join(f"# {line}" for line in facts),
        code=_quoted(code),
        name=f"name       = {_quoted(name)}\n" if name else "",
        product=_quoted(product),
        surfaces=", ".join(words.surfaces),
        categories=", ".join(words.categories),
        stops=_STOPS,
        transient=transient,
        severity=words.severity_of(_STOPS, transient),
        who=", ".join(words.who),
        depth=depth,
        cited=_quoted(source.id),
        advice="wait-then-retry" if passing else "fix-first",
        wait="wait   = 5  # minutes\nmost   = 3\n" if passing else "",
    )


def _facts(known: Known | None, beside: Sequence[Known], stretch: Range | None) -> Iterator[str]:
    """What the tables say, one line each."""
    if known is None:
        yield "Not in the tables of published codes (book/codes)."
    else:
        yield "In the tables of published codes (book/codes); take these comments out when you have used them:"
        yield f"  family {known.family}, {known.note or 'no note'}; kind {known.kind}"
        yield f"  name   {known.name or 'none published'}"
        yield f"  OAuth  {known.oauth_error or 'no class seen with it'}"
        yield f"  passes {known.transient if known.transient != 'unknown' else 'no source says'}"
        yield f"  source {known.source or 'none'}"
    if beside:
        yield f"  beside {', '.join(f'{one.code} {one.name}'.strip() for one in beside)}"
    if stretch is not None:
        yield f"  range  {stretch.low} to {stretch.high}: {stretch.published} published, most about {stretch.about or 'nothing said'}"


def _samples(code: str, product: str, known: Known | None, depth: Depth, *, known_only: bool) -> Iterator[str]:
    printed = specimens(known or Known(code=code, family=product))
    for form, written in printed if depth == "full" else printed[:1]:
        text = written.replace(WORDS, "The message is not published.").replace(" FILL:", "") if known_only else written
        yield f"[[sample]]\nformat = {_quoted(form)}\ntext   = {_literal(text)}\n"
    if code[-1:].isdigit():
        other, why = f"{code}0: a longer number", "A longer number must not match its beginning."
    else:
        other, why = f"The documentation lists {code} among others.", "A list names the code; nothing happened."
    yield f'[[not_sample]]\ntext = {_quoted(other)}\nwhy  = "{why}"\n'


def _literal(text: str) -> str:
    """A TOML string as easy to read as the text allows: literal, over several lines where there are several."""
    if "'''" in text or "\r" in text or not all(sign.isprintable() or sign == "\n" for sign in text):
        return _quoted(text)
    return f"'''\n{text}'''" if "\n" in text or "'" in text else f"'{text}'"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's, but for DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
