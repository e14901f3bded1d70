"""How fast is a scan of a large log, next to ripgrep and ugrep looking for the same expressions?

    python benchmarks/scan.py [--size 1000] [--runs 7] [--folder DIR]

Everything is a ratio of runs that alternate in one session, so that a busy machine slows both sides. Before anything is timed, the lines that we look at
are compared with the lines that each rival prints: they must be the same. Only ours extracts codes, ids and times from them.
The rivals are used where they are installed (Debian packages ripgrep and ugrep); nothing is installed here.
"""

import argparse
import bisect
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from scan_log import make  # noqa: E402  # the folders above are ours

from faultbook.book.known import read_known  # noqa: E402
from faultbook.recognise import Recogniser  # noqa: E402

SCAN = """
import sys, time
from pathlib import Path
from faultbook.book.known import Known, read_known
from faultbook.recognise import Recogniser
more = int(sys.argv[3])
known = read_known(Path(sys.argv[2])) + [Known(code=f"AADSTS{600000 + n}", family="entra", name=f"Synthetic{n}") for n in range(more)]
recogniser = Recogniser([], known)
recogniser.finder
began = time.perf_counter()
with (sys.stdin.buffer if sys.argv[1] == "-" else open(sys.argv[1], "rb", buffering=0)) as stream:
    count = sum(1 for _ in recogniser.scan_stream(stream, lines=sys.argv[4] == "lines"))
took = time.perf_counter() - began
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(took, count, peak)
"""
READ = """
import fcntl, sys, time
stream = open(0, "rb", buffering=0)
fcntl.fcntl(0, 1031, 1 << 20)
buffer = bytearray(4 << 20)
began = time.perf_counter()
while stream.readinto(buffer):
    pass
print(time.perf_counter() - began)
"""


def child(environment: dict[str, str], *arguments: str, feed: Path | None = None) -> tuple[float, list[str]]:
    """Whole-process seconds of a Python child, and the words it printed."""
    command = [sys.executable, "-c", *arguments]
    began = time.perf_counter()
    if feed is None:
        out = subprocess.run(command, env=environment, check=True, capture_output=True).stdout
    else:
        with subprocess.Popen(["cat", str(feed)], stdout=subprocess.PIPE) as cat:
            out = subprocess.run(command, env=environment, check=True, capture_output=True, stdin=cat.stdout).stdout
    return time.perf_counter() - began, out.decode().split()


def rivals(patterns: Path) -> dict[str, list[str]]:
    """The commands of the rivals that are installed, each with one thread and counting only."""
    found = {}
    if shutil.which("rg"):
        found["ripgrep"] = ["rg", "-j1", "--no-config", "--no-unicode", "-a", "-f", str(patterns)]
    if shutil.which("ugrep"):
        found["ugrep"] = ["ugrep", "-J1", "-a", "-U", "-f", str(patterns)]
    return found


def lines_of_ours(recogniser: Recogniser, path: Path) -> set[int]:
    """The numbers of the lines in which one of our expressions matches."""
    found = set()
    line = 1
    with path.open("rb") as stream:
        rest = b""
        while True:
            block = stream.read(16 << 20)
            data = rest + block
            cut = data.rfind(b"\n") + 1 if block else len(data)
            data, rest = data[:cut], data[cut:]
            ends = sorted({end for end, _ in recogniser.finder.matches(data)})
            if ends:
                breaks = [at for at in range(len(data)) if data[at] == 10] if len(data) < 1 << 16 else _breaks(data)
                found |= {line + bisect.bisect_left(breaks, end - 1) for end in ends}
            line += data.count(b"\n")
            if not block:
                return found


def _breaks(data: bytes) -> list[int]:
    places, at = [], data.find(b"\n")
    while at >= 0:
        places.append(at)
        at = data.find(b"\n", at + 1)
    return places


def lines_of(command: list[str], path: Path) -> set[int]:
    """The numbers of the lines that a rival prints."""
    out = subprocess.run([*command, "-n", str(path)], check=True, capture_output=True).stdout
    return {int(line.partition(b":")[0]) for line in out.splitlines() if line[:1].isdigit()}


def median_of_ratios(runs: int, ours, theirs) -> tuple[float, float, float]:
    """Medians of (theirs / ours), ours and theirs, over alternating runs."""
    pairs = []
    for turn in range(runs + 1):
        mine, other = (ours(), theirs()) if turn % 2 else tuple(reversed((theirs(), ours())))
        if turn:  # the first pair warms the page cache
            pairs.append((mine, other))
    return (
        statistics.median(other / mine for mine, other in pairs),
        statistics.median(mine for mine, _ in pairs),
        statistics.median(other for _, other in pairs),
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", type=int, default=1000, help="megabytes of the log (1000)")
    options.add_argument("--runs", type=int, default=7, help="alternating runs of each pair (7)")
    options.add_argument("--hits", type=float, default=0.001, help="share of lines that hold an error (0.001)")
    options.add_argument("--folder", type=Path, help="where the log is made (a temporary folder)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        run(Path(folder), chosen.size * 1_000_000, chosen.runs, chosen.hits)


def run(folder: Path, size: int, runs: int, hits: float) -> None:
    path, patterns, codes = folder / "log", folder / "patterns", str(ROOT / "book" / "codes")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.pycache_prefix = environment["PYTHONPYCACHEPREFIX"]
    compileall.compile_dir(ROOT / "src", quiet=1)
    make(path, size, hits)
    recogniser = Recogniser([], read_known(Path(codes)))
    expressions = recogniser.finder.expressions
    patterns.write_text(
        "".join(f"{f'(?i:{one.expression})' if one.caseless else one.expression}\n" for one in expressions)
    )
    print(
        f"log {path.stat().st_size / 1e9:.2f} GB, {hits:.2%} of lines with an error; {len(expressions)} expressions; hyperscan: {recogniser.finder.fast}"
    )

    mine = lines_of_ours(recogniser, path)
    best: dict[str, list[str]] = {}
    for name, command in rivals(patterns).items():
        theirs = lines_of(command, path)
        print(
            f"{name}: {len(theirs)} lines, ours {len(mine)}, "
            + ("the same" if theirs == mine else f"DIFFERENT in {len(theirs ^ mine)}")
        )
        if theirs == mine:
            best[name] = command

    def scan(target: Path = path, more: int = 0, lines: str = "no") -> tuple[float, list[str]]:
        return child(environment, SCAN, str(target), codes, str(more), lines)

    for name, command in best.items():

        def rival(command: list[str] = command) -> float:
            began = time.perf_counter()
            subprocess.run([*command, "-c", str(path)], check=True, capture_output=True)
            return time.perf_counter() - began

        whole = median_of_ratios(runs, lambda: scan()[0], rival)
        inside = median_of_ratios(max(runs // 2, 2), lambda: float(scan()[1][0]), rival)
        print(
            f"{name} / ours, whole process with extraction: {whole[0]:.2f} x  (ours {whole[1]:.2f} s, {name} {whole[2]:.2f} s); without our start: {inside[0]:.2f} x (ours {inside[1]:.2f} s)"
        )

    quarter = folder / "quarter"
    with path.open("rb") as source, quarter.open("wb") as target:
        target.write(source.read(size // 4))
    growth = median_of_ratios(runs, lambda: float(scan(quarter)[1][0]), lambda: float(scan()[1][0]))
    print(f"four times the bytes take {growth[0]:.2f} x as long")
    entries = median_of_ratios(runs, lambda: float(scan()[1][0]), lambda: float(scan(more=5000)[1][0]))
    print(f"5,000 more codes take {entries[0]:.2f} x as long")
    counted = median_of_ratios(runs, lambda: float(scan()[1][0]), lambda: float(scan(lines="lines")[1][0]))
    print(f"line numbers take {counted[0]:.2f} x as long")
    small, large = int(scan(quarter)[1][2]), int(scan()[1][2])
    print(f"memory: peak {large / 1000:.0f} MB, {small / 1000:.0f} MB for a quarter of the log")
    pipe = median_of_ratios(
        runs,
        lambda: float(child(environment, SCAN, "-", codes, "0", "no", feed=path)[1][0]),
        lambda: float(child(environment, READ, feed=path)[1][0]),
    )
    print(f"standard input: {pipe[0]:.2f} of what the pipe gives (pipe {size / pipe[2] / 1e9:.2f} GB/s)")


if __name__ == "__main__":
    main()
