"""The diagnosis for a terminal: five lines first, everything that supports them below."""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from faultbook.diagnose.diagnosis import Diagnosis, Remedy
from faultbook.diagnose.plan import NextCheck, Opening
from faultbook.diagnose.sentences import (
    advice,
    brief,
    by_hint,
    clean,
    coverage,
    how,
    provenance,
    settled,
    telling,
    title_of,
    weight,
)
from faultbook.diagnose.statistics import percent
from faultbook.diagnose.verification import ROLES, TURNED, Verification, moments, told
from faultbook.diagnose.weigh import Ranked, Weighed

NARROW: Final = 48
WIDE: Final = 110

_CODES: Final = {
    "strong": "1",
    "faint": "2",
    "lead": "1;36",
    "yes": "33",
    "no": "34",
    "unknown": "35",
    "head": "1;4",
    "good": "1;32",
}
_TURNED: Final = {"verified": "good", "unchanged": "yes", "regressed": "yes", "cannot-tell": "unknown"}
_WORDS: Final = {
    "established": "lead",
    "likely": "lead",
    "possible": "strong",
    "unlikely": "faint",
    "ruled-out": "faint",
}


def terminal(diagnosis: Diagnosis, *, width: int = 100, colour: bool = False) -> str:
    """The whole diagnosis; ``width`` 0 leaves the first five lines uncut, as for a file."""
    out = _Page(width, colour=colour)
    out.five(diagnosis)
    _causes(out, diagnosis)
    _fixes(out, diagnosis)
    _open(out, diagnosis)
    _numbers(out, diagnosis)
    out.head("What this rests on")
    for line in coverage(diagnosis):
        out.text(line)
    count = len(diagnosis.evidence)
    out.text(f"{count} fact{'' if count == 1 else 's'}. {provenance(diagnosis)}", ink="faint")
    return out.done()


def openings(rows: Iterable[Opening], *, width: int = 100, colour: bool = False) -> str:
    """Which grant or file settles which causes, the least privilege first."""
    out = _Page(width, colour=colour)
    for row in rows:
        out.head(row.grant or row.ways[0].title)
        for way in row.ways:
            if row.grant:
                out.text(way.title, lead="  ", ink="strong")
            for line in how(way):
                out.text(line, lead="    ")
        for one in row.settles:
            out.text(f"yes makes it {one.at_best}, no {one.at_worst}: {one.title}", lead="  · ")
    return out.done().lstrip("\n")


def verified(verification: Verification, *, width: int = 100, colour: bool = False) -> str:
    """What became of each question, the verdict first."""
    out = _Page(width, colour=colour)
    out.text(verification.sentence, ink=_TURNED[verification.turned])
    out.text(moments(verification), ink="faint")
    for role, title in ROLES.items():
        rows = [one for one in verification.asked if one.role == role]
        if rows:
            out.head(title)
        for one in rows:
            out.text(f"{TURNED[one.turned]}: {one.question}", lead="  ", ink=_TURNED[one.turned])
            for line in told(one):
                out.text(line, lead="    ")
    return out.done()


class _Page:
    """Lines of a certain width, in ink or without."""

    def __init__(self, width: int, *, colour: bool) -> None:
        self._cut = max(width, NARROW) if width else 0
        self._width = min(self._cut or WIDE, WIDE)
        self._colour = colour
        self._lines: list[str] = []

    def five(self, diagnosis: Diagnosis) -> None:
        """The five, each on one line in a file and on two at most in a terminal; what is cut off stands in full below."""
        five = brief(diagnosis)
        rows = (
            ("What", five.what, "strong"),
            ("Whose", five.whose, ""),
            ("Waiting", five.waiting, ""),
            ("Cause", five.cause, "lead" if settled(diagnosis) else "unknown"),
            ("Next", five.next, "strong"),
        )
        for label, text, ink in rows:
            room = self._cut - 9 if self._cut else 0
            first, *rest = wrapped(clean(text), room) if room else [shortened(text, 0)]
            self._lines.append(f"{self.ink(f'{label:<9}', 'faint')}{self.ink(first, ink)}")
            if rest:
                self._lines.append(" " * 9 + self.ink(shortened(" ".join(rest), room), ink))

    def head(self, text: str) -> None:
        """A section."""
        self._lines += ["", self.ink(clean(text), "head")]

    def text(self, text: str, *, lead: str = "", ink: str = "") -> None:
        """A paragraph, its later lines under the beginning of its text."""
        lines = wrapped(clean(text), self._width - shown_width(lead))
        for place, line in enumerate(lines or [""]):
            self._lines.append((lead if place == 0 else " " * shown_width(lead)) + self.ink(line, ink))

    def ink(self, text: str, name: str) -> str:
        """The text in a colour, if colours are wanted."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self._colour and name and text else text

    def done(self) -> str:
        """All lines, none with blanks at its end."""
        return "\n".join(line.rstrip() for line in self._lines) + "\n"


def _causes(out: _Page, diagnosis: Diagnosis) -> None:
    out.head("Causes")
    out.text(diagnosis.sentence)
    for one in diagnosis.ranked:
        before = percent(one.share_before)
        basis = f", {one.basis}" if one.basis else ""
        basis += f", of {one.origin}" if one.origin else ""
        lead = f"  {one.word:<12}{percent(one.share):>6}  "
        out.text(f"{one.title} (was {before}{basis})", lead=lead, ink=_WORDS[one.word])
        for finding in _told(one):
            _finding(out, finding)
    for clash in diagnosis.contradictions:
        out.text(
            f"Two looks at one thing disagree about “{title_of(diagnosis, clash.cause)}”: yes from {', '.join(clash.yes)}, "
            f"no from {', '.join(clash.no)}. The stronger one counts.",
            lead="  ! ",
            ink="unknown",
        )


def _told(one: Ranked) -> list[Weighed]:
    """Findings with an answer, the heaviest first."""
    known = [finding for finding in one.findings if finding.answer != "unknown"]
    return sorted(known, key=lambda finding: (not finding.counted, -abs(finding.weight)))


def _finding(out: _Page, one: Weighed) -> None:
    aside = "" if one.counted else " (a stronger finding of its kind counts instead)"
    facts = f" [{', '.join(name[:8] for name in one.facts)}]" if one.facts else ""
    lead = f"    {weight(one):>6} dB  {one.answer:<4}"
    out.text(f"{one.sentence}{aside}{facts}", lead=lead, ink=one.answer if one.counted else "faint")


def _fixes(out: _Page, diagnosis: Diagnosis) -> None:
    told, why = advice(diagnosis.retry)
    out.head("What to do")
    out.text(f"{told} {why}")
    if diagnosis.retry.changed:
        out.text(f"The book's usual advice, overruled here: {diagnosis.retry.why}", ink="faint")
    if not diagnosis.fixes:
        out.text(diagnosis.error.first_step)
    for fix in diagnosis.fixes:
        _fix(out, fix)


def _fix(out: _Page, fix: Remedy) -> None:
    whose = f", of {fix.origin}" if fix.origin else ""
    out.text(f"{fix.title}  ({fix.who}, risk: {fix.risk}{whose})", lead="  ▸ ", ink="strong")
    if fix.changes:
        out.text(f"Changes: {fix.changes}", lead="    ")
    for number, step in enumerate(fix.steps, 1):
        out.text(step, lead=f"    {number}. ")
    if fix.undo:
        out.text(f"Undo: {fix.undo}", lead="    ")
    if fix.verify:
        out.text(f"Done when “{fix.verify.question}” is answered {fix.verify.turns}.", lead="    ")


def _open(out: _Page, diagnosis: Diagnosis) -> None:
    if diagnosis.next_checks:
        out.head("Next checks")
    for number, check in enumerate(diagnosis.next_checks, 1):
        _check(out, number, check, diagnosis)
    if diagnosis.unchecked:
        out.head(f"Not checked ({len(diagnosis.unchecked)}); unknown weighs nothing")
    for hint, rows in by_hint(diagnosis.unchecked).items():
        for row in rows:
            out.text(f"{row.question} {row.sentence}", lead="  ? ", ink="unknown")
        if hint:
            out.text(hint, lead="    → ")


def _check(out: _Page, number: int, check: NextCheck, diagnosis: Diagnosis) -> None:
    again = " again" if check.again else ""
    out.text(f"{check.title}{again}: settles {telling(check)} of what is open", lead=f"  {number}. ", ink="strong")
    if check.why:
        out.text(f"There, but without an answer: {check.why}", lead="     ")
    for line in how(check.way):
        out.text(line, lead="     ")
    if check.instead:
        out.text(f"Instead: {'; '.join(f'{way.title} ({way.file})' for way in check.instead)}.", lead="     ")
    causes = "; ".join(title_of(diagnosis, cause) for cause in check.causes)
    out.text(f"About: {causes}.", lead="     ", ink="faint")


def _numbers(out: _Page, diagnosis: Diagnosis) -> None:
    numbers = diagnosis.statistics
    if numbers is None:
        return
    out.head("The sign-in history in numbers")
    for sentence in numbers.sentences:
        out.text(sentence, lead="  ")
    for one in numbers.shared:
        out.text(one.sentence, lead="  · ")


def shown_width(text: str) -> int:
    """How many columns a terminal needs for the text."""
    return sum(_columns(char) for char in text)


def shortened(text: str, room: int) -> str:
    """The text cut at a word so that it fits, with an ellipsis; ``room`` 0 cuts nothing."""
    if not room or shown_width(text) <= room:
        return text
    kept, used = "", 0
    for char in text:
        used += _columns(char)
        if used > room - 2:
            break
        kept += char
    head, blank, _ = kept.rpartition(" ")
    return f"{(head if blank and len(head) > len(kept) * 0.6 else kept).rstrip(' ,;:')} …"


def wrapped(text: str, width: int) -> list[str]:
    """Lines no wider than that, broken between words; a longer word stays whole, for it may be a command or an address."""
    return list(_lines(text.split(" "), max(width, 20)))


def _lines(words: Iterable[str], width: int) -> Iterator[str]:
    line, used = "", 0
    for word in words:
        size = shown_width(word)
        if line and used + 1 + size > width:
            yield line
            line, used = word, size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    if line:
        yield line


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
