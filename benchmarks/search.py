"""How long a search takes in process, in the real book and in one blown up to 5,000 entries.

    python benchmarks/search.py [--entries 5000] [--queries 500] [--budget 6.0]

The large book is made by ``made_book``: entries like the real ones with about half of their longer words replaced, so that neither the vocabulary
nor the lengths are flat. Queries are one to four words of the texts, every fifth with a slip of the finger.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from made_book import ROOT, made

sys.path.insert(0, str(ROOT / "src"))

from faultbook.book import compile as compiling
from faultbook.book.files import read_entries
from faultbook.book.known import read_known
from faultbook.book.reader import Book, open_book
from faultbook.book.words import read_words
from faultbook.model import Entry


def queries(entries: list[Entry], count: int, chance: random.Random) -> list[str]:
    """What people might type: words that stand in the texts, some of them misspelt."""
    words = sorted(
        {word.strip(".,:;()'\"*`") for entry in entries for word in f"{entry.summary} {entry.meaning}".split()} - {""}
    )
    made = []
    for number in range(count):
        chosen = chance.sample(words, chance.randint(1, 4))
        if number % 5 == 0:
            chosen[0] = chosen[0][1:] + chosen[0][:1]
        made.append(" ".join(chosen))
    return made


def timed(book: Book, asked: list[str]) -> list[float]:
    """Milliseconds of each search, after one round that warms the cache and checks that most searches find something."""
    answered = sum(bool(book.search(query)) for query in asked)
    assert answered >= len(asked) * 0.8, f"only {answered} of {len(asked)} searches found anything"
    times = []
    for query in asked:
        start = time.perf_counter()
        book.search(query)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=5000)
    options.add_argument("--queries", type=int, default=500)
    options.add_argument(
        "--budget", type=float, default=6.0, help="milliseconds; fail where the median of the large book is above"
    )
    chosen = options.parse_args()
    chance = random.Random(1)
    real, _ = read_entries(ROOT / "book/entries")
    known, words = read_known(ROOT / "book/codes"), read_words(ROOT / "book/words.toml")
    medians = []
    print(f"{'':>14}{'p50 ms':>9}{'p99 ms':>9}{'file MB':>9}")
    for entries in (real, list(made(chosen.entries))):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "book.sqlite"
            path.write_bytes(compiling.database(entries, known, words, "benchmark"))
            with open_book(path) as book:
                times = sorted(timed(book, queries(entries, chosen.queries, chance)))
            medians.append(statistics.median(times))
            print(
                f"{len(entries):>8} pages{medians[-1]:9.2f}{times[int(len(times) * 0.99)]:9.2f}{path.stat().st_size / 1e6:9.1f}"
            )
    return 0 if medians[-1] <= chosen.budget else 1


if __name__ == "__main__":
    sys.exit(main())
