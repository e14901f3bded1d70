"""Security descriptors: every form reads into the same entries, and nothing is guessed."""

import contextlib
import json
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.analysis.acl import CONTAINER_INHERIT, INHERIT_ONLY, INHERITED
from faultbook.analysis.ad_names import (
    ATTR_LOCKOUT_TIME,
    RELATIVE,
    RIGHT_CHANGE,
    RIGHT_RESET,
    USER,
)
from faultbook.analysis.descriptor import (
    Ace,
    Descriptor,
    DescriptorError,
    detect,
    from_value,
    parse,
    parse_binary,
    parse_dsacls,
    parse_get_acl,
    parse_sddl,
    to_binary,
    to_sddl,
    to_value,
)

SIDS = st.builds(
    lambda authority, parts: "-".join(("S", "1", str(authority), *map(str, parts))),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6),
)
GUIDS = st.one_of(st.none(), st.uuids().filter(lambda each: each.int != 0).map(str))
PLAIN = st.builds(
    Ace,
    kind=st.sampled_from(["allow", "deny"]),
    flags=st.integers(0, 255),
    mask=st.integers(0, 2**32 - 1),
    trustee=SIDS,
)
OBJECT = st.builds(
    Ace,
    kind=st.sampled_from(["allow-object", "deny-object"]),
    flags=st.integers(0, 255),
    mask=st.integers(0, 2**32 - 1),
    object_type=GUIDS,
    inherited_object_type=GUIDS,
    trustee=SIDS,
)
DESCRIPTORS = st.builds(
    Descriptor,
    owner=st.one_of(st.none(), SIDS),
    group=st.one_of(st.none(), SIDS),
    protected=st.booleans(),
    aces=st.lists(PLAIN | OBJECT, max_size=6).map(tuple),
)

DSACLS = r"""C:\> dsacls "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"
Owner: CONTOSO\Domain Admins
Group: CONTOSO\Domain Admins

Access list:
{This object is protected from inheriting permissions from the parent}
Allow BUILTIN\Administrators SPECIAL ACCESS
   READ PERMISSONS
   LIST CONTENTS
Allow CONTOSO\MSOL_0123456789ab       SPECIAL ACCESS for lockoutTime   <Inherited from parent>
                                      WRITE PROPERTY
Allow CONTOSO\Exchange Windows Permissions
                                      SPECIAL ACCESS for telephoneNumberOfNobody   <Inherited from parent>
                                      WRITE PROPERTY
Allow CONTOSO\Domain Admins           FULL CONTROL
Deny  Everyone                        Change Password
Allow CONTOSO\Exchange Windows Permissions
                                      Reset Password   <Inherited from parent>

Permissions inherited to subobjects are:
Inherited to all subobjects
Allow CONTOSO\Enterprise Admins       FULL CONTROL   <Inherited from parent>

Inherited to user
Allow CONTOSO\MSOL_0123456789ab       Reset Password
The command completed successfully
"""

ENTRY = """ActiveDirectoryRights : ReadProperty, WriteProperty
InheritanceType       : Descendents
ObjectType            : 28630ebf-41d5-11d1-a9c1-0000f80367c1
InheritedObjectType   : bf967aba-0de6-11d0-a285-00aa003049e2
ObjectFlags           : ObjectAceTypePresent, InheritedObjectAceTypePresent
AccessControlType     : Allow
IdentityReference     : CONTOSO\\MSOL_0123456789ab
IsInherited           : True
InheritanceFlags      : ContainerInherit
PropagationFlags      : InheritOnly
"""


@given(DESCRIPTORS)
def test_sddl_round_trip(descriptor):
    """What is written as SDDL reads back the same."""
    text = to_sddl(descriptor)
    assert parse_sddl(text) == descriptor
    assert detect(text) == "sddl" or text in ("D:", "D:P")


@given(DESCRIPTORS)
def test_binary_round_trip(descriptor):
    """What is written in binary form reads back the same, and agrees with SDDL."""
    read = parse_binary(to_binary(descriptor))
    assert read.format == "binary"
    assert to_sddl(read) == to_sddl(descriptor)


@given(DESCRIPTORS)
def test_fact_value_round_trip(descriptor):
    """A fact's value survives JSON and gives the same entries."""
    again = from_value(json.loads(json.dumps(to_value(descriptor))))
    assert (again.aces, again.owner, again.protected, again.present) == (
        descriptor.aces,
        descriptor.owner,
        descriptor.protected,
        descriptor.present,
    )


@given(DESCRIPTORS, st.integers(0, 400), st.binary(max_size=3))
def test_damaged_binary_is_an_error_not_a_crash(descriptor, cut, rest):
    """Any prefix with any tail either reads or says what is wrong."""
    with contextlib.suppress(DescriptorError):
        parse_binary(to_binary(descriptor)[:cut] + rest)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    """No text at all raises anything but a DescriptorError."""
    for read in (parse, parse_sddl, parse_dsacls, parse_get_acl):
        with contextlib.suppress(DescriptorError):
            read(text)


@given(st.text(alphabet='ODG:;()S-1A0x WDCRPI\n"', max_size=120))
def test_text_that_looks_like_sddl_is_read_or_refused(text):
    """Pieces of SDDL in any order never crash the reader."""
    with contextlib.suppress(DescriptorError):
        parse_sddl("D:" + text)


def test_sddl_letters_numbers_and_aliases():
    """Rights as letters, hex, octal and decimal; flags; absolute aliases become SIDs, domain-relative ones stay."""
    read = parse_sddl("O:DAG:SYD:PAI(A;CIIOID;CCWPCR;;;AU)(D;;0x20;;;DA)(A;;040;;;WD)(A;;32;;;PS)")
    assert read.owner == "DA"
    assert read.group == "S-1-5-18"
    assert read.protected is True
    assert [ace.mask for ace in read.aces] == [0x121, 0x20, 0x20, 0x20]
    assert read.aces[0].flags == CONTAINER_INHERIT | INHERIT_ONLY | INHERITED
    assert [ace.trustee for ace in read.aces] == ["S-1-5-11", "DA", "S-1-1-0", "S-1-5-10"]
    assert "DA" in RELATIVE


def test_sddl_audit_list_is_ignored():
    """Nothing after S: counts, not even an entry that looks like one of the access list."""
    assert len(parse_sddl("D:(A;;GA;;;SY)S:AI(AU;SA;WP;;;WD)(A;;GA;;;WD)").aces) == 1


def test_sddl_null_and_empty_lists_differ():
    """NO_ACCESS_CONTROL is a NULL list; D: alone is an empty one."""
    assert parse_sddl("O:DAD:NO_ACCESS_CONTROL").present is False
    empty = parse_sddl("O:DAG:DAD:")
    assert empty.present is True
    assert empty.aces == ()
    assert detect("O:DAG:DAD:") == "sddl"


def test_sddl_wrapped_by_a_console():
    """Line breaks anywhere inside an entry change nothing."""
    text = f"O:DAG:DAD:AI(OA;;CR;{RIGHT_RESET};;S-1-5-21-1-2-3-1104)(A;;GA;;;SY)"
    wrapped = "\r\n".join(text[at : at + 40] for at in range(0, len(text), 40))
    assert parse_sddl(wrapped).aces == parse_sddl(text).aces


def test_sddl_after_the_name_of_its_object():
    """A line with the distinguished name says whose it is."""
    read = parse("DN: CN=Kim Demo,OU=Staff,DC=contoso,DC=example\nO:DAG:DAD:(A;;GA;;;SY)")
    assert read.dn == "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"


def test_sddl_conditional_entry_is_kept_as_written():
    """A conditional entry with brackets and quotes inside is one entry of another kind and is written back as it was."""
    text = 'D:(XA;;CR;;;WD;(@User.title == "(a" || (b)))(A;;GA;;;S-1-5-18)'
    read = parse_sddl(text)
    assert [ace.kind for ace in read.aces] == ["other", "allow"]
    assert to_sddl(read) == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("hello", "no access list"),
        ("O:DAG:DA", "no access list"),
        ("D:(A;;GA;;;SY", "breaks off"),
        ("D:(A;;GA;;SY)", "five|5"),
        ("D:(Q;;GA;;;SY)", "unknown type"),
        ("D:(A;;GB;;;SY)", "right 'GB'"),
        ("D:(A;ZZ;GA;;;SY)", "flag 'ZZ'"),
        ("D:(A;;GA;;;ZZ)", "trustee 'ZZ'"),
        ("D:(OA;;CR;not-a-guid;;SY)", "GUID"),
        ("D:(A;;0xZZ;;;SY)", "neither letters nor a number"),
    ],
)
def test_bad_sddl_says_what_is_wrong(text, word):
    """The message names the part that could not be read."""
    with pytest.raises(DescriptorError, match=word):
        parse_sddl(text)


def test_names_cannot_be_written_as_sids():
    """SDDL and binary form refuse a trustee or type of which only the name is known."""
    named = Descriptor(aces=(Ace(kind="allow", mask=1, trustee="CONTOSO\\Kim"),))
    for write in (to_sddl, to_binary):
        with pytest.raises(DescriptorError):
            write(named)
    assert "aces" in to_value(named)


def test_dsacls_entries():
    """Trustees beside and above their access, typed entries, rights by name, the tool's own misspelling."""
    read = parse(DSACLS)
    assert read.format == "dsacls"
    assert read.dn == "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"
    assert read.owner == "CONTOSO\\Domain Admins"
    assert read.protected is True
    assert read.unread == ()
    found = {(ace.trustee, ace.object_type): ace for ace in read.aces if not ace.inherit_only}
    assert found["BUILTIN\\Administrators", None].mask == 0x20004
    assert found["CONTOSO\\MSOL_0123456789ab", ATTR_LOCKOUT_TIME].mask == 0x20
    assert found["CONTOSO\\MSOL_0123456789ab", ATTR_LOCKOUT_TIME].inherited
    assert found["CONTOSO\\Exchange Windows Permissions", "telephoneNumberOfNobody"].mask == 0x20
    assert found["CONTOSO\\Exchange Windows Permissions", RIGHT_RESET].mask == 0x100
    assert found["Everyone", RIGHT_CHANGE].kind == "deny-object"


def test_dsacls_entries_for_children_are_inherit_only():
    """What the second half lists says nothing about the object itself, and keeps the class it is limited to."""
    waiting = [ace for ace in parse(DSACLS).aces if ace.inherit_only]
    assert [(ace.trustee, ace.inherited_object_type) for ace in waiting] == [
        ("CONTOSO\\MSOL_0123456789ab", USER),
        ("CONTOSO\\Enterprise Admins", None),
    ]


def test_dsacls_unknown_lines_are_reported():
    """A line that means nothing is listed, and the rest is still read."""
    read = parse_dsacls(DSACLS.replace("   LIST CONTENTS\n", "   DANCE ON TABLES\n", 1) + "see you\n")
    assert read.unread == ("see you", "DANCE ON TABLES")
    assert len(read.aces) == 8


def test_dsacls_in_another_language_is_refused():
    """A German list has neither Allow nor Deny; it is refused instead of read as empty."""
    with pytest.raises(DescriptorError, match="English"):
        parse_dsacls("Besitzer: CONTOSO\\Admins\nZugriffsliste:\nZulassen Jeder   VOLLZUGRIFF\n")


def test_get_acl_sddl_wins():
    """A format list with an Sddl line, wrapped, is read from that line; the path names the object."""
    read = parse(
        "Path   : Microsoft.ActiveDirectory.Management.dll\\ActiveDirectory:://RootDSE/CN=Kim Demo,OU=Staff,DC=contoso,DC=exa\n"
        "         mple\n"
        "Owner  : CONTOSO\\Domain Admins\nAccess : Everyone Deny\n         Everyone Allow\nAudit  :\n"
        f"Sddl   : O:DAG:DAD:PAI(OD;;CR;{RIGHT_CHANGE};\n         ;WD)(A;;GA;;;SY)\n"
    )
    assert read.format == "get-acl"
    assert read.dn == "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"
    assert read.protected is True
    assert [ace.kind for ace in read.aces] == ["deny-object", "allow"]


@pytest.mark.parametrize("form", ["list", "csv", "json"])
def test_get_acl_entries(form):
    """The entries of .Access read the same as list, CSV and JSON, where enumerations are numbers."""
    pairs = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in ENTRY.splitlines())}
    text = {
        "list": ENTRY + "\n" + ENTRY,
        "csv": "\n".join(",".join(f'"{cell}"' for cell in row) for row in (pairs, pairs.values(), pairs.values())),
        "json": json.dumps(
            [
                {
                    **pairs,
                    "ActiveDirectoryRights": 48,
                    "AccessControlType": 0,
                    "IdentityReference": {"Value": pairs["IdentityReference"]},
                    "IsInherited": True,
                    "InheritanceFlags": "ContainerInherit",
                    "PropagationFlags": 2,
                }
            ]
            * 2
        ),
    }[form]
    assert detect(text) == "get-acl"
    read = parse(text)
    assert (
        read.aces
        == (
            Ace(
                kind="allow-object",
                flags=CONTAINER_INHERIT | INHERIT_ONLY | INHERITED,
                mask=0x30,
                object_type=ATTR_LOCKOUT_TIME,
                inherited_object_type=USER,
                trustee="CONTOSO\\MSOL_0123456789ab",
            ),
        )
        * 2
    )
    assert read.protected is False


def test_get_acl_summary_alone_is_refused():
    """*Everyone Deny* names no right; reading it as one would invent permissions."""
    with pytest.raises(DescriptorError, match="names no rights"):
        parse_get_acl("Path   : x/CN=Kim,DC=contoso,DC=example\nAccess : Everyone Deny\nAudit  :\n")


def test_get_acl_without_inherited_entries_does_not_say_protected():
    """No inherited entry and no AreAccessRulesProtected: it is not known."""
    text = ENTRY.replace("True", "False")
    assert parse(text).protected is None
    assert parse("AreAccessRulesProtected : True\n\n" + text).protected is True


@pytest.mark.parametrize(
    "text", ["", "AADSTS120021: x", "Allow me to say this", "O:DA is an owner", "The D: drive (A;B)"]
)
def test_other_texts_are_no_descriptor(text):
    """Ordinary text is not taken for a descriptor."""
    assert detect(text) is None
    with pytest.raises(DescriptorError):
        parse(text)


def test_binary_without_its_list_is_refused():
    """A descriptor read without DACL_SECURITY_INFORMATION is not one that allows everything."""
    data = bytearray(to_binary(Descriptor(owner="S-1-5-18")))
    data[2] &= ~0x04
    with pytest.raises(DescriptorError, match="without its access list"):
        parse_binary(bytes(data))


def test_binary_against_a_hand_made_descriptor():
    """One entry laid out byte by byte from the published structure."""
    sid = bytes.fromhex("0101 000000000005 12000000")  # S-1-5-18
    ace = (
        bytes([5, 0x12])
        + (12 + 16 + 12).to_bytes(2, "little")
        + (0x100).to_bytes(4, "little")
        + (1).to_bytes(4, "little")
    )
    ace += uuid.UUID(RIGHT_RESET).bytes_le + sid
    acl = bytes([4, 0]) + (8 + len(ace)).to_bytes(2, "little") + b"\1\0\0\0" + ace
    head = bytes([1, 0]) + (0x9004).to_bytes(2, "little") + b"".join(n.to_bytes(4, "little") for n in (20, 0, 0, 32))
    assert to_sddl(parse_binary(head + sid + acl)) == f"O:S-1-5-18D:P(OA;CIID;CR;{RIGHT_RESET};;S-1-5-18)"


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 300_000,
        " " * 300_000 + "x",
        "Access list:\n" + "Allow " + "x  " * 100_000,
        "Access list:\nAllow a" + " " * 200_000 + "<Inherited",
        "dn: CN=" + " " * 200_000 + '"x\nO:DAG:DAD:(A;;GA;;;SY)',
        "Path: " + "/" * 200_000 + "\nO:DAG:DAD:(A;;GA;;;SY)",
        "D:" * 150_000,
        "O:S-1-" + "1-" * 100_000,
        "D:" + "(" * 200_000,
        "D:" + "(A;;GA;;;SY)" * 20_000,
        "Sddl :" + "\n" * 200_000 + "ActiveDirectoryRights :",
        "ActiveDirectoryRights : " + "ReadProperty, " * 30_000 + "\nAccessControlType : Allow",
    ],
)
def test_hostile_text_takes_linear_time(text):
    """Long runs of whatever the patterns look for are read or refused within seconds."""
    begin = time.thread_time()
    for read in (parse, parse_sddl, parse_dsacls, parse_get_acl):
        with contextlib.suppress(DescriptorError):
            read(text)
    assert time.thread_time() - begin < 4
