"""The printed access list of ``dsacls``, read back into a descriptor.

What the tool prints was taken from public samples of its output. It names principals and types instead of giving SIDs and GUIDs, and groups
the entries (whole object, properties, rights) instead of keeping their stored order; the access check allows for both.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from faultbook.analysis.acl import CONTAINER_INHERIT, INHERIT_ONLY, INHERITED, Ace, Descriptor, DescriptorError, kind_of
from faultbook.analysis.ad_names import CONTROL_ACCESS, FULL_CONTROL, type_of
from faultbook.patterns import later

_LINES: Final = {
    "DELETE": 0x10000,
    "READ PERMISSONS": 0x20000,  # the tool's own spelling
    "READ PERMISSIONS": 0x20000,
    "WRITE PERMISSONS": 0x40000,
    "WRITE PERMISSIONS": 0x40000,
    "CHANGE OWNERSHIP": 0x80000,
    "CREATE CHILD": 0x1,
    "DELETE CHILD": 0x2,
    "LIST CONTENTS": 0x4,
    "WRITE SELF": 0x8,
    "READ PROPERTY": 0x10,
    "WRITE PROPERTY": 0x20,
    "DELETE TREE": 0x40,
    "LIST OBJECT": 0x80,
    "CONTROL ACCESS": CONTROL_ACCESS,
}
_COMMAND: Final = later(r'\bdsacls(?:\.exe)?\s+(?:"(?:\\\\[^\\"]+\\)?([^"]+)"|(\S+=\S+))', re.IGNORECASE)
_NAMED: Final = later(r"^\s*(?:dn|distinguishedName|object)\s*:\s*(\S.*=.*\S)\s*$", re.IGNORECASE)
_HEAD: Final = later(r"^\s*(Allow|Deny)\s+(\S.*?)\s*$")
_ACCESS: Final = later(r"\b(SPECIAL ACCESS|FULL CONTROL)(?:\s+for\s+(.+))?$")
_FROM: Final = later(r"(?<!\s)\s*+<\s*Inherited from [^>]*>\s*$", re.IGNORECASE)
_REACH: Final = later(r"^\s*Inherit(?:ed)? to (.+?)\s*$", re.IGNORECASE)
_EXPECTED: Final = later(
    r"^\s*(?:Access list:|Effective Permissions on this object are:|Permissions inherited to subobjects are:"
    r"|The command completed successfully\.?|Audit(?:ing)? (?:list|information).*)\s*$",
    re.IGNORECASE,
)
_LONGEST_LINE: Final = 1_000
"""No line that the tool prints comes near this."""
_ALL: Final = later(r"^all (?:sub|child )?objects$|^all subobjects$", re.IGNORECASE)


class _Entry(NamedTuple):
    """The words of one printed entry before they are understood."""

    allows: bool
    words: str
    more: list[str]
    reach: str | None


def parse_dsacls(text: str) -> Descriptor:
    """Read what ``dsacls <object>`` printed in English.

    ``dn`` is known only where the text begins with the command itself. Lines that mean nothing here are in ``unread``. Raises
    DescriptorError where no entry is found.
    """
    entries: list[_Entry] = []
    facts: dict[str, str] = {}
    unread: list[str] = []
    reach: str | None = None
    for whole in text.splitlines():
        line = whole.rstrip()
        if len(line) > _LONGEST_LINE:
            unread.append(line[:_LONGEST_LINE])
            continue
        if not line or _EXPECTED.match(line):
            continue
        if re.match(r"^\s*Audit list", line, re.IGNORECASE):
            break
        if head := _HEAD.match(line):
            entries.append(_Entry(head[1] == "Allow", head[2], [], reach))
        elif found := _REACH.match(line):
            reach = found[1]
        elif not _fact(line, facts):
            if entries and line[:1].isspace():
                entries[-1].more.append(line.strip())
            else:
                unread.append(line.strip())
    if not entries and "empty" not in facts:
        raise DescriptorError(
            "This dsacls output holds no entry that could be read.",
            why="No line begins with Allow or Deny; only the English output is understood.",
            do='Export the descriptor as SDDL instead: (Get-Acl "AD:CN=…").Sddl',
        )
    return Descriptor(
        dn=facts.get("dn", ""),
        owner=facts.get("owner"),
        group=facts.get("group"),
        protected="protected" in facts,
        aces=tuple(_aces(entries, unread)),
        format="dsacls",
        unread=tuple(unread),
    )


def _fact(line: str, facts: dict[str, str]) -> bool:
    """Note what a line says about the object as a whole; false where it says nothing of the kind."""
    if command := _COMMAND.search(line):
        facts["dn"] = (command[1] or command[2]).strip()
    elif named := _NAMED.match(line):
        facts["dn"] = named[1]
    elif re.match(r"^\s*Owner:", line, re.IGNORECASE):
        facts["owner"] = line.partition(":")[2].strip()
    elif re.match(r"^\s*Group:", line, re.IGNORECASE):
        facts["group"] = line.partition(":")[2].strip()
    elif "protected from inheriting permissions" in line:
        facts["protected"] = "yes"
    elif re.match(
        r"^\s*There are no (?:entries|permissions|ACEs)|^\s*\{?\s*(?:Empty|No) (?:DACL|access list)",
        line,
        re.IGNORECASE,
    ):
        facts["empty"] = "yes"
    else:
        return False
    return True


def _aces(entries: Iterable[_Entry], unread: list[str]) -> Iterable[Ace]:
    """Entries as aces, explicit before inherited and deny before allow, which is how Windows stores them."""
    aces = [_ace(entry, unread) for entry in entries]
    return sorted(aces, key=lambda ace: (ace.inherited, ace.allows))


def _ace(entry: _Entry, unread: list[str]) -> Ace:
    trustee, access, rights = _split(entry)
    inherited = bool(_FROM.search(access))
    access = _FROM.sub("", access).strip()
    mask, named = 0, None
    if special := _ACCESS.match(access):
        named = special[2]
        mask = FULL_CONTROL if special[1] == "FULL CONTROL" else 0
    elif access.upper() in _LINES:
        mask = _LINES[access.upper()]
    elif access:
        named, mask = access, CONTROL_ACCESS
    for right in rights:
        bit = _LINES.get(_FROM.sub("", right).strip().upper())
        if bit is None:
            unread.append(right)
        mask |= bit or 0
    flags = INHERITED if inherited else 0
    limited = None
    if entry.reach is not None:
        flags |= CONTAINER_INHERIT | INHERIT_ONLY
        limited = None if _ALL.match(entry.reach) else type_of(entry.reach)
    object_type = type_of(named) if named else None
    return Ace(
        kind=kind_of(entry.allows, object_type is not None or limited is not None),
        flags=flags,
        mask=mask,
        object_type=object_type,
        inherited_object_type=limited,
        trustee=trustee,
    )


def _split(entry: _Entry) -> tuple[str, str, list[str]]:
    """Trustee, the access beside it, and the rights below; a long trustee pushes the access to the next line."""
    if special := _ACCESS.search(_FROM.sub("", entry.words)):
        return entry.words[: special.start()].strip(), entry.words[special.start() :], entry.more
    name, gap, access = entry.words.partition("  ")
    if gap:
        return name.strip(), access.strip(), entry.more
    return entry.words, entry.more[0] if entry.more else "", entry.more[1:]
