"""The compiled site of the checkout, and small books to try things on."""

import shutil
from pathlib import Path

import pytest

from faultbook.app.maintain import build_book
from faultbook.site import Site
from tests_root import ROOT

TEMPLATE = ROOT / "book/entries/entra/1200xx/AADSTS120021.toml"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """All pages, compiled from the sources as they are now."""
    out = tmp_path_factory.mktemp("book")
    build_book(ROOT / "book", out)
    return Site.open(out)


@pytest.fixture(scope="session")
def pages(site):
    """Every page by its path."""
    return {path: site.get(path) for path in site.paths()}


def small_book(folder: Path, *, entry: str = "", retired: str = "", codes: str = "") -> Path:
    """Sources of one entry and few codes; what is given replaces or extends them."""
    shard = folder / "entries/entra/1200xx"
    shard.mkdir(parents=True)
    (shard / "AADSTS120021.toml").write_text(entry or TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copy(ROOT / "book/words.toml", folder)
    (folder / "codes").mkdir()
    rows = (ROOT / "book/codes/entra.tsv").read_text(encoding="utf-8").splitlines()
    few = [row for row in rows if row.startswith(("code\t", "AADSTS1200", "AADSTS5005"))]
    (folder / "codes/entra.tsv").write_text("\n".join([*few, *filter(None, [codes])]) + "\n", encoding="utf-8")
    if retired:
        (folder / "retired.toml").write_text(retired, encoding="utf-8")
    return folder


@pytest.fixture
def compiled(tmp_path):
    """Compiles a small book and opens its site."""

    def make(base: str = "", **sources: str) -> Site:
        out = tmp_path / "compiled"
        build_book(small_book(tmp_path / "sources", **sources), out)
        return Site.open(out, base)

    return make
