"""Sealed bundles: the same facts back, and every change noticed."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.evidence import Fact, Gap, Window
from faultbook.redact import Redactor
from faultbook.sources import FileReport
from faultbook.sources.bundle import read_bundle, sealed, write_bundle
from faultbook.sources.evidence import gather

START = dt.datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=dt.UTC)
END = START + dt.timedelta(hours=3)
FACTS = (
    Fact(kind="graph.domains", value=[{"id": "contoso.example", "authenticationType": "Managed"}], by="domains.json"),
    Fact(kind="graph.organization", why_unknown="not-permitted", detail="No.", by="organization.json"),
    Fact(
        kind="windows.events",
        target="sync01",
        value=[{"time": "2026-03-02T08:00:00Z", "event_id": 31019, "data": {}}],
        window=Window(START, END),
        gaps=(Gap(START, END, "lost"),),
        by="application.evtx",
    ),
)


def written(facts: tuple[Fact, ...] = FACTS) -> bytes:
    """The bytes of a bundle."""
    return sealed(facts).content


def changed(data: bytes, change: Callable[[list[bytes]], list[bytes]], extra: dict[str, bytes] | None = None) -> bytes:
    """The bundle with its lines changed, as somebody with a zip tool would."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        new.writestr("manifest.json", old.read("manifest.json"))
        new.writestr("facts.jsonl", b"".join(line + b"\n" for line in change(old.read("facts.jsonl").splitlines())))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def test_a_bundle_gives_the_same_facts(tmp_path: Path) -> None:
    """Hash for hash, through gather like any other file."""
    (tmp_path / "x.zip").write_bytes(written())
    with gather([tmp_path / "x.zip"]) as gathered:
        assert {fact.hash for fact in gathered.facts} == {fact.hash for fact in FACTS}
        assert (gathered.reports[0].kind, gathered.reports[0].rows, gathered.reports[0].problems) == ("bundle", 3, ())


def test_the_same_facts_give_the_same_bytes_in_any_order() -> None:
    """Nothing of the clock, the machine or the order of reading gets in."""
    assert written() == written(tuple(reversed(FACTS)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: [lines[0].replace(b"Managed", b"Federated"), *lines[1:]], "1 fact was changed"),
        (lambda lines: lines[1:], "1 fact was removed"),
        (lambda lines: [*lines, lines[0]], "1 fact was added"),
        (lambda lines: [lines[1], lines[0], lines[2]], "another order"),
        (
            lambda lines: [lines[0].replace(b"Managed", b"Federated"), lines[1]],
            "1 fact was changed and 1 fact was removed",
        ),
        (lambda lines: [], "3 facts were removed"),
    ],
)
def test_a_change_is_told_in_words_and_nothing_is_used(tmp_path: Path, change: Any, words: str) -> None:
    """Changed, removed, added or reordered."""
    path = tmp_path / "x.zip"
    path.write_bytes(changed(written(), change))
    found = read_bundle(path)
    assert found.facts == ()
    assert words in found.problems[0]


def test_a_stranger_in_the_bundle_is_noticed(tmp_path: Path) -> None:
    """A member that the manifest does not list."""
    path = tmp_path / "x.zip"
    path.write_bytes(changed(written(), list, {"more.txt": b"x"}))
    assert "not in its manifest" in read_bundle(path).problems[0]


def test_a_changed_manifest_is_noticed(tmp_path: Path) -> None:
    """The chain goes over the facts in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written())) as old, zipfile.ZipFile(out, "w") as new:
        manifest = old.read("manifest.json")
        at = manifest.index(b'"chain": "') + 10
        new.writestr(
            "manifest.json", manifest[:at] + (b"0" if manifest[at : at + 1] != b"0" else b"1") + manifest[at + 1 :]
        )
        new.writestr("facts.jsonl", old.read("facts.jsonl"))
    path = tmp_path / "x.zip"
    path.write_bytes(out.getvalue())
    assert "seal" in read_bundle(path).problems[0]


@given(st.integers(0, 5000), st.integers(1, 255))
def test_no_flipped_byte_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, at: int, flip: int) -> None:
    """Either the facts are exactly those written, or there are none and a problem."""
    data = bytearray(written())
    data[at % len(data)] ^= flip
    path = tmp_path_factory.getbasetemp() / "flipped.zip"
    path.write_bytes(bytes(data))
    found = read_bundle(path)
    assert found.problems or {fact.hash for fact in found.facts} == {fact.hash for fact in FACTS}


def test_a_redactor_reaches_values_targets_and_names(tmp_path: Path) -> None:
    """No person leaves in any field."""
    path = tmp_path / "x.zip"
    fact = Fact(
        kind="ad.object",
        target="CN=Kim,DC=contoso,DC=example",
        value={"userPrincipalName": "kim@contoso.example"},
        by="kim@contoso.example.json",
    )
    write_bundle([fact], path, redactor=Redactor("salt"), files=[FileReport(path="kim@contoso.example.json")])
    content = zipfile.ZipFile(path).read("facts.jsonl") + zipfile.ZipFile(path).read("manifest.json")
    assert b"kim@contoso" not in content
    assert len(read_bundle(path).facts) == 1


def test_the_manifest_names_gaps_and_what_was_read(tmp_path: Path) -> None:
    """Readable without Faultbook."""
    path = tmp_path / "x.zip"
    seal = write_bundle(FACTS, path, files=[FileReport(path="a.evtx", kind="windows.events", rows=1)])
    manifest = zipfile.ZipFile(path).read("manifest.json").decode()
    assert "lost" in manifest
    assert "a.evtx" in manifest
    assert len(seal) == 64
    assert read_bundle(path).seal == seal
    assert read_bundle(path).read[0].path == "a.evtx"


def test_a_history_collected_for_another_code_says_nothing(tmp_path: Path) -> None:
    """A bundle answers for the code that it was made for."""
    history = Fact(kind="signins.history", target="120021", value={"code": 120021}, by="signins.csv")
    write_bundle([*FACTS, history], tmp_path / "x.zip")
    with gather([tmp_path / "x.zip"]) as gathered:
        assert gathered.facts_for("AADSTS120021").has("signins.history")
        other = gathered.facts_for("AADSTS50126")
        assert not other.has("signins.history")
        assert any("120021 only" in fact.detail for fact in other)
