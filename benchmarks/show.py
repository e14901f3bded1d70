"""How much longer ``faultbook show AADSTS120021`` takes than the bare interpreter: whole processes, alternating, medians of ratios.

    python benchmarks/show.py [--rounds 60] [--budget 1.5]

The output is compared with the rendered page before anything is timed. The installed console script is measured where there is
one, and the same call without it otherwise. Bytecode is written first: an installation has it.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))
BOOK = ROOT / "src/faultbook/_book"
CODE = "AADSTS120021"
CALL = "import sys; from faultbook.__main__ import main; sys.exit(main())"


def prepare() -> None:
    """Bytecode for the package, and a compiled book where there is none."""
    compileall.compile_dir(ROOT / "src/faultbook", quiet=2, maxlevels=20)
    if not (BOOK / "book.pages").is_file():
        from faultbook.book.compile import build

        build(ROOT / "book", BOOK, {})


def commands() -> dict[str, list[str]]:
    """What is measured, by name; the first is the measure of the others."""
    found = {
        "python -c pass": [sys.executable, "-c", "pass"],
        f"show {CODE}": [sys.executable, "-c", CALL, "show", CODE],
        CODE: [sys.executable, "-c", CALL, CODE],
    }
    script = Path(sys.executable).with_name("faultbook")
    if script.is_file():
        found[f"console script, show {CODE}"] = [str(script), "show", CODE]
    return found


def check(measured: dict[str, list[str]], environment: dict[str, str]) -> None:
    """Every call answers with the compiled page and exit code 0."""
    from faultbook.book.pages import find

    page = find(str(BOOK / "book.pages"), CODE, colour=False)
    assert (page or "").startswith(CODE), "the compiled book has no page for the code"
    for name, command in list(measured.items())[1:]:
        answer = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert answer.returncode == 0, f"{name}: exit code {answer.returncode}: {answer.stderr.decode()}"
        assert answer.stdout.decode() == page, f"{name}: not the compiled page"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--budget", type=float, default=1.5, help="fail above this ratio")
    chosen = options.parse_args()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    prepare()
    measured = commands()
    check(measured, environment)
    times: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(chosen.rounds):
        for name, command in measured.items():
            times[name].append(seconds(command, environment))
    base, *others = times
    print(f"{'':44}{'median ms':>10}{'median ratio':>14}")
    print(f"{base:44}{statistics.median(times[base]) * 1e3:10.2f}{1:14.2f}")
    worst = 0.0
    for name in others:
        ratio = statistics.median(one / other for one, other in zip(times[name], times[base], strict=True))
        print(f"{name:44}{statistics.median(times[name]) * 1e3:10.2f}{ratio:14.2f}")
        worst = max(worst, ratio)
    return 0 if worst <= chosen.budget else 1


if __name__ == "__main__":
    sys.exit(main())
