"""Security descriptors in the forms in which they are exported, with the object that each belongs to."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from faultbook.analysis import descriptor
from faultbook.evidence import Fact
from faultbook.sources.items import Read, clean

_DN: Final = re.compile(r"((?:CN|OU|DC)=[^\"\n\r]*?(?:,DC=[^\"\n\r,/\\:*?<>|]+)+)", re.IGNORECASE)
_LOOK: Final = 2000
_NAMES: Final = ("dn", "distinguishedname", "path", "pspath", "objectdn", "object", "name", "identity")
_SDDL: Final = ("sddl", "ntsecuritydescriptor", "securitydescriptor")
_PARTS: Final = re.compile(
    r"(?m)^(?=.*\bdsacls(?:\.exe)?[ \t]+\"?(?:CN|OU|DC)=)|^(?=Path[ \t]*:.*(?:CN|OU|DC)=)", re.IGNORECASE
)


def of_text(text: str, by: str) -> Read | None:
    """Descriptors in a text: SDDL, dsacls or Get-Acl, one or several after one another; None where there is none."""
    text = _condensed(text)
    if descriptor.detect(text) is None:
        return None
    starts = [match.start() for match in _PARTS.finditer(text)]
    sections = (
        [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
        if len(starts) > 1
        else [text]
    )
    facts: list[Fact] = []
    problems: list[str] = []
    form = ""
    for section in sections:
        form = descriptor.detect(section) or form
        fact = _parsed(section, "", by, problems)
        if fact:
            facts.append(fact)
    return Read(kind="ad.descriptor", format=form, facts=facts, rows=len(facts), problems=problems)


def of_records(records: Iterable[Mapping[str, Any]], by: str) -> Read | None:
    """Descriptors in rows that hold SDDL in one property and the object's name in another."""
    facts: list[Fact] = []
    problems: list[str] = []
    seen = 0
    for record in records:
        plain = {str(key).lower().replace(" ", ""): _opened(entry) for key, entry in record.items()}
        sddl = next(
            (plain[key] for key in _SDDL if isinstance(plain.get(key), str) and descriptor.detect(plain[key])), None
        )
        if sddl is None:
            continue
        seen += 1
        named = (dn_in(str(plain[key])) for key in _NAMES if plain.get(key))
        if fact := _parsed(sddl, next((dn for dn in named if dn), ""), by, problems):
            facts.append(fact)
    return (
        Read(kind="ad.descriptor", format="SDDL in rows", facts=facts, rows=seen, problems=problems) if seen else None
    )


def _opened(entry: Any) -> Any:
    """The SDDL of a descriptor that PowerShell has written as an object, else the entry as it is."""
    if not isinstance(entry, dict):
        return entry
    return next((value for key, value in entry.items() if str(key).lower() == "sddl" and isinstance(value, str)), entry)


def of_bytes(data: bytes, dn: str, by: str) -> Fact | str:
    """A descriptor as the directory keeps it, or what is wrong with it."""
    try:
        return _fact(descriptor.parse_binary(data), dn, by)
    except descriptor.DescriptorError as reason:
        return clean(str(reason))


def dn_in(text: str) -> str:
    """The distinguished name in a path, a command or a file's name, or nothing."""
    match = _DN.search(text[:_LOOK])
    return match[1].strip() if match else ""


def _condensed(text: str) -> str:
    """The text with runs of blank lines as one: they mean nothing, and patterns that begin with white space pay for each."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip():
            lines.append(line)
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join([*lines, ""])


def _parsed(text: str, dn: str, by: str, problems: list[str]) -> Fact | None:
    try:
        parsed = descriptor.parse(text)
    except descriptor.DescriptorError as reason:
        problems.append(clean(str(reason), 400))
        return None
    if parsed.unread:
        problems.append(
            f"{len(parsed.unread)} lines of the access list were not understood. The first: {clean(parsed.unread[0], 120)}"
        )
    fact = _fact(parsed, dn or parsed.dn or dn_in(text) or dn_in(by.rpartition("/")[2].rpartition(".")[0]), by)
    if not fact.target:
        problems.append(
            "Which object the descriptor belongs to, it does not say. Name the file after its distinguished name, or keep the command in it."
        )
    return fact


def _fact(parsed: descriptor.Descriptor, dn: str, by: str) -> Fact:
    return Fact(kind="ad.descriptor", target=dn, value={**descriptor.to_value(parsed), "dn": dn}, by=by)
