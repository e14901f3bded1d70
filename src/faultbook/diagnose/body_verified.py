"""A verification in HTML: the verdict, and what became of each question."""

from collections.abc import Iterable, Iterator

from faultbook.book.page import capital
from faultbook.diagnose.body import file_table
from faultbook.diagnose.sentences import escaped
from faultbook.diagnose.verification import MEANS, ROLES, TURNED, Asked, Verification, moments, told
from faultbook.sources import FileReport


def verified_body(verification: Verification, files: Iterable[FileReport] = ()) -> str:
    """Everything below the head of the page. ``files`` are reports on the newer evidence."""
    return "".join((
        f'<header><p class="over">{escaped(verification.code)} · asked again</p>',
        f'<h1><span class="{verification.turned}">{TURNED[verification.turned]}</span></h1>',
        f'<p class="summary">{escaped(capital(MEANS[verification.turned]))}</p>',
        f'<p class="soft">It was: {escaped(verification.cause_title)}. {escaped(moments(verification))}</p></header>',
        *_roles(verification.asked),
        *file_table(list(files)),
    ))  # fmt: skip


def _roles(asked: tuple[Asked, ...]) -> Iterator[str]:
    for role, title in ROLES.items():
        rows = [one for one in asked if one.role == role]
        if rows:
            yield f'<section aria-labelledby="asked-{role}"><h2 id="asked-{role}">{escaped(title)}</h2><ul class="turned">'
            yield from map(_row, rows)
            yield "</ul></section>"


def _row(one: Asked) -> str:
    lines = "".join(f"<p>{escaped(line)}</p>" for line in told(one))
    fix = f' <span class="soft">({escaped(one.fix_title)})</span>' if one.fix_title else ""
    weight = "soft" if one.role == "finding" and one.turned == "unchanged" else one.turned
    return (
        f'<li><span class="mark-word {weight}">{TURNED[one.turned]}</span>'
        f"<div><p><strong>{escaped(one.question)}</strong>{fix}</p>{lines}</div></li>"
    )
