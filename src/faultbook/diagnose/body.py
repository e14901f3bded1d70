"""A diagnosis in HTML, part by part, for every page that shows one. No script, no inline style, every word from evidence escaped."""

from collections.abc import Iterable, Iterator

from faultbook.diagnose.contrast_picture import LEGEND, contrast_picture
from faultbook.diagnose.diagnosis import Diagnosis, Evidence, Remedy, Timeline, Unchecked
from faultbook.diagnose.picture import LANES, described, picture
from faultbook.diagnose.plan import NextCheck
from faultbook.diagnose.sentences import (
    advice,
    based,
    brief,
    by_hint,
    coverage,
    escaped,
    how,
    provenance,
    settled,
    telling,
    title_of,
    weight,
)
from faultbook.diagnose.statistics import percent
from faultbook.diagnose.weigh import Ranked, Weighed
from faultbook.evidence import iso
from faultbook.evidence.asks import KINDS
from faultbook.sources import FileReport


def body(diagnosis: Diagnosis, files: Iterable[FileReport] = ()) -> str:
    """Everything below the head of the page. ``files`` are reports on what was given, where they are at hand."""
    parts = (top, causes, times, fixes, checks, unanswered)
    told = "".join("".join(part(diagnosis)) for part in parts)
    return told + "".join(facts(diagnosis, files)) + "".join(foot(diagnosis))


def top(diagnosis: Diagnosis) -> Iterator[str]:
    """What it is, the verdict, the ids, and the five lines."""
    error, found, five = diagnosis.error, diagnosis.occurrence, brief(diagnosis)
    yield f'<header><p class="over">{escaped(error.product)} · {escaped(error.severity)}</p>'
    yield f'<h1>{escaped(error.code)} <span class="badge {diagnosis.verdict}">{escaped(diagnosis.verdict)}</span></h1>'
    yield f'<p class="summary">{escaped(error.summary)}</p>'
    name = f"<code>{escaped(error.name)}</code> · " if error.name else ""
    ids = (("time", found.at), ("correlation id", found.correlation_id), ("trace id", found.trace_id), ("request id", found.request_id), ("tenant", found.tenant))  # fmt: skip
    told = " · ".join(f"{label} <code>{escaped(value)}</code>" for label, value in ids if value)
    yield f'<p class="soft">{name}{told}</p></header><dl class="five">'
    rows = (("What", five.what, ""), ("Whose", five.whose, ""), ("Waiting", five.waiting, ""), ("Cause", five.cause, "main"), ("Next", five.next, ""))  # fmt: skip
    for label, text, role in rows:
        yield f'<div class="{role}"><dt>{label}</dt><dd>{escaped(text)}</dd></div>'
    yield "</dl>"


def causes(diagnosis: Diagnosis) -> Iterator[str]:
    """The causes by what the evidence says, each with its findings and their weights."""
    yield f'<section aria-labelledby="causes"><h2 id="causes">Causes</h2><p>{escaped(diagnosis.sentence)}</p>'
    if diagnosis.ranked:
        yield (
            '<p class="soft">The bar is the share now, the stroke in it the share before any evidence. Weights are decibans: +10 makes a '
            "cause ten times as likely against the rest, −10 a tenth. They add up.</p>"  # noqa: RUF001 - a real minus sign
        )
    for place, one in enumerate(diagnosis.ranked):
        yield from _cause(one, lead=place == 0 and settled(diagnosis))
    for clash in diagnosis.contradictions:
        yield (
            f'<p class="note-box">Two looks at one thing disagree about “{escaped(title_of(diagnosis, clash.cause))}”: yes from '
            f"{escaped(', '.join(clash.yes))}, no from {escaped(', '.join(clash.no))}. The stronger one counts.</p>"
        )
    yield "</section>"


def _cause(one: Ranked, *, lead: bool) -> Iterator[str]:
    role = "leading" if lead else "weak" if one.word in {"unlikely", "ruled-out"} else ""
    before = f"{one.word}, was {percent(one.share_before)}{f', {based(one)}' if based(one) else ''}"
    yield f'<article class="cause {role}"><header><span class="now">{percent(one.share)}</span><h3>{escaped(one.title)}</h3>'
    yield f'<span class="chip">{escaped(before)}</span></header>{_bar(one)}<ul class="findings">'
    known = sorted(
        (finding for finding in one.findings if finding.answer != "unknown"),
        key=lambda finding: (not finding.counted, -abs(finding.weight)),
    )
    for finding in known:
        yield _finding(finding)
    silent = sum(finding.answer == "unknown" for finding in one.findings)
    if silent:
        plural = "s" if silent > 1 else ""
        yield f'<li class="unknown"><span class="weight">?</span><span class="tag">open</span><span class="said"><a href="#open">{silent} question{plural} without an answer</a></span></li>'
    yield "</ul></article>"


def _bar(one: Ranked) -> str:
    was = min(max(1000 * one.share_before, 2), 998)
    return (
        '<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="1000" height="10" rx="3"/>'
        f'<rect class="fill" width="{max(1000 * one.share, 2):.1f}" height="10" rx="3"/>'
        f'<line class="was" x1="{was:.1f}" x2="{was:.1f}" y1="0" y2="10"/></svg>'
    )


def _finding(one: Weighed) -> str:
    role = one.answer if one.counted else f"{one.answer} uncounted"
    aside = "" if one.counted else ' <span class="soft">(a stronger finding of its kind counts instead)</span>'
    return (
        f'<li class="{role}"><span class="weight">{escaped(weight(one))}</span><span class="tag">{one.answer}</span>'
        f'<span class="said">{escaped(one.sentence)}{aside} {cites(one.facts)}</span></li>'
    )


def cites(facts: Iterable[str]) -> str:
    """Links to the facts behind a statement."""
    links = ", ".join(f'<a href="#fact-{escaped(name)}">{escaped(name[:8])}</a>' for name in facts)
    return f'<span class="cite soft">[{links}]</span>' if links else ""


def times(diagnosis: Diagnosis) -> Iterator[str]:
    """The sign-in history: timeline, numbers, what failing sign-ins share."""
    numbers, timeline = diagnosis.statistics, diagnosis.timeline
    if numbers is None and timeline is None:
        return
    yield '<section aria-labelledby="times"><h2 id="times">When, and how often</h2>'
    if timeline is not None and (timeline.points or timeline.marks):
        yield f"{_figure('Timeline')}{picture(timeline)}<figcaption>{escaped(described(timeline))} The dashed line is the failure in question.</figcaption></figure>"
    if numbers is not None:
        yield "".join(f"<p>{escaped(sentence)}</p>" for sentence in numbers.sentences)
        if numbers.shared:
            yield (
                f"{_figure('What failing sign-ins share')}{contrast_picture(numbers)}"
                f"<figcaption>{LEGEND}</figcaption></figure>"
            )
            yield "<ul>" + "".join(f"<li>{escaped(one.sentence)}</li>" for one in numbers.shared) + "</ul>"
        yield f'<p class="soft">Counted from {numbers.rows} rows {cites((numbers.fact,))}. Numbers name no cause; they are consistent with one or not.</p>'
    yield "".join(f'<p class="soft">{escaped(line)}</p>' for line in coverage(diagnosis))
    if timeline is not None and timeline.marks:
        yield from _marks(timeline)
    yield "</section>"


def scroll(label: str) -> str:
    """The beginning of a box that scrolls sideways where its table is too wide; the keyboard reaches it."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(label)}">'


def _figure(label: str) -> str:
    return f'<figure tabindex="0" aria-label="{escaped(label)}">'


def _marks(timeline: Timeline) -> Iterator[str]:
    yield f"{scroll('What happened beside the failures')}<table><thead><tr><th>From</th><th>To</th><th>What</th><th>Joined by</th><th>Fact</th></tr></thead><tbody>"
    for mark in sorted(timeline.marks, key=lambda mark: (mark.start, mark.lane, mark.label)):
        end = "" if mark.end == mark.start else mark.end
        yield (
            f'<tr><td class="mono">{escaped(mark.start)}</td><td class="mono">{escaped(end)}</td><td>{escaped(LANES[mark.lane])}: {escaped(mark.label)}</td>'
            f"<td>{escaped(mark.joined)}</td><td>{cites((mark.fact,))}</td></tr>"
        )
    yield "</tbody></table></div>"


def fixes(diagnosis: Diagnosis) -> Iterator[str]:
    """What to do, and how one will know that it is mended."""
    told, why = advice(diagnosis.retry)
    yield f'<section aria-labelledby="do"><h2 id="do">What to do</h2><p><strong>{escaped(told)}</strong> {escaped(why)}</p>'
    if diagnosis.retry.changed:
        yield f'<p class="soft">The book\'s usual advice, overruled here: {escaped(diagnosis.retry.why)}</p>'
    if not diagnosis.fixes:
        yield f"<p>{escaped(diagnosis.error.first_step)}</p>"
    for fix in diagnosis.fixes:
        yield from _fix(fix)
    yield "</section>"


def _fix(fix: Remedy) -> Iterator[str]:
    yield f'<article class="fix"><h3>{escaped(fix.title)}</h3><p class="soft">{escaped(fix.who)} · risk: {escaped(fix.risk)}{f" · of {escaped(fix.origin)}" if fix.origin else ""}</p><ol>'
    yield "".join(f"<li>{escaped(step)}</li>" for step in fix.steps) + "</ol><dl>"
    rows = [("Changes", fix.changes), ("Undo", fix.undo)]
    if fix.verify:
        watch = f" Watch {fix.verify.watch} minutes." if fix.verify.watch else ""
        rows.append(("Done when", f"“{fix.verify.question}” is answered {fix.verify.turns}.{watch}"))
    yield "".join(f"<dt>{label}</dt><dd>{escaped(text)}</dd>" for label, text in rows if text) + "</dl></article>"


def checks(diagnosis: Diagnosis) -> Iterator[str]:
    """What would tell most, and how to get it."""
    if not diagnosis.next_checks:
        return
    yield '<section aria-labelledby="next"><h2 id="next">Next checks</h2>'
    for number, check in enumerate(diagnosis.next_checks, 1):
        yield from _check(number, check, diagnosis)
    yield "</section>"


def _check(number: int, check: NextCheck, diagnosis: Diagnosis) -> Iterator[str]:
    again = " again" if check.again else ""
    yield f'<article class="check"><h3>{number}. {escaped(check.title)}{again}</h3><p class="soft">settles {telling(check)} of what is open</p>'
    if check.why:
        yield f"<p>There, but without an answer: {escaped(check.why)}</p>"
    yield "<dl>"
    for line in how(check.way):
        label, _, text = line.partition(": ")
        yield f"<dt>{escaped(label)}</dt><dd>{escaped(text)}</dd>"
    for way in check.instead:
        yield f"<dt>Instead</dt><dd>{escaped(way.title)}: {escaped(way.file)}</dd>"
    yield f"<dt>About</dt><dd>{escaped('; '.join(title_of(diagnosis, cause) for cause in check.causes))}</dd></dl></article>"


def unanswered(diagnosis: Diagnosis) -> Iterator[str]:
    """Every question without an answer, and what would help."""
    if not diagnosis.unchecked:
        return
    yield f'<section aria-labelledby="open"><h2 id="open">Not checked ({len(diagnosis.unchecked)})</h2><p class="soft">Unknown weighs nothing, for no cause and against none.</p>'
    for hint, rows in by_hint(diagnosis.unchecked).items():
        yield '<ul class="open">'
        for row, times_ in _alike(rows):
            several = f" (asked {times_} ways)" if times_ > 1 else ""
            yield f'<li>{escaped(row.question)} <span class="soft">{escaped(row.sentence)} ({escaped(row.why_unknown)}){several}</span> {cites(row.facts)}</li>'
        yield "</ul>" if not hint else f'</ul><p class="hint">{escaped(hint)}</p>'
    yield "</section>"


def _alike(rows: Iterable[Unchecked]) -> Iterator[tuple[Unchecked, int]]:
    """Rows that read alike once, with how many they are: one question may be asked with several codes or words."""
    groups: dict[tuple[str, str, str], list[Unchecked]] = {}
    for row in rows:
        groups.setdefault((row.question, row.sentence, row.why_unknown), []).append(row)
    yield from ((group[0], len(group)) for group in groups.values())


def facts(diagnosis: Diagnosis, files: Iterable[FileReport] = ()) -> Iterator[str]:
    """What was given, and every fact taken from it."""
    yield '<section aria-labelledby="facts"><h2 id="facts">Evidence</h2>'
    yield from file_table(list(files))
    if not diagnosis.evidence:
        yield '<p class="soft">None was given.</p></section>'
        return
    yield "<h3>Facts</h3>"
    yield f"{scroll('Facts')}<table><thead><tr><th>Fact</th><th>What</th><th>Source</th><th>Covers, UTC</th><th>Answered</th></tr></thead><tbody>"
    yield "".join(_fact(fact) for fact in diagnosis.evidence)
    yield "</tbody></table></div></section>"


def file_table(files: list[FileReport]) -> Iterator[str]:
    """What each file was recognised as, and what was unreadable in it."""
    if not files:
        return
    yield "<h3>Files</h3>"
    yield f"{scroll('Files')}<table><thead><tr><th>File</th><th>Recognised as</th><th>Rows</th><th>Covers, UTC</th></tr></thead><tbody>"
    for one in files:
        kind = KINDS[one.kind].title if one.kind in KINDS else one.kind
        what = (
            f'{escaped(kind)} <span class="soft">{escaped(one.format)}</span>'
            if kind
            else '<span class="undecided">not recognised</span>'
        )
        what += "".join(f'<br><span class="undecided">{escaped(problem)}</span>' for problem in one.problems)
        window = f"{escaped(iso(one.window.start))}<br>{escaped(iso(one.window.end))}" if one.window else ""
        gone = f'<br><span class="soft">the vendor keeps it until {iso(one.expires)[:10]}</span>' if one.expires else ""
        rows = one.rows or ""
        yield f'<tr><td>{escaped(one.path)}</td><td>{what}</td><td>{rows}</td><td class="when">{window}{gone}</td></tr>'
    yield "</tbody></table></div>"


def _fact(fact: Evidence) -> str:
    target = f'<br><span class="soft">{escaped(fact.target)}</span>' if fact.target else ""
    span = f"{escaped(fact.window.start)}<br>{escaped(fact.window.end)}" if fact.window else ""
    gaps = "".join(
        f'<br><span class="soft">gap {escaped(gap.start)} to {escaped(gap.end)}: {escaped(gap.why)}</span>'
        for gap in fact.gaps
    )
    why = (
        f'<br><span class="undecided">{escaped(fact.why_unknown)}: {escaped(fact.detail)}</span>'
        if fact.why_unknown
        else ""
    )
    grant = "" if fact.grant == "file" else f'<br><span class="soft">by {escaped(fact.grant)}</span>'
    read = f'<br><span class="soft">read {escaped(fact.read_at)}</span>' if fact.read_at else ""
    return (
        f'<tr id="fact-{escaped(fact.hash)}"><td class="mono">{escaped(fact.hash[:8])}</td><td>{escaped(fact.title)}{target}{why}</td>'
        f'<td>{escaped(fact.source)}{grant}{read}</td><td class="when">{span}{gaps}</td>'
        f"<td>{escaped(', '.join(fact.used_by))}</td></tr>"
    )


def foot(diagnosis: Diagnosis) -> Iterator[str]:
    """What nobody knows, and with what this was judged."""
    error = diagnosis.error
    if error.not_known:
        yield '<section aria-labelledby="unknown"><h2 id="unknown">What nobody outside knows about this error</h2><ul class="open">'
        yield "".join(f"<li>{escaped(line)}</li>" for line in error.not_known) + "</ul></section>"
    yield f"<footer>{escaped(provenance(diagnosis))} Occurrence {escaped(diagnosis.occurrence.id)}.</footer>"
