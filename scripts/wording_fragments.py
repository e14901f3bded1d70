"""Writes tables of fragments (book/wording) from catalogues of messages; for maintainers.

    python scripts/wording_fragments.py entra EntraIDErrorCodes.csv
    python scripts/wording_fragments.py spark error-conditions.json
    python scripts/wording_fragments.py delta delta-error-classes.json
    python scripts/wording_fragments.py msal messages.csv
    python scripts/wording_fragments.py snowflake messages.csv
    python scripts/wording_fragments.py dbt messages.csv

The last three read a list with the columns ``code`` (or several, parted by `` | ``) and ``message``, as it can be taken from the source of the libraries:
what a constant, a property or the constructor of an exception says, ``{}`` for what varies.
Of each message the few words that tell it from all others of its catalogue are taken, and nothing else: a message whose words are common ones gives
none. The catalogues themselves stay where they are.
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from faultbook.book.files import read_entries
from faultbook.book.known import read_known
from faultbook.book.wording import COLUMNS, Fragment, read_table
from faultbook.recognise.phrases import FILLING, Phrases, rarity_of, words
from faultbook.recognise.wording import fragments_of

BOOK = Path(__file__).parents[1] / "book"
HOLE = "{}"
UNHEARD = {HOLE, *FILLING}
_HOLES = re.compile(
    r"https?://\S+|\{[^{}]{0,60}\}|<[^<>]{1,60}>|(?<!\w)'[^']{0,80}'(?!\w)|\"[^\"]{0,80}\"|`[^`]{0,80}`|\[[^\]]{0,80}\]|%\d\$s|\w+(?:\.\w+){2,}"
)
_MOST_HOLES = 2
_MOST_CODES = 4
_ENOUGH = 2.0
"""A fragment that weighs less (about four rare words in a row) would be found in ordinary prose."""
_IN_SURROUNDINGS, _WHOLE, _LONGER = 1.5, 1.05, 3
"""Enough where the surroundings are those of the program: a short message has no more, and gives more of its words for it. A whole sentence needs less."""
_SENTENCE, _TELLING, _LONG_SENTENCE = 0.6, 3, 20
"""A first sentence taken whole must weigh so much, twice that if it has no other words, and hold so many words that are not of every prose; of a longer one
the beginning is enough."""
ORDINARY = {
    "common or consumers tenants",
    "contact the app vendor",
    "contact your administrator for more information",
    "delta table {} does not exist",
    "direct member of a group",
    "failed to read request",
    "file a bug report",
    "fully qualified domain name",
    "get rid of this error",
    "hh mm ss e g",
    "multi factor authentication to access",
    "navigate to {} to learn more about how to fix",
    "organizations or tenant specific endpoint",
    "post logout redirect uri",
    "proof key for code exchange",
    "refresh token has expired",
    "send an interactive authorization request",
    "service is temporarily unavailable",
    "supported over the common or consumers endpoints",
}
"""Fragments that were met in ordinary logs or source code, whatever they weigh."""
ANYBODYS = {
    "access policy requires a compliant device",
    "active subscriptions for the tenant",
    "api version is not supported",
    "cannot parse the schema",
    "cannot safely cast",
    "domain hint and opaque login hint",
    "enroll in multi factor authentication",
    "enum value of {} is invalid",
    "failed to apply the update",
    "index 0 is invalid",
    "name must be a relative path",
    "options {} cannot be specified together",
    "signout request has expired",
    "socket connection timeout",
    "specify the fully qualified class name",
    "unable to find batch",
}
"""Fragments that stand in documentation or source code of other programs too: they count in the surroundings of the program only."""
SOURCES = {
    "entra": (
        "error messages of the sign-in service as harvested in f-bader/EntraID-ErrorCodes@e2624164",
        6,
        "sign-in",
    ),
    "spark": ("apache/spark 4.3.0 error-conditions.json (Apache-2.0)", 7, "spark"),
    "delta": ("delta-io/delta delta-error-classes.json (Apache-2.0)", 7, "spark"),
    "msal": ("messages of MSAL.js@980f0b07 and MSAL.NET@39d20011 (MIT)", 6, "sign-in"),
    "snowflake": (
        "messages of snowflake-connector-nodejs@618c3f24, -python@50e7fc5c and snowpark-python@846856f7 (Apache-2.0)",
        6,
        "snowflake",
    ),
    "dbt": ("exceptions of dbt-core 1.9.4, dbt-common 1.15.0 (Apache-2.0)", 6, "dbt"),
}
"""Where the messages were read, how many words a fragment may have, and the surroundings of the program."""
LIBRARIES = {"msal", "snowflake", "dbt"}
"""Their words are those of every program: they always need surroundings, and are left to a fragment kept by hand where there is one."""


def listed(path: Path) -> Iterator[tuple[str, str]]:
    """Code and message of a list."""
    with path.open(encoding="utf-8", newline="") as lines:
        for one in csv.DictReader(lines):
            yield one["code"], one["message"]


def entra(path: Path) -> Iterator[tuple[str, str]]:
    """Code and message of the sign-in service."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for one in csv.DictReader(lines):
            if one["ResultType"].isdigit():
                yield f"AADSTS{one['ResultType']}", one["Message"]


def conditions(path: Path) -> Iterator[tuple[str, str]]:
    """Name and message of the conditions of Spark or Delta, each subcondition with what is printed behind the message of its parent."""
    for name, one in json.loads(path.read_text(encoding="utf-8")).items():
        if not name.startswith("_LEGACY"):
            yield name, " ".join(one["message"])
            for below, more in one.get("subClass", {}).items():
                yield f"{name}.{below}", " ".join(more["message"])


def tokens(message: str) -> list[str]:
    """The words of a message, its holes among them; a full stop parts like a hole without being one."""
    found: list[str] = []
    for number, part in enumerate(_HOLES.split(message)):
        found += [HOLE] if number else []
        for sentence, piece in enumerate(re.split(r"[.:;!?]\s|\n", part)):
            found += ["."] if sentence else []
            found += words(piece)
    return found


def telling(window: Iterable[str]) -> int:
    """How many words are not of every prose."""
    return sum(word not in UNHEARD for word in window)


def pairs(window: Iterable[str]) -> list[tuple[str, str]]:
    """Neighbouring words of a window."""
    return [pair for pair in pairwise(window) if HOLE not in pair]


Step = tuple[float, float, int]
"""What a fragment must weigh, what a whole sentence must, and how many words a fragment may have."""


class Catalogue:
    """All messages of one program, so that what is common to many can be told from what is not."""

    def __init__(self, messages: Iterable[tuple[str, str]]) -> None:
        self.messages = [(code, tokens(message)) for code, message in messages]
        self.rarity = rarity_of([message] for _, message in self.messages)

    def windows(self, message: list[str], longest: int) -> Iterator[tuple[str, ...]]:
        """Stretches of a message that begin and end with words and stay within a sentence."""
        for start, first in enumerate(message):
            count = holes = 0
            for end in range(start, len(message)):
                here = message[end]
                count += here not in {HOLE, "."}
                holes += here == HOLE
                if here == "." or count > longest or holes > _MOST_HOLES or first == HOLE:
                    break
                if here not in FILLING and first not in FILLING and here != HOLE:
                    yield tuple(message[start : end + 1])

    def weight(self, window: tuple[str, ...]) -> float:
        """As a search would weigh it."""
        found = {pair for pair in pairs(window) if not any(sign.isdigit() for word in pair for sign in word)}
        return sum((self.rarity[one] + self.rarity[other]) / 2 for one, other in sorted(found)) - 0.4 * window.count(
            HOLE
        )

    def best(self, message: list[str], least: float, whole: float, longest: int) -> tuple[str, ...] | None:
        """The stretch that tells most: of the first sentence if that tells enough."""
        first = message[: message.index(".")] if "." in message else message
        for part in (first, message):
            found = self.most_telling(part, longest)
            if found and self.weight(found) >= (whole if list(found) == first else least):
                return found
        return self.sentence(first, _SENTENCE if whole < _ENOUGH else _ENOUGH)

    def most_telling(self, part: list[str], longest: int) -> tuple[str, ...] | None:
        """The heaviest stretch, the shortest of several."""
        return max(self.windows(part, longest), key=lambda window: (self.weight(window), -len(window)), default=None)

    def sentence(self, first: list[str], least: float) -> tuple[str, ...] | None:
        """The whole first sentence, however long: common words too stand so in no other message."""
        at = [number for number, word in enumerate(first[:_LONG_SENTENCE]) if word not in UNHEARD]
        found = tuple(first[at[0] : at[-1] + 1]) if at else ()
        weight = sum(self.rarity[one] + self.rarity[other] for one, other in set(pairs(found))) / 2
        long = len([word for word in found if word != HOLE]) > _TELLING
        return found if len(at) >= _TELLING and weight >= (least if long else 2 * least) else None

    def fragments(self, *steps: Step) -> dict[tuple[str, ...], list[str]]:
        """Every fragment that tells enough, with the codes in whose messages it stands; what one step leaves of a message is left to the next.

        A message may be cut short at either end or wrapped in the middle, so that what stands before and behind a fragment gives further ones.
        """
        found: dict[tuple[str, ...], None] = {}
        for _, message in self.messages:
            pieces = [message]
            for step in steps:
                pieces = [rest for piece in pieces for rest in self.taken(piece, step, found, begins=piece is message)]
        spelled = [(code, f" {' '.join(message)} ") for code, message in self.messages]
        return {window: [code for code, message in spelled if f" {' '.join(window)} " in message] for window in found}

    def taken(
        self, piece: list[str], step: Step, found: dict[tuple[str, ...], None], *, begins: bool
    ) -> Iterator[list[str]]:
        """Take the fragments of a piece of a message, and give what is left of it."""
        least, whole, longest = step
        if begins or piece[:1] == ["."]:
            best = self.best(piece[piece[:1] == ["."] :], least, whole, longest)
        else:
            best = self.most_telling(piece, longest)
            best = best if best and self.weight(best) >= least else None
        if best is None:
            yield piece
            return
        found[best] = None
        at = next(at for at in range(len(piece)) if tuple(piece[at : at + len(best)]) == best)
        for rest in (piece[:at], piece[at + len(best) :]):
            yield from self.taken(rest, step, found, begins=False)


def kept_by_hand() -> Iterator[Fragment]:
    """The fragments of the other tables."""
    for table in sorted((BOOK / "wording").glob("*.tsv")):
        if not table.name.startswith("published-"):
            yield from read_table(table)


def read(kind: str, path: Path) -> Iterator[tuple[str, str]]:
    """Code and message of a catalogue; of a library's, those that no fragment kept by hand tells already."""
    if kind == "entra":
        yield from entra(path)
    elif kind not in LIBRARIES:
        yield from conditions(path)
    else:
        by_hand = Phrases(kept_by_hand())
        yield from ((code, message) for code, message in listed(path) if not by_hand.find(message))


def found_among(by_hand: Iterable[Fragment], rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows that a search finds: beside all others the words of a few weigh too little."""
    fragments = [Fragment(tuple(row[0].split(" | ")), *row[1:]) for row in rows]
    entries, _ = read_entries(BOOK / "entries")
    phrases = Phrases(fragments_of(entries, [*by_hand, *fragments]))
    return [
        row
        for row, one in zip(rows, fragments, strict=True)
        if any(match.fragment.codes == one.codes for match in phrases.find(one.text.replace(HOLE, "contoso")))
    ]


def main() -> None:
    """Read one catalogue and write one table."""
    kind, path = sys.argv[1], Path(sys.argv[2])
    source, longest, surroundings = SOURCES[kind]
    catalogue = Catalogue(read(kind, path))
    published = {one.code for one in read_known(BOOK / "codes")}
    out = BOOK / "wording" / f"published-{kind}.tsv"
    by_hand = tuple(kept_by_hand())
    met = {code for one in by_hand for code in one.codes}  # what somebody wrote down is met more often
    left_out = ORDINARY | {one.text.casefold() for one in by_hand}
    rows = []
    weaker = (_IN_SURROUNDINGS, _WHOLE, longest + _LONGER)
    steps = [weaker] if kind in LIBRARIES else [(_ENOUGH, _ENOUGH, longest), weaker]
    for window, codes in catalogue.fragments(*steps).items():
        kept = [code for code in dict.fromkeys(" | ".join(codes).split(" | ")) if code in published]
        kept.sort(key=lambda code: code not in met)
        fragment = " ".join(window)
        if kept and len(kept) <= _MOST_CODES and fragment not in left_out:
            alone = kind not in LIBRARIES and fragment not in ANYBODYS and telling(window) >= _TELLING
            rows.append((" | ".join(kept), fragment, "" if alone else surroundings, "en", source))
    rows = found_among(by_hand, rows)
    lines = ["\t".join(row) for row in (COLUMNS, *sorted(rows))]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{out.name}: {len(rows)} fragments of {len(catalogue.messages)} messages")


if __name__ == "__main__":
    main()
