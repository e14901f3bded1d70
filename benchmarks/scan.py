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
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from scan_log import make  # noqa: E402  # the folders above are ours

from faultbook.book.reader import open_book  # noqa: E402
from faultbook.recognise import Recogniser, prepared  # noqa: E402

CLASS = re.compile(r"\[[^\]]*\]")
SCAN = """
import sys, time
from pathlib import Path
from faultbook.book.known import Known, read_known
from faultbook.book.reader import open_book
from faultbook.recognise import Recogniser, prepared
from faultbook.recognise.stream import scan_stream
path, codes, more, lines, threads = sys.argv[1:]
if more == "book":
    recogniser = prepared.recogniser(open_book())
else:
    recogniser = Recogniser([], [*read_known(Path(codes)), *(Known(code=f"AADSTS{600000 + n}", family="entra", name=f"Synthetic{n}") for n in range(int(more)))])
recogniser.finder
began = time.perf_counter()
with (sys.stdin.buffer if path == "-" else open(path, "rb", buffering=0)) as stream:
    found = scan_stream(recogniser, stream, lines=lines == "lines", threads=int(threads) if threads else None)
    count = sum(1 for _ in found)
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


def run_once(command: list[str], environment: dict[str, str], out: int | BinaryIO = subprocess.PIPE) -> float:
    """Seconds of a process that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=out, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def processor(work: Callable[[], object]) -> float:
    """Seconds of processors that the children of this process took for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


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
    for slower in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):  # which nobody sets who only uses it
        environment.pop(slower, None)
    sys.pycache_prefix = environment["PYTHONPYCACHEPREFIX"]
    compileall.compile_dir(ROOT / "src", quiet=1)
    make(path, size, hits)
    recogniser = prepared.recogniser(open_book())
    expressions = recogniser.finder.expressions
    patterns.write_text(
        "".join(
            f"{f'(?i:{one.expression})' if one.caseless else one.expression}\n"
            for one in expressions
            if "\\n" not in CLASS.sub("", one.expression)  # the rivals look at one line at a time: less work for them
        )
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

    def scan(target: Path = path, more: str = "book", lines: str = "no", threads: str = "0") -> tuple[float, list[str]]:
        return child(environment, SCAN, str(target), codes, more, lines, threads)

    def inside(**options) -> float:
        return float(scan(**options)[1][0])

    def command() -> float:
        with (folder / "printed").open("wb") as out:
            return run_once([sys.executable, "-m", "faultbook", "scan", str(path)], environment, out)

    for name, rival in best.items():
        against = partial(run_once, [*rival, "-c", str(path)], environment)
        for what, ours in (
            ("one thread, whole process", lambda: scan()[0]),
            ("one thread, without our start", inside),
            ("one thread, whole process, with line numbers", lambda: scan(lines="lines")[0]),
            ("threads as usual, whole process", lambda: scan(threads="")[0]),
            ("the command: threads, line numbers, summaries, printed", command),
        ):
            whole = median_of_ratios(runs, ours, against)
            print(f"{name} / ours, {what}: {whole[0]:.2f} x  (ours {whole[1]:.2f} s, {name} {whole[2]:.2f} s)")
        busy = median_of_ratios(runs, partial(processor, scan), partial(processor, against))
        print(
            f"{name} / ours in processor time, one thread, whole process: {busy[0]:.2f} x  ({busy[1]:.2f} s, {busy[2]:.2f} s)"
        )

    quarter = folder / "quarter"
    with path.open("rb") as source, quarter.open("wb") as target:
        target.write(source.read(size // 4))
    growth = median_of_ratios(runs, partial(inside, target=quarter), inside)
    print(f"four times the bytes take {growth[0]:.2f} x as long")
    entries = median_of_ratios(runs, partial(inside, more="0"), partial(inside, more="5000"))
    print(f"5,000 more codes take {entries[0]:.2f} x as long")
    counted = median_of_ratios(runs, inside, partial(inside, lines="lines"))
    print(f"line numbers take {counted[0]:.2f} x as long")
    small, large = int(scan(quarter, threads="")[1][2]), int(scan(threads="")[1][2])
    print(f"memory: peak {large / 1000:.0f} MB, {small / 1000:.0f} MB for a quarter of the log")
    for what, threads in (("one thread", "0"), ("threads as usual", "")):
        pipe = median_of_ratios(
            runs,
            lambda threads=threads: float(child(environment, SCAN, "-", codes, "book", "no", threads, feed=path)[1][0]),
            lambda: float(child(environment, READ, feed=path)[1][0]),
        )
        print(f"standard input, {what}: {pipe[0]:.2f} of what the pipe gives (pipe {size / pipe[2] / 1e9:.2f} GB/s)")


if __name__ == "__main__":
    main()
