"""The diagnosis as one HTML file that needs nothing else: no script, no outside resource, every word from evidence escaped."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from faultbook.diagnose.diagnosis import Diagnosis, Evidence, Remedy, Timeline
from faultbook.diagnose.page_style import STYLE
from faultbook.diagnose.picture import LANES, described, picture
from faultbook.diagnose.plan import NextCheck
from faultbook.diagnose.sentences import (
    advice,
    based,
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
from faultbook.diagnose.weigh import Ranked, Weighed

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"


def page(diagnosis: Diagnosis) -> str:
    """The whole page."""
    error = diagnosis.error
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_say(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{_say(error.code)}: {_say(diagnosis.verdict)}</title><style>{STYLE}</style></head><body><main>"
    )
    parts = (_top, _causes, _times, _fixes, _checks, _open, _facts, _foot)
    return head + "".join("".join(part(diagnosis)) for part in parts) + "</main></body></html>\n"


def _say(text: str) -> str:
    return escape(clean(text), quote=True)


def _top(diagnosis: Diagnosis) -> Iterator[str]:
    error, found, five = diagnosis.error, diagnosis.occurrence, brief(diagnosis)
    yield f'<header><p class="over">{_say(error.product)} · {_say(error.severity)}</p>'
    yield f'<h1>{_say(error.code)} <span class="badge {diagnosis.verdict}">{_say(diagnosis.verdict)}</span></h1>'
    yield f'<p class="summary">{_say(error.summary)}</p>'
    name = f"<code>{_say(error.name)}</code> · " if error.name else ""
    ids = (("time", found.at), ("correlation id", found.correlation_id), ("trace id", found.trace_id), ("request id", found.request_id), ("tenant", found.tenant))  # fmt: skip
    told = " · ".join(f"{label} <code>{_say(value)}</code>" for label, value in ids if value)
    yield f'<p class="soft">{name}{told}</p></header><dl class="five">'
    rows = (("What", five.what, ""), ("Whose", five.whose, ""), ("Waiting", five.waiting, ""), ("Cause", five.cause, "main"), ("Next", five.next, ""))  # fmt: skip
    for label, text, role in rows:
        yield f'<div class="{role}"><dt>{label}</dt><dd>{_say(text)}</dd></div>'
    yield "</dl>"


def _causes(diagnosis: Diagnosis) -> Iterator[str]:
    yield f'<section aria-labelledby="causes"><h2 id="causes">Causes</h2><p>{_say(diagnosis.sentence)}</p>'
    if diagnosis.ranked:
        yield (
            '<p class="soft">The bar is the share now, the stroke in it the share before any evidence. Weights are decibans: +10 makes a '
            "cause ten times as likely against the rest, −10 a tenth. They add up.</p>"  # noqa: RUF001 - a real minus sign
        )
    for place, one in enumerate(diagnosis.ranked):
        yield from _cause(one, lead=place == 0 and settled(diagnosis))
    for clash in diagnosis.contradictions:
        yield (
            f'<p class="note-box">Two looks at one thing disagree about “{_say(title_of(diagnosis, clash.cause))}”: yes from '
            f"{_say(', '.join(clash.yes))}, no from {_say(', '.join(clash.no))}. The stronger one counts.</p>"
        )
    yield "</section>"


def _cause(one: Ranked, *, lead: bool) -> Iterator[str]:
    role = "lead" if lead else "weak" if one.word in {"unlikely", "ruled-out"} else ""
    before = f"{one.word}, was {percent(one.share_before)}{f', {based(one)}' if based(one) else ''}"
    yield f'<article class="cause {role}"><header><span class="now">{percent(one.share)}</span><h3>{_say(one.title)}</h3>'
    yield f'<span class="chip">{_say(before)}</span></header>{_bar(one)}<ul class="findings">'
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
        f'<li class="{role}"><span class="weight">{_say(weight(one))}</span><span class="tag">{one.answer}</span>'
        f'<span class="said">{_say(one.sentence)}{aside} {_cites(one.facts)}</span></li>'
    )


def _cites(facts: Iterable[str]) -> str:
    links = ", ".join(f'<a href="#fact-{_say(name)}">{_say(name[:8])}</a>' for name in facts)
    return f'<span class="cite soft">[{links}]</span>' if links else ""


def _times(diagnosis: Diagnosis) -> Iterator[str]:
    numbers, timeline = diagnosis.statistics, diagnosis.timeline
    if numbers is None and timeline is None:
        return
    yield '<section aria-labelledby="times"><h2 id="times">When, and how often</h2>'
    if timeline is not None and (timeline.points or timeline.marks):
        yield f"<figure>{picture(timeline)}<figcaption>{_say(described(timeline))} The dashed line is the failure in question.</figcaption></figure>"
    if numbers is not None:
        yield "".join(f"<p>{_say(sentence)}</p>" for sentence in numbers.sentences)
        if numbers.shared:
            yield "<ul>" + "".join(f"<li>{_say(one.sentence)}</li>" for one in numbers.shared) + "</ul>"
        yield f'<p class="soft">Counted from {numbers.rows} rows {_cites((numbers.fact,))}. Numbers name no cause; they are consistent with one or not.</p>'
    yield "".join(f'<p class="soft">{_say(line)}</p>' for line in coverage(diagnosis))
    if timeline is not None and timeline.marks:
        yield from _marks(timeline)
    yield "</section>"


def _marks(timeline: Timeline) -> Iterator[str]:
    yield '<div class="scroll"><table><thead><tr><th>From</th><th>To</th><th>What</th><th>Joined by</th><th>Fact</th></tr></thead><tbody>'
    for mark in sorted(timeline.marks, key=lambda mark: (mark.start, mark.lane, mark.label)):
        end = "" if mark.end == mark.start else mark.end
        yield (
            f'<tr><td class="mono">{_say(mark.start)}</td><td class="mono">{_say(end)}</td><td>{_say(LANES[mark.lane])}: {_say(mark.label)}</td>'
            f"<td>{_say(mark.joined)}</td><td>{_cites((mark.fact,))}</td></tr>"
        )
    yield "</tbody></table></div>"


def _fixes(diagnosis: Diagnosis) -> Iterator[str]:
    told, why = advice(diagnosis.retry)
    yield f'<section aria-labelledby="do"><h2 id="do">What to do</h2><p><strong>{_say(told)}</strong> {_say(why)}</p>'
    if diagnosis.retry.changed:
        yield f'<p class="soft">The book\'s usual advice, overruled here: {_say(diagnosis.retry.why)}</p>'
    if not diagnosis.fixes:
        yield f"<p>{_say(diagnosis.error.first_step)}</p>"
    for fix in diagnosis.fixes:
        yield from _fix(fix)
    yield "</section>"


def _fix(fix: Remedy) -> Iterator[str]:
    yield f'<article class="fix"><h3>{_say(fix.title)}</h3><p class="soft">{_say(fix.who)} · risk: {_say(fix.risk)}{f" · of {_say(fix.origin)}" if fix.origin else ""}</p><ol>'
    yield "".join(f"<li>{_say(step)}</li>" for step in fix.steps) + "</ol><dl>"
    rows = [("Changes", fix.changes), ("Undo", fix.undo)]
    if fix.verify:
        watch = f" Watch {fix.verify.watch} minutes." if fix.verify.watch else ""
        rows.append(("Done when", f"“{fix.verify.question}” is answered {fix.verify.turns}.{watch}"))
    yield "".join(f"<dt>{label}</dt><dd>{_say(text)}</dd>" for label, text in rows if text) + "</dl></article>"


def _checks(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.next_checks:
        return
    yield '<section aria-labelledby="next"><h2 id="next">Next checks</h2>'
    for number, check in enumerate(diagnosis.next_checks, 1):
        yield from _check(number, check, diagnosis)
    yield "</section>"


def _check(number: int, check: NextCheck, diagnosis: Diagnosis) -> Iterator[str]:
    again = " again" if check.again else ""
    yield f'<article class="check"><h3>{number}. {_say(check.title)}{again}</h3><p class="soft">settles {telling(check)} of what is open</p>'
    if check.why:
        yield f"<p>There, but without an answer: {_say(check.why)}</p>"
    yield "<dl>"
    for line in how(check.way):
        label, _, text = line.partition(": ")
        yield f"<dt>{_say(label)}</dt><dd>{_say(text)}</dd>"
    for way in check.instead:
        yield f"<dt>Instead</dt><dd>{_say(way.title)}: {_say(way.file)}</dd>"
    yield f"<dt>About</dt><dd>{_say('; '.join(title_of(diagnosis, cause) for cause in check.causes))}</dd></dl></article>"


def _open(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.unchecked:
        return
    yield f'<section aria-labelledby="open"><h2 id="open">Not checked ({len(diagnosis.unchecked)})</h2><p class="soft">Unknown weighs nothing, for no cause and against none.</p>'
    for hint, rows in by_hint(diagnosis.unchecked).items():
        yield '<ul class="open">'
        for row in rows:
            yield f'<li>{_say(row.question)} <span class="soft">{_say(row.sentence)} ({_say(row.why_unknown)})</span> {_cites(row.facts)}</li>'
        yield "</ul>" if not hint else f'</ul><p class="hint">{_say(hint)}</p>'
    yield "</section>"


def _facts(diagnosis: Diagnosis) -> Iterator[str]:
    yield '<section aria-labelledby="facts"><h2 id="facts">Evidence</h2>'
    if not diagnosis.evidence:
        yield '<p class="soft">None was given.</p></section>'
        return
    yield '<div class="scroll"><table><thead><tr><th>Fact</th><th>What</th><th>Source</th><th>Covers, UTC</th><th>Answered</th></tr></thead><tbody>'
    yield "".join(_fact(fact) for fact in diagnosis.evidence)
    yield "</tbody></table></div></section>"


def _fact(fact: Evidence) -> str:
    target = f'<br><span class="soft">{_say(fact.target)}</span>' if fact.target else ""
    span = f"{_say(fact.window.start)}<br>{_say(fact.window.end)}" if fact.window else ""
    gaps = "".join(
        f'<br><span class="soft">gap {_say(gap.start)} to {_say(gap.end)}: {_say(gap.why)}</span>' for gap in fact.gaps
    )
    why = (
        f'<br><span class="undecided">{_say(fact.why_unknown)}: {_say(fact.detail)}</span>' if fact.why_unknown else ""
    )
    grant = "" if fact.grant == "file" else f'<br><span class="soft">by {_say(fact.grant)}</span>'
    read = f'<br><span class="soft">read {_say(fact.read_at)}</span>' if fact.read_at else ""
    return (
        f'<tr id="fact-{_say(fact.hash)}"><td class="mono">{_say(fact.hash[:8])}</td><td>{_say(fact.title)}{target}{why}</td>'
        f"<td>{_say(fact.source)}{grant}{read}</td><td>{span}{gaps}</td><td>{_say(', '.join(fact.used_by))}</td></tr>"
    )


def _foot(diagnosis: Diagnosis) -> Iterator[str]:
    error = diagnosis.error
    if error.not_known:
        yield '<section aria-labelledby="unknown"><h2 id="unknown">What nobody outside knows about this error</h2><ul class="open">'
        yield "".join(f"<li>{_say(line)}</li>" for line in error.not_known) + "</ul></section>"
    yield f"<footer>{_say(provenance(diagnosis))} Occurrence {_say(diagnosis.occurrence.id)}.</footer>"
