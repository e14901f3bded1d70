"""Has it been mended? The failed questions of a diagnosis, asked of newer evidence. Pure: no clock, no file.

Of two answers and the one that counts as mended follows what became of a question: still wrong is *unchanged*, right again *verified*, wrong
after having been right *regressed*, and without an answer, or without one from after the failure, nobody *can tell*.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from msgspec import structs

from faultbook.diagnose.diagnosis import Diagnosis, Remedy, Span
from faultbook.diagnose.statistics import history_of
from faultbook.diagnose.verdict import evidence_rows, hint_of
from faultbook.diagnose.verification import MEANS, TURNED, Asked, Turned, Verification, Watch
from faultbook.diagnose.weigh import SOMETHING_ELSE, Key, key_of
from faultbook.evidence import Fact, Facts, Finding, Subject, Window, instant, iso
from faultbook.model import Entry
from faultbook.probes import Probe, ask

AGAIN: Final = "again"
_AROUND: Final = dt.timedelta(minutes=15)
_AGAIN_HINTS: Final = {
    "yes": "If the fix was made later than that, say when, and only what came after it counts.",
    "no": "",
    "unknown": "Add the sign-in log from after the fix, successes included.",
}
_BEST: Final[tuple[Turned, ...]] = ("verified", "unchanged", "cannot-tell")


def verify(
    diagnosis: Diagnosis,
    entry: Entry,
    facts: Facts,
    probes: Mapping[str, Probe],
    *,
    user: str | None = None,
    since: dt.datetime | None = None,
    book: str = "",
) -> Verification:
    """Ask again. ``since`` is when the fix was made, where that is known; else everything after the failure counts."""
    desk = _Desk(diagnosis, entry, facts, probes, user=user, since=since)
    asked = (*desk.recurrence(), *desk.fixes(), *desk.findings())
    turned = overall(asked)
    return Verification(
        code=entry.code,
        cause=desk.cause,
        cause_title=desk.title,
        turned=turned,
        sentence=_sentence(turned, asked),
        since=iso(desk.since) if desk.since else None,
        at=iso(desk.about.at) if desk.about.at else None,
        window=Span(start=iso(desk.window.start), end=iso(desk.window.end)) if desk.window else None,
        asked=asked,
        evidence=evidence_rows(facts, desk.made),
        book=book,
    )


def turn(before: str | None, now: str, wanted: str) -> Turned:
    """What became of one question."""
    if now == "unknown":
        return "cannot-tell"
    if now == wanted:
        return "verified"
    return "regressed" if before == wanted else "unchanged"


def overall(asked: Iterable[Asked]) -> Turned:
    """The verdict: by what proves the fixes, and by whether it happened again. What only spoke for the cause need not turn, and never decides.

    Of several fixes one that is proven is enough: they are ways to one end.
    """
    rows = list(asked)
    again: Turned = next((one.turned for one in rows if one.role == "again"), "cannot-tell")
    fixes = [one.turned for one in rows if one.role == "fix"]
    if "regressed" in fixes:
        return "regressed"
    if again == "unchanged":
        return "unchanged"
    return next((one for one in _BEST if one in fixes), again)


class _Desk:
    """What the questions of one verification have in common."""

    def __init__(
        self,
        diagnosis: Diagnosis,
        entry: Entry,
        facts: Facts,
        probes: Mapping[str, Probe],
        *,
        user: str | None,
        since: dt.datetime | None,
    ) -> None:
        self._diagnosis, self._entry, self._facts, self._probes = diagnosis, entry, facts, probes
        named = [one for one in diagnosis.ranked if one.cause != SOMETHING_ELSE]
        self._lead = named[0] if named else None
        self.cause = self._lead.cause if self._lead else ""
        self.title = self._lead.title if self._lead else ""
        self.since = since or diagnosis.about.at
        self.window = _hull(facts)
        self.about = _about(diagnosis.about, entry, user, _last(facts, self.since) or diagnosis.about.at)
        self._then = _answers(diagnosis)
        self.made: list[Finding] = []

    def recurrence(self) -> Iterator[Asked]:
        """Whether the error happened again, where there are sign-ins from after the failure to tell."""
        history = history_of(self._facts, self._entry.code)
        if history is None:
            return
        yield _again(history, self.since, self.about.user)

    def fixes(self) -> Iterator[Asked]:
        """The question of each fix."""
        checks = {fix.id: fix.verify for fix in self._entry.fixes if fix.verify is not None}
        for remedy in self._diagnosis.fixes:
            check = checks.get(remedy.id)
            if check is not None and check.probe in self._probes:
                one = self._ask("fix", check.probe, check.params, check.turns)
                yield self._watched(one, remedy, check.watch)

    def findings(self) -> Iterator[Asked]:
        """What spoke for the leading cause, but for what a fix asks anyway."""
        proven = {
            key_of(fix.verify.probe, fix.verify.params)
            for fix in self._entry.fixes
            if fix.verify and fix.id in {one.id for one in self._diagnosis.fixes}
        }
        for one in self._lead.findings if self._lead else ():
            key = key_of(one.probe, one.params)
            if one.answer == "yes" and one.probe in self._probes and key not in proven:
                yield self._ask("finding", one.probe, one.params, "no")

    def _ask(
        self, role: Literal["fix", "finding"], name: str, params: Mapping[str, Any], wanted: Literal["yes", "no"]
    ) -> Asked:
        probe = self._probes[name]
        finding = ask(probe, self._facts, self.about, params)
        self.made.append(finding)
        before, before_sentence = self._then.get(key_of(name, params), (None, ""))
        now, why = finding.answer, finding.why_unknown
        note = "" if now == "unknown" else self._doubt(finding, wanted)
        if note:
            now, why = "unknown", "too-old"
        return Asked(
            role=role,
            probe=name,
            params=dict(params),
            question=probe.question,
            wanted=wanted,
            before=before,
            before_sentence=before_sentence,
            now=now,
            sentence=finding.sentence,
            why_unknown=why,
            turned=turn(before, now, wanted),
            note=note,
            hint=self._hint(probe, structs.replace(finding, answer=now, why_unknown=why)),
            facts=finding.facts,
        )

    def _watched(self, one: Asked, remedy: Remedy, minutes: int) -> Asked:
        """The question of a fix with how long it was watched: a log has to last as long as the fix says before it proves anything."""
        window = self._window_of(one.facts)
        watched = None
        if window is not None and self.since is not None:
            watched = max(int((window.end - self.since).total_seconds() // 60), 0)
        turned, note = one.turned, one.note
        if turned == "verified" and watched is not None and watched < minutes:
            turned = "cannot-tell"
            note = f"Right so far: watched {watched} of {minutes} minutes."
        elif turned == "verified" and watched is None and minutes:
            note = f"Right when it was read. The fix asks to look again after {minutes} minutes."
        return structs.replace(
            one,
            fix=remedy.id,
            fix_title=remedy.title,
            turned=turned,
            note=note,
            watch=Watch(minutes=minutes, watched=watched),
        )

    def _hint(self, probe: Probe, finding: Finding) -> str:
        return hint_of(probe, finding, self._facts, self.about) if finding.answer == "unknown" else ""

    def _doubt(self, finding: Finding, wanted: str) -> str:
        """Why an answer says nothing about the time after, where it does not: its logs end before, or count what was before as well."""
        window = self._window_of(finding.facts)
        if window is None or self.since is None:
            return ""
        if window.end <= self.since:
            return f"The log ends before {iso(self.since)}: it cannot show what came after."
        counted = any(fact.hash in finding.facts and fact.kind == "signins.history" for fact in self._facts)
        if counted and finding.answer != wanted and window.start < self.since:
            return f"The sign-ins from before {iso(self.since)} are counted too; give a log that begins after it."
        return ""

    def _window_of(self, hashes: tuple[str, ...]) -> Window | None:
        return _hull(fact for fact in self._facts if fact.hash in hashes)


def _hull(facts: Iterable[Fact]) -> Window | None:
    windows = [fact.window for fact in facts if fact.window is not None]
    return Window(min(one.start for one in windows), max(one.end for one in windows)) if windows else None


def _last(facts: Facts, since: dt.datetime | None) -> dt.datetime | None:
    """The last moment around which every log from after the failure speaks: questions look a quarter of an hour before and after theirs."""
    ends = [fact.window.end for fact in facts if fact.window is not None]
    end = min((end for end in ends if since is None or end > since), default=None)
    if end is None or since is None:
        return end
    return max(end - _AROUND, since + (end - since) / 2)


def _about(then: Subject, entry: Entry, user: str | None, at: dt.datetime | None) -> Subject:
    """Whom it concerns, as in the diagnosis, and the moment that is asked about now."""
    about = structs.replace(then, code=entry.code, at=at, correlation_id=None)
    if user is None or user.casefold() == then.user:
        return about
    return structs.replace(
        about, user=user.casefold(), domain=user.rpartition("@")[2].casefold(), user_id=None, dn=None
    )


def _answers(diagnosis: Diagnosis) -> dict[Key, tuple[Any, str]]:
    """Every answer of the diagnosis by its question."""
    known: dict[Key, tuple[Any, str]] = {
        key_of(one.probe, one.params): ("unknown", one.sentence) for one in diagnosis.unchecked
    }
    for cause in diagnosis.ranked:
        known.update({key_of(one.probe, one.params): (one.answer, one.sentence) for one in cause.findings})
    return known


def _again(history: Fact, since: dt.datetime | None, user: str | None) -> Asked:
    """Whether sign-ins after the time that counts still fail with the code."""
    buckets = [row for row in history.value.get("buckets") or () if isinstance(row, dict)]
    later = [row for row in buckets if since is None or ((at := instant(row.get("start"))) is not None and at > since)]
    failed = sum(int(row.get("failed") or 0) for row in later)
    succeeded = sum(int(row.get("succeeded") or 0) for row in later)
    when = f" after {iso(since)}" if since else ""
    back = _came_back(history.value, since, user)
    now: Literal["yes", "no", "unknown"] = "yes" if failed else "no" if succeeded else "unknown"
    sentence = {
        "yes": f"{failed} sign-ins still fail with this code{when}, and {succeeded} succeed.",
        "no": f"No sign-in fails with this code{when}, and {succeeded} succeed.{back}",
        "unknown": f"The sign-in log holds no attempt{when}.",
    }[now]
    return Asked(
        role="again",
        probe=AGAIN,
        question="Did the error happen again?",
        wanted="no",
        before="yes",
        before_sentence="It happened: this is what was diagnosed.",
        now=now,
        sentence=sentence,
        why_unknown="too-old" if now == "unknown" else None,
        turned=turn("yes", now, "no"),
        hint=_AGAIN_HINTS[now],
        facts=(history.hash,),
    )


def _came_back(value: Mapping[str, Any], since: dt.datetime | None, user: str | None) -> str:
    """Whether the affected user is among those who sign in again."""
    rows = [row for row in value.get("recoveries") or () if isinstance(row, dict) and row.get("user") == user]
    for row in rows if user else ():
        at = instant(row.get("first_success"))
        if at is not None and (since is None or at > since):
            return f" {user} signed in at {iso(at)}."
    return ""


def _sentence(turned: Turned, asked: tuple[Asked, ...]) -> str:
    deciding = [
        next((one for one in asked if one.role == role and one.turned == turned), None) for role in ("fix", "again")
    ]
    because = "".join(f" {one.sentence} {one.note}".rstrip() for one in deciding if one is not None)
    return f"{TURNED[turned]}: {MEANS[turned]}{because}"
