"""The static export: the same bytes, in that folder and nowhere else."""

import os
from urllib.parse import unquote

import defusedxml.ElementTree as Xml
import pytest
from click.testing import CliRunner

from faultbook.cli.main import commands
from faultbook.errors import UsageError
from faultbook.site.export import MARK, _inside, export, file_of
from faultbook.site.page import page
from faultbook.site.paths import entry_path, slug

RETIRED = """
[[retired]]
code = "AADSTS0000001"
now = "AADSTS120021"
reason = "It was printed for the same failure."
date = 2026-11-01

[[retired]]
code = "AADSTS0000002"
reason = "No service prints it any more."
date = 2026-11-02
"""
NASTY = [
    "../../etc/passwd",
    "..",
    ".",
    "a/../../b",
    "a\0b",
    "C:\\Windows",
    "con",
    ".htaccess",
    "~/.ssh",
    "ä%2e%2e",
    "a" * 400,
    "\u202egnp",
    "-rf",
    "%00",
    "x\ny",
]


def everything(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARK
    }


def test_the_files_are_the_pages(tmp_path, compiled):
    """Byte for byte."""
    site = compiled()
    done = export(site, tmp_path / "out")
    written = everything(tmp_path / "out")
    assert written == {file_of(site.get(path)): site.get(path).body for path in site.paths()}
    assert done.files == len(written)
    assert {"index.html", "404.html", "robots.txt", "e/AADSTS120021/index.html"} <= set(written)
    assert "sitemap.xml" not in written  # its addresses would not be whole


def test_a_folder_with_other_files_is_refused_untouched(tmp_path, compiled):
    """Before anything is written."""
    out = tmp_path / "mine"
    out.mkdir()
    (out / "index.html").write_text("mine")
    site = compiled()
    with pytest.raises(UsageError, match="not empty"):
        export(site, out)
    assert everything(out) == {"index.html": b"mine"}
    with pytest.raises(UsageError, match="not a folder"):
        export(site, out / "index.html")


def test_an_earlier_export_is_replaced_and_nothing_else(tmp_path, compiled):
    """What the book no longer has goes; what somebody put beside it stays."""
    site, out = compiled(), tmp_path / "out"
    export(site, out)
    (out / "CNAME").write_text("errors.contoso.example")
    less = page("/e/AADSTS999999", b"old")
    site._rows["/e/AADSTS999999"] = site._rows["/about"]
    site._made["/e/AADSTS999999"] = less
    export(site, out)
    assert (out / "e/AADSTS999999/index.html").read_bytes() == b"old"
    del site._rows["/e/AADSTS999999"]
    done = export(site, out)
    assert done.removed == 1
    assert not (out / "e/AADSTS999999").exists()
    assert (out / "CNAME").read_text() == "errors.contoso.example"


@pytest.mark.parametrize("code", NASTY)
def test_no_code_leaves_the_folder(code):
    """Whatever a code is called, its page is one harmless file in its place."""
    part = slug(code)
    assert len(part) < 200
    assert "/" not in part
    assert "\\" not in part
    assert part.isascii()
    assert part.isprintable()
    assert not part.startswith(".")
    assert unquote(part) == part
    assert file_of(page(entry_path(code), b"")) == f"e/{part}/index.html"


def test_slugs_of_nasty_codes_differ():
    """None takes another's place."""
    assert len({slug(code) for code in NASTY}) == len(NASTY)


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a/\0", "", ".", "a\\..\\b"])
def test_the_last_gate_refuses_too(tmp_path, name):
    """Even if a page came with such a path."""
    with pytest.raises(UsageError, match="outside"):
        _inside(tmp_path, name)


def test_a_link_inside_the_folder_is_not_followed(tmp_path, compiled):
    """An export must not write where a link of somebody's leads."""
    site, out = compiled(), tmp_path / "out"
    export(site, out)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (out / "about/index.html").unlink()
    (out / "about").rmdir()
    (out / "about").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="link to another place"):
        export(site, out)
    assert list(elsewhere.iterdir()) == []


def test_a_hostile_code_of_a_table_stays_inside(tmp_path, compiled):
    """From the table of codes to the file."""
    site = compiled(codes="../../../escaped\tentra\t\terror\t\t\t\tnowhere")
    export(site, tmp_path / "deep/out")
    assert not list(tmp_path.glob("escaped*"))
    assert (tmp_path / "deep/out" / f"e/{slug('../../../escaped')}/index.html").is_file()


def test_retired_codes_lead_on(tmp_path, compiled):
    """On the server by status, in the export by a small page that names its successor."""
    site = compiled(retired=RETIRED)
    moved = site.get("/e/AADSTS0000001")
    assert (moved.status, moved.location) == (301, "/e/AADSTS120021")
    export(site, tmp_path / "out")
    body = (tmp_path / "out/e/AADSTS0000001/index.html").read_text()
    assert '<link rel="canonical" href="/e/AADSTS120021">' in body
    assert 'content="0; url=/e/AADSTS120021"' in body


def test_a_retired_code_without_a_successor_says_why(compiled):
    """With the day, and the status for what is gone."""
    gone = compiled(retired=RETIRED).get("/e/AADSTS0000002")
    assert gone.status == 410
    assert "No service prints it any more." in gone.body.decode()
    assert "2026-11-02" in gone.body.decode()


def test_a_base_stands_in_canonical_links_only(compiled):
    """Without a path, links between pages stay as they are."""
    site = compiled(base="https://errors.contoso.example")
    body = site.get("/e/AADSTS120021").body.decode()
    assert '<link rel="canonical" href="https://errors.contoso.example/e/AADSTS120021">' in body
    assert '"url":"https://errors.contoso.example/e/AADSTS120021"' in body
    assert 'href="/product/entra"' in body
    assert b"canonical" not in site.get("/search").body
    for address in Xml.fromstring(site.get("/sitemap.xml").body).iter(
        "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    ):
        assert address.text.startswith("https://errors.contoso.example/")
    assert b"Sitemap: https://errors.contoso.example/sitemap.xml" in site.get("/robots.txt").body
    assert 'template="https://errors.contoso.example/search?q=' in site.get("/opensearch.xml").body.decode()


def test_without_a_base_no_page_names_an_address(compiled):
    """A relative canonical link would say nothing."""
    assert b"canonical" not in compiled().get("/e/AADSTS120021").body


def test_a_base_with_a_path_moves_every_link(compiled):
    """So that the files can stand under a folder of somebody else's host."""
    import re

    site = compiled(base="https://contoso.example/errors/")
    for path in site.paths():
        found = site.get(path)
        if found.type.startswith("text/html"):
            links = re.findall(r'(?:href|src|action|data-root)="(/[^"]*)"', found.body.decode())
            assert links
            assert all(link.startswith("/errors/") for link in links), path
            assert f'href="https://contoso.example/errors{path}"' in found.body.decode() or b'"robots"' in found.body
    assert site.get("/e/aadsts120021").location == "/errors/e/AADSTS120021"
    assert 'data-root="/errors/"' in site.get("/").body.decode()


@pytest.mark.parametrize(
    "base",
    ["contoso.example", "ftp://x", 'https://x"onload=', "https://x y", "javascript:alert(1)", "https://x/../y?z"],
)
def test_a_base_that_is_none_is_refused(compiled, base):
    """Before it stands in every page."""
    with pytest.raises(UsageError, match="no public address"):
        compiled(base=base)


def test_the_command(tmp_path, monkeypatch):
    """Writes, says how much, and refuses in words."""
    run = CliRunner().invoke(commands, ["site", str(tmp_path / "out"), "--json"], standalone_mode=False)
    assert run.return_value == 0
    assert '"schema": "faultbook/site-1"' in run.output
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("x")
    run = CliRunner().invoke(commands, ["site", str(tmp_path / "full")], standalone_mode=False)
    assert isinstance(run.exception, UsageError)
    assert "faultbook site public/" in CliRunner().invoke(commands, ["site", "--help"]).output


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path, compiled):
    """Says so, with what to do."""
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        export(compiled(), tmp_path / "shut/out")
