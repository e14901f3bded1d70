"""A sealed bundle: the facts of one collection in a zip, so that they can be diagnosed elsewhere and later.

``facts.jsonl`` holds one fact a line, ``manifest.json`` the hash of each line, a chain over all of them in order, the hash of each member,
the gaps, and what was read. The seal shows that nothing was changed since, to whoever kept the seal; it does not show who wrote it.
"""

import hashlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from faultbook import atomic
from faultbook.evidence import Fact
from faultbook.redact import Redactor
from faultbook.sources import FileReport
from faultbook.sources.items import MEGA

SCHEMA: Final = 1
MANIFEST: Final = "manifest.json"
FACTS: Final = "facts.jsonl"
_STAMP: Final = (1980, 1, 1, 0, 0, 0)
_MOST: Final = 1024 * MEGA
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    KeyError,
    ValueError,
)


class Bundle(Struct, frozen=True, kw_only=True):
    """What a bundle holds. With ``problems`` it has been tampered with or is damaged, and ``facts`` is empty."""

    facts: tuple[Fact, ...] = ()
    seal: str = ""
    read: tuple[FileReport, ...] = ()
    problems: tuple[str, ...] = ()


class _Line(Struct, frozen=True):
    kind: str
    sha256: str


class _Missing(Struct, frozen=True):
    kind: str
    target: str
    start: str
    end: str
    why: str


class _Manifest(Struct, frozen=True, kw_only=True):
    schema: int
    facts: tuple[_Line, ...]
    chain: str
    members: dict[str, str]
    gaps: tuple[_Missing, ...] = ()
    read: tuple[FileReport, ...] = ()


class Sealed(Struct, frozen=True):
    """A bundle as it is written, and its seal: the SHA-256 of the manifest."""

    content: bytes
    seal: str


def write_bundle(
    facts: Iterable[Fact], out: Path, *, redactor: Redactor | None = None, files: Sequence[FileReport] = ()
) -> str:
    """Write the bundle whole or not at all, and return its seal."""
    made = sealed(facts, redactor=redactor, files=files)
    atomic.write(out, made.content, "bundle")
    return made.seal


def sealed(facts: Iterable[Fact], *, redactor: Redactor | None = None, files: Sequence[FileReport] = ()) -> Sealed:
    """The facts as a bundle, redacted where a redactor is given. The same facts always give the same bytes."""
    kept = [fact for fact in facts if fact.kind != "occurrence.text"]
    reports = tuple(files)
    if redactor is not None:
        for fact in kept:
            redactor.learn(fact.value)
        kept = [_redacted(fact, redactor) for fact in kept]
        reports = tuple(_redacted_report(report, redactor) for report in reports)
    kept.sort(key=lambda fact: (fact.kind, fact.target, fact.by, fact.hash))
    lines = [msgspec.json.encode(fact, order="deterministic") for fact in kept]
    content = b"".join(line + b"\n" for line in lines)
    manifest = _Manifest(
        schema=SCHEMA,
        facts=tuple(_Line(fact.kind, sha(line)) for fact, line in zip(kept, lines, strict=True)),
        chain=_chain(lines),
        members={FACTS: sha(content)},
        gaps=tuple(
            _Missing(fact.kind, fact.target, gap.start.isoformat(), gap.end.isoformat(), gap.why)
            for fact in kept
            for gap in fact.gaps
        ),
        read=reports,
    )
    written = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=1) + b"\n"
    return Sealed(zipped({MANIFEST: written, FACTS: content}), sha(written))


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of these members in this order, byte for byte the same wherever and whenever it is made."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in members.items():
            member = zipfile.ZipInfo(name, _STAMP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            member.create_system = 3
            archive.writestr(member, data, compresslevel=6)
    return whole.getvalue()


def read_bundle(path: Path) -> Bundle:
    """The facts of a bundle, after checking that they are those that were written, in their order."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            if sum(info.file_size for info in infos.values()) > _MOST:
                return Bundle(problems=(f"The bundle unpacks to more than {_MOST // MEGA:,} MB and was not read.",))
            written, content = _content(archive, MANIFEST), _content(archive, FACTS)
            strangers = sorted(set(infos) - {MANIFEST, FACTS})
    except _UNREADABLE as broken:
        return Bundle(
            problems=(f"The bundle is damaged: {type(broken).__name__}. Copy it again from where it was written.",)
        )
    try:
        manifest = msgspec.json.decode(written, type=_Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, UnicodeDecodeError):
        return Bundle(
            problems=("The bundle's manifest cannot be read; it was changed, or written by a later version.",)
        )
    if manifest.schema != SCHEMA:
        return Bundle(
            problems=(
                f"The bundle has schema {manifest.schema}; this version reads schema {SCHEMA}. Update Faultbook.",
            )
        )
    lines = content.splitlines()
    problems = _tampering(manifest, lines, content)
    problems += [f"The bundle holds {len(strangers)} members that are not in its manifest."] if strangers else []
    if problems:
        return Bundle(problems=tuple(problems))
    try:
        facts = tuple(msgspec.json.decode(line, type=Fact) for line in lines)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, UnicodeDecodeError):
        return Bundle(problems=("A fact in the bundle has a shape that this version does not know.",))
    return Bundle(facts=facts, seal=sha(written), read=manifest.read)


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        return stream.read(_MOST)


def _tampering(manifest: _Manifest, lines: list[bytes], content: bytes) -> list[str]:
    """In words, how the facts differ from those that the manifest lists."""
    written = [line.sha256 for line in manifest.facts]
    found = [sha(line) for line in lines]
    if written == found:
        sealed = _chain(lines) == manifest.chain and manifest.members.get(FACTS) == sha(content)
        return (
            []
            if sealed
            else [
                "The seal over the facts does not fit: the manifest was changed after writing. No fact of it was used."
            ]
        )
    gone, new = Counter(written) - Counter(found), Counter(found) - Counter(written)
    if not gone and not new:
        return ["The facts were put in another order after the bundle was sealed. No fact of it was used."]
    changed = min(gone.total(), new.total())
    kinds = sorted({line.kind for line in manifest.facts if line.sha256 in gone})
    words = [
        f"{number} {'fact was' if number == 1 else 'facts were'} {what}"
        for number, what in (
            (changed, "changed"),
            (gone.total() - changed, "removed"),
            (new.total() - changed, "added"),
        )
        if number
    ]
    of_kind = f" (of {', '.join(kinds)})" if kinds else ""
    return [f"After the bundle was sealed, {' and '.join(words)}{of_kind}. No fact of it was used."]


def _redacted(fact: Fact, redactor: Redactor) -> Fact:
    return msgspec.structs.replace(
        fact,
        target=redactor.text(fact.target),
        value=redactor.value(fact.value),
        detail=redactor.text(fact.detail),
        by=redactor.text(fact.by),
    )


def _redacted_report(report: FileReport, redactor: Redactor) -> FileReport:
    return msgspec.structs.replace(
        report, path=redactor.text(report.path), problems=tuple(redactor.text(problem) for problem in report.problems)
    )


def _chain(lines: Sequence[bytes]) -> str:
    link = hashlib.sha256(b"faultbook bundle").digest()
    for line in lines:
        link = hashlib.sha256(link + line).digest()
    return link.hex()


def sha(data: bytes) -> str:
    """SHA-256 as manifests write it."""
    return hashlib.sha256(data).hexdigest()
