"""Write docs/probes.md from the registry of probes; with --check only say whether it is current."""

import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from faultbook.evidence.asks import KINDS
from faultbook.probes import Probe, all_probes

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "probes.md"

HEAD = """# Probes

<!-- Written by scripts/probes_page.py from the registry; change the probe, not this page. -->

A probe is one closed question about facts. *Yes* speaks for the cause that lists it, *no* against it, *unknown* for nothing. *Otherwise* is how often
it answers yes when that cause is **not** the cause; of the probes of one *family* only the strongest counts for a cause. A probe that *can establish*
names the error itself (a local event, a setting, a missing right); a statistic never does. *Needs* are kinds of fact; the least permission
that opens them is given below, and a file that holds them will always do.

"""


def page(probes: Iterable[Probe]) -> str:
    """The whole page."""
    listed = list(probes)
    areas = [area(name, list(held)) for name, held in groupby(listed, key=lambda probe: probe.id.partition(".")[0])]
    return HEAD + "\n".join([*areas, needs(sorted({kind for probe in listed for kind in probe.needs}))])


def area(name: str, probes: Iterable[Probe]) -> str:
    """The table of one module."""
    head = "| Probe | Question | Needs | Otherwise | Family | Can establish |\n| --- | --- | --- | --- | --- | --- |\n"
    return f"## {name}\n\n{head}{''.join(map(row, probes))}"


def row(probe: Probe) -> str:
    """One line of a table."""
    name = f"`{probe.id}`" + "".join(f" *{parameter}*" for parameter in probe.params)
    kinds = ", ".join(f"`{kind}`" for kind in probe.needs)
    return f"| {name} | {probe.question} | {kinds} | {probe.otherwise} | {probe.family} | {'yes' if probe.names else ''} |\n"


def needs(kinds: Iterable[str]) -> str:
    """What opens each kind of fact."""
    lines = [
        "## What opens each kind of fact\n\n| Kind | Least permission | Role | File |\n| --- | --- | --- | --- |\n"
    ]
    for kind in kinds:
        held = KINDS[kind]
        permission = (held.permission or "—") + (" (delegated only)" if held.delegated_only else "")
        lines.append(f"| `{kind}` | {permission} | {held.role or '—'} | {held.file.replace('<', '&lt;')} |\n")
    return "".join(lines)


def main(arguments: list[str]) -> int:
    """Write or check."""
    text = page(all_probes().values())
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/probes.md is out of date. Run: python scripts/probes_page.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
