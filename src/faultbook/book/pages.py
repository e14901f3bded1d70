"""Rendered pages behind a sorted index, in one file that needs nothing but builtins to be read.

The file: a line ``faultbook-pages 1 BYTES``; an index of that many bytes, one line a spelling (key, code, start and length of the plain and of
the coloured page, and the day from which the page has to be written anew, parted by tabs); the pages. Importing anything here would cost more than the look-up itself.
"""

MAGIC = b"faultbook-pages 1 "

_PARTING = {ord(sign): None for sign in " \t\r\n_-:.,;#'\"()[]"}


def key_of(text: str) -> str:
    """The spelling under which a code is looked up: no case, no separators, no leading zeros of the number after a word."""
    key = text[:200].translate(_PARTING).upper().encode(errors="ignore").decode()
    word = key.rstrip("0123456789")
    number = key[len(word) :]
    return word + (number.lstrip("0") or number[:1]) if word.isalpha() else key


def pack(
    spellings: list[tuple[str, str]], pages: dict[str, tuple[str, str]], until: dict[str, int] | None = None
) -> bytes:
    """The bytes of the file: every spelling (key, code) and the two pages, plain and coloured, of every code.

    ``until`` are the days (since 1970) from which a page is out of date, because a source has grown old; a code that is not in it never is.
    """
    index: list[str] = []
    body = bytearray()
    places: dict[str, str] = {}
    for code in sorted(pages):
        columns: list[int] = []
        for page in dict.fromkeys(pages[code]):
            raw = page.encode()
            columns += [len(body), len(raw)]
            body += raw
        places[code] = "\t".join(str(column) for column in (columns if len(columns) == 4 else columns * 2))
    for key, code in sorted(spellings):
        index.append(f"\n{key}\t{code}\t{places[code]}\t{(until or {}).get(code, '')}")
    head = "".join(index).encode() + b"\n"
    return MAGIC + str(len(head)).encode() + b"\n" + head + bytes(body)


def find(path: str, text: str, colour: bool, today: int = 0) -> str | None:
    """The page of a code however it is spelt; None where the file has no single answer, is no such file, or the page is out of date today.

    ``today`` counts days since 1970.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs more than the look-up
            first = file.readline(64)
            if not first.startswith(MAGIC):
                return None
            size = int(first[len(MAGIC) :])
            index = file.read(size)
            found = _row(index, text)
            if found is None or (found[6] and int(found[6]) <= today):
                return None
            start, length = (found[4], found[5]) if colour else (found[2], found[3])
            file.seek(len(first) + size + int(start))
            return file.read(int(length)).decode()
    except (OSError, ValueError, IndexError):
        return None


def _row(index: bytes, text: str) -> list[bytes] | None:
    """The one line of the index for a spelling; where several codes share it, the one spelt exactly so."""
    start = b"\n" + key_of(text).encode(errors="replace") + b"\t"
    at = index.find(start)
    rows: list[list[bytes]] = []
    while at >= 0 and index.startswith(start, at):
        end = index.index(b"\n", at + 1)
        rows.append(index[at + 1 : end].split(b"\t"))
        at = end
    exact = [row for row in rows if row[1] == text.strip().encode(errors="replace")]
    rows = exact or rows
    return rows[0] if len(rows) == 1 else None
