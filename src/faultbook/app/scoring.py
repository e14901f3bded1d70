"""How good the rankings of a book are: against closed cases, and against what public threads established."""

from pathlib import Path

from faultbook.app.faultbook import Faultbook
from faultbook.book.reader import Book
from faultbook.book.threads import read_threads
from faultbook.diagnose.alone import place_of
from faultbook.diagnose.calibrate import Places, Score, placed, result
from faultbook.diagnose.calibrate import score as scored
from faultbook.diagnose.cases import read_cases
from faultbook.evidence import instant
from faultbook.probes import all_probes


def score_cases(faultbook: Faultbook, root: Path) -> Score:
    """Diagnose every closed case of a folder."""
    return scored(
        result(one, faultbook.diagnose(one.text, [one.evidence], user=one.user, at=instant(one.at)).diagnosis)
        for one in read_cases(root)
    )


def score_threads(book: Book, folder: Path) -> Places:
    """Rank the causes of every thread of a folder by what was seen there, and nothing else."""
    places, probes, chances = {}, all_probes(), book.words.chances
    for thread in read_threads(folder):
        entry = book.entry(thread.code)
        places[thread.where] = place_of(entry, thread, probes, chances) if entry else 0
    return placed(places)
