"""From an occurrence, its entry and the facts to a diagnosis: ask every question once, weigh, and say what is not known."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from faultbook import __version__
from faultbook.book.page import asked
from faultbook.book.words import Words
from faultbook.diagnose.advice import remedies, retry, whose
from faultbook.diagnose.diagnosis import About, Covered, Diagnosis, Evidence, GapSeen, Span, Unchecked, Versions
from faultbook.diagnose.plan import next_checks
from faultbook.diagnose.statistics import history_of, percent, statistics
from faultbook.diagnose.timeline import changes, timeline
from faultbook.diagnose.weigh import SOMETHING_ELSE, Key, Weighing, key_of, questions, weigh
from faultbook.evidence import Fact, Facts, Finding, Occurrence, Subject, WhyUnknown, Window, iso
from faultbook.evidence.asks import KINDS
from faultbook.model import Entry
from faultbook.probes import Probe, ask

_HINTS: Final[dict[WhyUnknown, str]] = {
    "not-connected": "Add {file}.",
    "not-permitted": "Grant {grant}, or add {file}.",
    "delegated-only": "An application alone may not read this: sign in as {role}, or add {file}.",
    "not-licensed": "This needs {licence}; without it add {file}.",
    "not-in-this-cloud": "This cloud does not offer it; add {file} if there is one.",
    "not-found": "Look whether this is the right one, of the affected account and time: {title}.",
    "too-old": "Add {file} that covers the time of the failure.",
    "throttled": "Read it again later, or add {file}.",
    "timed-out": "Read it again later, or add {file}.",
    "source-failed": "Read it again later, or add {file}.",
    "unexpected-shape": "Export it again, whole: {file}.",
    "ambiguous": "Say whom it concerns and when: give the whole message with its time, and the user where it names none.",
}


def diagnose(
    occurrence: Occurrence,
    entry: Entry,
    facts: Facts,
    probes: Mapping[str, Probe],
    *,
    words: Words,
    subject: Subject,
    book: str = "",
) -> Diagnosis:
    """Judge one error by the evidence at hand; the same input gives the same bytes. ``book`` names the version of the book."""
    findings = findings_of(entry, facts, probes, subject)
    chances: Mapping[str, float] = {str(word): chance for word, chance in words.likelihood.items()}
    weighing = weigh(entry, findings, probes, chances)
    fact = history_of(facts, entry.code)
    history: Mapping[str, Any] = fact.value if fact is not None else {}
    numbers = statistics(fact, changes(facts, subject)) if fact is not None else None
    owners = whose(entry, weighing, words.who)
    return Diagnosis(
        occurrence=occurrence,
        about=structs.replace(subject, text=""),
        error=_about(entry, words),
        verdict=weighing.verdict,
        sentence=_sentence(weighing),
        whose=owners,
        ranked=weighing.ranked,
        contradictions=weighing.contradictions,
        unchecked=_unchecked(entry, findings, probes, facts, subject),
        next_checks=next_checks(entry, weighing, findings, facts=facts, probes=probes, words=chances),
        retry=retry(entry, weighing, history, occurrence, subject.user),
        fixes=remedies(entry, weighing, probes, words.who),
        statistics=numbers,
        timeline=timeline(history, facts, subject, numbers.onset if numbers else None),
        window=_covered(facts, fact, subject),
        evidence=evidence_rows(facts, findings.values()),
        book=Versions(book=book, faultbook=__version__),
    )


def findings_of(entry: Entry, facts: Facts, probes: Mapping[str, Probe], about: Subject) -> dict[Key, Finding]:
    """Put every distinct question of the entry once; questions that this version cannot ask are left out."""
    return {
        key: ask(probes[test.probe], facts, about, test.params)
        for key, test in questions(entry).items()
        if test.probe in probes
    }


def _about(entry: Entry, words: Words) -> About:
    return About(
        code=entry.code,
        name=entry.name,
        product=words.products.get(entry.product, entry.product),
        summary=entry.summary,
        meaning=entry.meaning.strip(),
        first_step=entry.first_step,
        severity=entry.severity,
        transient=entry.transient,
        status=entry.status,
        depth=entry.depth,
        who_fixes=tuple(words.who.get(who, who) for who in entry.who_fixes),
        not_known=tuple(entry.not_known),
        cites=tuple(source.url for source in entry.sources if source.id in entry.cites),
        overlaid=entry.overlaid,
    )


def _sentence(weighing: Weighing) -> str:
    if not weighing.ranked:
        return "The book names no causes for this error."
    first = weighing.ranked[0]
    match weighing.verdict:
        case "established":
            return f"Established: {first.title} ({percent(first.share)})."
        case "likely":
            return f"Likely, not proven: {first.title} ({percent(first.share)}). The evidence is consistent with it."
        case "undecided" if first.cause == SOMETHING_ELSE:
            return "Undecided: none of the known causes fits this evidence well."
        case "undecided" if first.share >= 0.60:
            return f"Undecided: {first.title} leads with {percent(first.share)}, but only because the others are less likely."
        case "undecided":
            return f"Undecided: {first.title} leads with {percent(first.share)}, which is not enough to act on."
    return f"No evidence yet. By the book's usual shares {first.title} comes first ({percent(first.share)})."


def _unchecked(
    entry: Entry, findings: Mapping[Key, Finding], probes: Mapping[str, Probe], facts: Facts, about: Subject
) -> tuple[Unchecked, ...]:
    rows = []
    for key, test in questions(entry).items():
        finding = findings.get(key)
        if finding is not None and finding.answer != "unknown":
            continue
        causes = tuple(
            cause.id for cause in entry.causes if any(key_of(one.probe, one.params) == key for one in cause.tests)
        )
        probe = probes.get(test.probe)
        if probe is None or finding is None:
            sentence, why, hint = (
                "This version of Faultbook cannot ask that.",
                None,
                "Use a newer version of Faultbook.",
            )
        else:
            sentence, why, hint = finding.sentence, finding.why_unknown, hint_of(probe, finding, facts, about)
        rows.append(
            Unchecked(
                probe=test.probe,
                params=dict(test.params),
                question=asked(probe.question if probe else test.probe, test.params),
                causes=causes,
                why_unknown=why or "not-connected",
                sentence=sentence,
                hint=hint,
                facts=finding.facts if finding else (),
            )
        )
    return tuple(rows)


def hint_of(probe: Probe, finding: Finding, facts: Facts, about: Subject) -> str:
    """What would help, with the grant and the file of the first kind of fact that is missing."""
    kinds = [KINDS[name] for name in probe.needs if name in KINDS]
    settled = about.at is not None and about.user is not None
    if not kinds or (finding.why_unknown == "ambiguous" and settled):
        return ""  # the facts are there and do not decide: nothing simple would help
    kind = next((one for one in kinds if not facts.has(one.kind)), kinds[0])
    why: WhyUnknown = finding.why_unknown or "not-connected"
    return _HINTS[why].format(
        file=kind.file,
        title=kind.title,
        grant=kind.permission or "read access",
        role=kind.role or "an administrator",
        licence=kind.licence or "another licence",
    )


def _covered(facts: Facts, history: Fact | None, about: Subject) -> Covered | None:
    """The span that the evidence can speak about: of the sign-in history, else the hull of every window."""
    chosen = [history] if history is not None and history.window else [fact for fact in facts if fact.window]
    windows = [fact.window for fact in chosen if fact.window]
    if not windows:
        return None
    whole = Window(min(one.start for one in windows), max(one.end for one in windows))
    gaps = sorted({(iso(gap.start), iso(gap.end), gap.why) for fact in chosen for gap in fact.gaps})
    inside = None
    if about.at is not None:
        holes = [gap for fact in chosen for gap in fact.gaps if gap.start <= about.at <= gap.end]
        inside = any(one.covers(about.at) for one in windows) and not holes
    return Covered(
        start=iso(whole.start),
        end=iso(whole.end),
        kinds=tuple(sorted({fact.kind for fact in chosen})),
        covers_failure=inside,
        gaps=tuple(GapSeen(start=start, end=end, why=why) for start, end, why in gaps),
    )


def evidence_rows(facts: Facts, findings: Iterable[Finding]) -> tuple[Evidence, ...]:
    """Every fact, with the questions that it answered."""
    used: dict[str, dict[str, None]] = {}
    for finding in findings:
        for name in finding.facts:
            used.setdefault(name, {})[finding.probe] = None
    return tuple(_row(fact, tuple(used.get(fact.hash, {}))) for fact in facts)


def _row(fact: Fact, used_by: tuple[str, ...]) -> Evidence:
    kind = KINDS.get(fact.kind)
    return Evidence(
        hash=fact.hash,
        kind=fact.kind,
        title=kind.title if kind else fact.kind,
        target=fact.target,
        source=fact.by,
        grant=fact.grant,
        why_unknown=fact.why_unknown,
        detail=fact.detail,
        window=Span(start=iso(fact.window.start), end=iso(fact.window.end)) if fact.window else None,
        gaps=tuple(GapSeen(start=iso(gap.start), end=iso(gap.end), why=gap.why) for gap in fact.gaps),
        read_at=iso(fact.read_at) if fact.read_at else None,
        true_at=iso(fact.true_at) if fact.true_at else None,
        used_by=used_by,
    )
