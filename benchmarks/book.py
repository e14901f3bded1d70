"""What grows with the book: compiling, linting all and one, search, recognition, and an overlay, at the size of the real book and half as large again.

    python benchmarks/book.py [--more 2000]

The larger book is made by ``made_book``. All are seconds of processor time of this process (milliseconds for search and recognition), so that a
busy machine does not change them. Budgets hold for both: for each thousand entries compile 4 s and lint 5 s; lint of one entry 10 s, a search 6 ms
(median), an overlay 2 s; the recognition of one text may take at most 1.5 times with the larger book what it takes with the real one, and finds the same.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from made_book import ROOT, write_book

sys.path.insert(0, str(ROOT / "src"))

from faultbook.app import Faultbook
from faultbook.app.maintain import build_book, lint_book
from faultbook.book.files import read_entries
from faultbook.recognise import Recogniser

BUDGETS = {"lint one s": 10.0, "overlay s": 2.0, "search ms": 6.0}
FOR_A_THOUSAND = {"compile s": 4.0, "lint s": 5.0}
SLOWER = 1.5


def seconds(what: Callable[[], object]) -> float:
    start = time.process_time()
    what()
    return time.process_time() - start


def median_ms(calls: list[Callable[[], object]]) -> float:
    for call in calls:
        call()  # once to warm up
    return statistics.median(seconds(call) for call in calls) * 1e3


def measured(folder: Path, count: int) -> tuple[dict[str, float], list[tuple[str, ...]]]:
    """Everything about a book of that size, and what was recognised in the texts."""
    root = write_book(folder, count)
    row: dict[str, float] = {"compile s": seconds(lambda: build_book(root, folder / "out"))}
    _, looked = lint_book(root)
    assert looked == count, looked
    row["lint s"] = seconds(lambda: lint_book(root))
    one = root / "entries/entra/500xx/AADSTS50059.toml"
    row["lint one s"] = seconds(lambda: lint_book(root, [one]))
    overlay = folder / "ours"
    overlay.mkdir()
    (overlay / "a.toml").write_text(
        'extends = "AADSTS50126"\nfirst_step = "Ask whether the password was changed today."\n'
    )
    row["overlay s"] = seconds(lambda: Faultbook(folder / "out", overlay))
    book = Faultbook(folder / "out").book
    chance = random.Random(3)
    words = sorted({word.strip(".,") for entry in book.entries() for word in entry.summary.split()})
    asked = [" ".join(chance.sample(words, chance.randint(1, 4))) for _ in range(300)]
    assert sum(bool(book.search(query)) for query in asked) > 200
    row["search ms"] = median_ms([lambda query=query: book.search(query) for query in asked])
    recogniser = Recogniser(book.entries(), book.known())
    texts = [sample.text for entry in read_entries(ROOT / "book/entries")[0] for sample in entry.samples]
    row["recognise ms"] = median_ms([lambda text=text: recogniser.scan(text) for text in texts])
    return row, [recogniser.scan(text).codes for text in texts]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--more", type=int, default=2000, help="how many entries the larger book has beside the real ones (2000)"
    )
    chosen = options.parse_args()
    real = len(list((ROOT / "book/entries").rglob("*.toml")))
    large = real + chosen.more
    rows: dict[int, dict[str, float]] = {}
    seen = []
    for count in (real, large):
        with tempfile.TemporaryDirectory() as folder:
            rows[count], codes = measured(Path(folder), count)
            seen.append(codes)
    names = list(rows[real])
    print(f"{'entries':>8}" + "".join(f"{name:>14}" for name in names))
    for count, row in rows.items():
        print(f"{count:>8}" + "".join(f"{row[name]:14.2f}" for name in names))
    assert seen[0] == seen[1], "another book recognised something else"
    over = {
        name
        for count, row in rows.items()
        for name, budget in (BUDGETS | {name: each * count / 1000 for name, each in FOR_A_THOUSAND.items()}).items()
        if row[name] > budget
    }
    if rows[large]["recognise ms"] > SLOWER * rows[real]["recognise ms"]:
        over.add("recognise ms")
    print("within the budgets" if not over else f"over the budget: {', '.join(sorted(over))}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
