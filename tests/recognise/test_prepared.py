"""What is kept beside the compiled book: the same recogniser without reading the book, and the book itself where the file does not fit."""

import io
from pathlib import Path

import msgspec
import pytest

from faultbook.book.compile import build
from faultbook.book.reader import open_book
from faultbook.recognise import Recogniser, prepared

ROOT = Path(__file__).parents[2]
TEXT = b"AADSTS50076: Somebody must do more.\n001003 (42000): SQL compilation error\n[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("book")
    build(ROOT / "book", out, {}, [prepared.compiled])
    return out


def codes(recogniser):
    return [(one.code, one.id, one.line) for one in recogniser.scan_stream(io.BytesIO(TEXT))]


def read_entries(monkeypatch):
    """Which of the book's lists are read from here on."""
    reads = []

    def entries(self):
        reads.append("entries")
        yield from ()

    def known(self):
        reads.append("known")
        return []

    monkeypatch.setattr("faultbook.book.reader.Book.entries", entries)
    monkeypatch.setattr("faultbook.book.reader.Book.known", known)
    return reads


def test_the_recogniser_is_the_same_as_that_from_the_book(folder):
    with open_book(folder) as book:
        quick, slow = prepared.recogniser(book), Recogniser(book.entries(), book.known(), book.wording())
        assert quick.prepared() == slow.prepared()
        assert len(codes(quick)) == 3
        assert codes(quick) == codes(slow)
        text = "The user's password could not be changed because the service was unavailable"
        assert quick.scan(text) == slow.scan(text)


def test_a_stream_is_read_without_reading_the_book(folder, monkeypatch):
    with open_book(folder) as book:
        reads = read_entries(monkeypatch)
        assert len(codes(prepared.recogniser(book))) == 3
        assert not reads


@pytest.mark.parametrize("spoil", ["missing", "other book", "cut", "other rules"])
def test_a_file_that_does_not_fit_is_not_used(folder, tmp_path, monkeypatch, spoil):
    for name in ("book.sqlite", prepared.FILE):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    path = tmp_path / prepared.FILE
    content = path.read_bytes()
    if spoil == "missing":
        path.unlink()
    elif spoil == "other book":
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif spoil == "cut":
        path.write_bytes(content[:-9])
    else:
        monkeypatch.setattr(prepared, "__file__", str(tmp_path / "other" / "prepared.py"))
    with open_book(tmp_path) as book:
        assert len(codes(prepared.recogniser(book))) == 3
        reads = read_entries(monkeypatch)
        prepared.recogniser(book)
        assert sorted(reads) == ["entries", "known"]


def test_an_engine_of_another_version_is_compiled_anew(folder):
    with open_book(folder) as book:
        made = prepared.recogniser(book).prepared()
        assert len(codes(Recogniser(prepared=msgspec.structs.replace(made, engine=b"of another machine")))) == 3


def test_the_file_is_the_same_every_time(folder, tmp_path):
    build(ROOT / "book", tmp_path, {}, [prepared.compiled])
    assert (tmp_path / prepared.FILE).read_bytes() == (folder / prepared.FILE).read_bytes()
