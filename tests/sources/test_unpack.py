"""Folders and zips: order, limits, and what is refused."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from faultbook.errors import EvidenceError
from faultbook.sources import FileReport
from faultbook.sources.evidence import Gathered, Limits, gather

DOMAINS = '{"value": [{"id": "contoso.example", "authenticationType": "Managed", "isVerified": true}]}'
ORGANISATION = '{"value": [{"id": "1", "verifiedDomains": [], "onPremisesLastSyncDateTime": null}]}'


def zipped(members: dict[str, str | bytes], *, link: str = "", encrypted: str = "") -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if name == link:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content)
    data = bytearray(out.getvalue())
    if encrypted:
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = data.find(signature)
            while at >= 0:
                data[at + offset] |= 1
                at = data.find(signature, at + 4)
    return bytes(data)


def by_name(gathered: Gathered) -> dict[str, FileReport]:
    """Reports by the last part of their path."""
    return {report.path.rpartition("/")[2]: report for report in gathered.reports}


def test_files_are_read_in_order_whatever_their_names(folder: Callable[..., Gathered]) -> None:
    """Sorted, with subfolders, each reported with its path from the given folder on."""
    gathered = folder({"b/two.txt": DOMAINS, "a.dat": ORGANISATION, "c": "a note"})
    assert [report.path for report in gathered.reports] == ["evidence/a.dat", "evidence/c", "evidence/b/two.txt"]
    assert {fact.kind for fact in gathered.facts} == {"graph.domains", "graph.organization"}
    assert by_name(gathered)["c"].problems == ("The text is of no kind that is read here.",)


def test_zips_are_opened_and_one_zip_inside_them(folder: Callable[..., Gathered]) -> None:
    """One level of nesting, no further."""
    inner = zipped({"domains.json": DOMAINS, "deep.zip": zipped({"o.json": ORGANISATION})})
    gathered = folder({"all.zip": zipped({"inner.zip": inner})})
    assert [fact.kind for fact in gathered.facts] == ["graph.domains"]
    assert gathered.facts[0].by == "evidence/all.zip/inner.zip/domains.json"
    assert "level deep" in by_name(gathered)["deep.zip"].problems[0]


@pytest.mark.parametrize(
    "name", ["../outside.json", "/etc/outside.json", "a/../../outside.json", "C:\\outside.json", "..\\outside.json"]
)
def test_a_name_that_leads_out_of_the_zip_is_refused(
    folder: Callable[..., Gathered], tmp_path: Path, name: str
) -> None:
    """Nothing is written anywhere, and the rest is read."""
    gathered = folder({"bad.zip": zipped({name: DOMAINS, "good.json": ORGANISATION})})
    assert [fact.kind for fact in gathered.facts] == ["graph.organization"]
    assert any("leads out of the zip" in problem for report in gathered.reports for problem in report.problems)
    assert not list(tmp_path.rglob("outside*"))


def test_links_and_encrypted_members_are_refused(folder: Callable[..., Gathered]) -> None:
    """Each with its reason."""
    gathered = folder(
        {
            "link.zip": zipped({"passwd": "/etc/passwd", "good.json": ORGANISATION}, link="passwd"),
            "secret.zip": zipped({"secret.json": DOMAINS}, encrypted="yes"),
        }
    )
    reports = by_name(gathered)
    assert "symbolic link" in reports["passwd"].problems[0]
    assert "encrypted" in reports["secret.json"].problems[0]
    assert [fact.kind for fact in gathered.facts] == ["graph.organization"]


def test_a_bomb_by_ratio_is_not_unpacked(folder: Callable[..., Gathered]) -> None:
    """By what the header claims, before anything is written."""
    gathered = folder(
        {"bomb.zip": zipped({"zeros": b"\0" * 3_000_000, "good.json": ORGANISATION})}, Limits(grace=1_000_000)
    )
    assert "zip bomb" in by_name(gathered)["zeros"].problems[0]
    assert [fact.kind for fact in gathered.facts] == ["graph.organization"]


def test_a_bomb_that_lies_about_its_size_is_stopped(folder: Callable[..., Gathered]) -> None:
    """What really comes out is counted; the directory's claim is not believed."""
    data = bytearray(zipped({"zeros": b"\0" * 3_000_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        data[at + offset : at + offset + 4] = (1000).to_bytes(4, "little")
    gathered = folder({"liar.zip": bytes(data)}, Limits(grace=1_000_000))
    assert by_name(gathered)["zeros"].problems
    assert not gathered.facts


def test_bombs_by_total_and_by_count_are_stopped(folder: Callable[..., Gathered]) -> None:
    """Many harmless members are a bomb together."""
    many = {f"{number:03d}.json": ORGANISATION + " " * 50_000 for number in range(30)}
    total = folder({"total.zip": zipped(many)}, Limits(unpacked=500_000))
    assert any("in all" in problem for report in total.reports for problem in report.problems)
    count = folder({"total.zip": zipped(many)}, Limits(files=10))
    assert any("More than 10 files" in problem for report in count.reports for problem in report.problems)


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_cut_off_zip_is_reported(folder: Callable[..., Gathered], cut: int) -> None:
    """A download that broke off."""
    gathered = folder({"cut.zip": zipped({"domains.json": DOMAINS * 50})[:cut], "good.json": ORGANISATION})
    assert "cut off" in by_name(gathered)["cut.zip"].problems[0]
    assert [fact.kind for fact in gathered.facts] == ["graph.organization"]


def test_an_office_document_says_what_to_do(folder: Callable[..., Gathered]) -> None:
    """A workbook is a zip, but nobody means its members."""
    gathered = folder({"signins.xlsx": zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})})
    assert "Save the table in it as CSV" in gathered.reports[0].problems[0]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    """Neither to a file nor to a folder; a link inside the tree is read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "domains.json").write_text(DOMAINS)
    top = tmp_path / "top"
    top.mkdir()
    (top / "real.json").write_text(ORGANISATION)
    (top / "out.json").symlink_to(outside / "domains.json")
    (top / "out").symlink_to(outside)
    (top / "loop").symlink_to(top)
    with gather([top]) as gathered:
        assert [fact.kind for fact in gathered.facts] == ["graph.organization"]
        assert sum("symbolic link" in problem for report in gathered.reports for problem in report.problems) == 3


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    """Reading one would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    with gather([tmp_path]) as gathered:
        assert "not an ordinary file" in gathered.reports[0].problems[0]


def test_a_path_that_does_not_exist_is_an_error() -> None:
    """It is a slip of the person who typed it, so nothing is read."""
    with pytest.raises(EvidenceError, match="There is no evidence at"):
        gather([Path("no-such-folder")])


def test_closing_removes_what_was_unpacked(tmp_path: Path) -> None:
    """Members of zips lie in a private folder of their own."""
    (tmp_path / "a.zip").write_bytes(zipped({"domains.json": DOMAINS}))
    with gather([tmp_path / "a.zip"]) as gathered:
        private = gathered._folder
        assert [path.name for path in private.iterdir()] == ["000001"]
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert not private.exists()


def test_a_hostile_name_is_made_safe(folder: Callable[..., Gathered]) -> None:
    """No escape sequence and no line break of a name reaches a report."""
    gathered = folder({"a.zip": zipped({"\x1b[2J\nowned.json": DOMAINS})})
    assert gathered.reports[-1].path == "evidence/a.zip/\\u001b[2J\\u000aowned.json"
    assert all(report.path.isprintable() for report in gathered.reports)


def test_a_file_of_ten_gigabytes_is_answered_at_once(tmp_path: Path) -> None:
    """One line without end: only its beginning is looked at."""
    for name, head in (
        ("text.log", b"x" * 100_000),
        ("one.json", b'{"value": [{"a": "' + b"x" * 100_000),
        ("table.csv", b"userPrincipalName,id\na,b\n"),
    ):
        with (tmp_path / name).open("wb") as stream:
            stream.write(head)
            stream.truncate(10 << 30)
    with gather([tmp_path / "one.json", tmp_path / "table.csv"]) as gathered:
        assert all("10,240 MB" in report.problems[0] for report in gathered.reports)
