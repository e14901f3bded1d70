"""``faultbook CODE`` is answered before anything heavy is imported, and everything else is handed on."""

import subprocess
import sys
from pathlib import Path

import pytest

from faultbook import __main__ as fast
from faultbook.book.compile import build, spellings
from faultbook.book.known import read_known

SRC = Path(__file__).parents[2] / "src"
COMMANDS = [
    "show",
    "search",
    "scan",
    "diagnose",
    "evidence",
    "permissions",
    "book",
    "collect",
    "verify",
    "repair",
    "signins",
    "watch",
    "serve",
    "mcp",
    "db",
    "lab",
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory, book_folder):
    """A compiled book of the model entry alone."""
    source = tmp_path_factory.mktemp("source")
    (source / "entries").mkdir()
    (source / "codes").mkdir()
    (source / "entries/AADSTS120021.toml").write_bytes(
        (book_folder / "entries/entra/1200xx/AADSTS120021.toml").read_bytes()
    )
    (source / "words.toml").write_bytes((book_folder / "words.toml").read_bytes())
    out = tmp_path_factory.mktemp("built")
    build(source, out, {})
    return str(out / "book.pages")


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch, pages):
    monkeypatch.setattr(fast, "PAGES", pages)
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["AADSTS120021"],
        ["show", "AADSTS120021"],
        ["120021"],
        ["show", "aadsts", "120021"],
        ["--no-color", "AADSTS120021"],
        ["show", "AADSTS120021", "--no-color"],
    ],
)
def test_a_code_is_answered_here(arguments):
    """A code, however spelt, needs nothing but the pages."""
    assert fast._page(arguments).startswith("AADSTS120021  PartnerService")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["show"],
        ["show", "AADSTS120021", "--json"],
        ["AADSTS120099"],
        ["search", "120021"],
        ["scan", "-"],
        ["--help"],
        ["book", "lint"],
        ["password", "reset"],
    ],
)
def test_everything_else_is_handed_on(arguments):
    """Options, commands, words and codes that are not known go to the full command line."""
    assert fast._page(arguments) is None


def test_colour_only_where_it_is_wanted(monkeypatch):
    """Colour on a terminal, unless NO_COLOR says otherwise; a flag wins over both."""

    class Terminal:
        def isatty(self):
            return True

    assert "\x1b" not in fast._page(["120021"])
    assert "\x1b" in fast._page(["120021", "--color"])
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" in fast._page(["120021"])
    assert "\x1b" not in fast._page(["120021", "--no-color"])
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in fast._page(["120021"])


def test_no_code_is_spelt_like_a_command(book_folder):
    """No published code hides behind a command, and no command behind a code."""
    keys = {key for key, _ in spellings([], read_known(book_folder / "codes"))}
    assert keys.isdisjoint(command.upper() for command in COMMANDS)


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SRC), **environment},
    )


def test_nothing_but_builtins_is_imported(pages):
    """The answer costs two small modules of ours and nothing else."""
    code = f"""
import sys
before = set(sys.modules)
from faultbook import __main__ as fast
fast.PAGES = {pages!r}
sys.argv = ["faultbook", "show", "AADSTS120021"]
status = fast.main()
print(status, sorted(set(sys.modules) - before), file=sys.stderr)
"""
    answer = run(code)
    assert answer.stdout.startswith("AADSTS120021")
    assert answer.stderr.strip() == "0 ['faultbook', 'faultbook.__main__', 'faultbook.book', 'faultbook.book.pages']"


def test_a_reader_who_leaves_early_is_no_error(pages):
    """``faultbook CODE | head -1`` ends quietly."""
    code = f"""
import os, sys
from faultbook import __main__ as fast
fast.PAGES = {pages!r}
sys.argv = ["faultbook", "AADSTS120021"]
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
os.close(writing)
sys.exit(fast.main())
"""
    answer = run(code)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_an_old_encoding_is_no_error(pages):
    """A terminal that knows few letters gets question marks, not a traceback."""
    code = f"import sys; from faultbook import __main__ as fast; fast.PAGES = {pages!r}; sys.argv = ['f', '120021']; sys.exit(fast.main())"
    answer = run(code, PYTHONIOENCODING="ascii")
    assert answer.returncode == 0
    assert answer.stdout.startswith("AADSTS120021")
