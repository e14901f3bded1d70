"""LDIF as ldapsearch writes it, with its folded lines and its base64."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, Final

from faultbook.evidence import Fact
from faultbook.sources.descriptors import of_bytes
from faultbook.sources.directory import of_attributes
from faultbook.sources.items import Read

_SIDS: Final = ("objectsid", "tokengroups", "sidhistory")
_BYTES: Final = (*_SIDS, "ntsecuritydescriptor", "objectguid")


def is_ldif(text: str) -> bool:
    """Whether the text is LDIF: a first line that is no comment names an object or the version."""
    for line in text.splitlines()[:200]:
        if line.strip() and not line.startswith("#"):
            return line.startswith(("dn:", "version: 1"))
    return False


def read(text: str, by: str) -> Read:
    """The objects in the text, and their security descriptors where they were asked for."""
    facts: list[Fact] = []
    problems: list[str] = []
    rows = 0
    for attributes in _records(text, problems):
        rows += 1
        dn = str(attributes.get("dn", [""])[0])
        if raw := attributes.pop("ntsecuritydescriptor", None):
            made = (
                of_bytes(raw[0], dn, by) if isinstance(raw[0], bytes) else "The security descriptor is not in base64."
            )
            facts += [made] if isinstance(made, Fact) else []
            problems += [made] if isinstance(made, str) else []
        plain: dict[str, Any] = {name: [_text(name, value) for value in values] for name, values in attributes.items()}
        if fact := of_attributes(plain, by):
            facts.append(fact)
    if not facts and not problems:
        problems.append(
            "No entry has objectClass, sAMAccountName or objectSid beside its name. Export with these attributes."
        )
    kinds = sorted({fact.kind for fact in facts}) or ["ad.object"]
    return Read(kind=", ".join(kinds), format="LDIF", facts=facts, rows=rows, problems=problems)


def _records(text: str, problems: list[str]) -> Iterator[dict[str, list[Any]]]:
    record: dict[str, list[Any]] = {}
    for line in _unfolded(text):
        if not line:
            if "dn" in record:
                yield record
            record = {}
        elif not line.startswith("#") and ":" in line:
            name, _, value = line.partition(":")
            record.setdefault(name.partition(";")[0].strip().lower(), []).append(_decoded(name, value, problems))
    if "dn" in record:
        yield record


def _unfolded(text: str) -> Iterator[str]:
    held: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith(" ") and held:
            held.append(line[1:])
            continue
        if held:
            yield "".join(held)
        held = [line]
    yield "".join(held)
    yield ""


def _decoded(name: str, value: str, problems: list[str]) -> Any:
    if not value.startswith(":"):
        return value.strip()
    try:
        raw = base64.b64decode(value[1:].strip(), validate=True)
    except (binascii.Error, ValueError):
        problems.append(f"The value of {name.strip()[:40]!r} is not base64 and was left out.")
        return ""
    return raw if name.strip().lower() in _BYTES else raw.decode("utf-8", "replace")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    return sid(value) if name in _SIDS else value.hex()


def sid(raw: bytes) -> str:
    """A SID in words from its bytes; nothing where they are none."""
    if len(raw) < 8 or len(raw) != 8 + 4 * raw[1]:
        return ""
    parts = [int.from_bytes(raw[at : at + 4], "little") for at in range(8, len(raw), 4)]
    return "-".join(["S", str(raw[0]), str(int.from_bytes(raw[2:8], "big")), *map(str, parts)])
