"""What a repair of rights works out without a directory."""

import pytest

pytest.importorskip("httpx2", reason="the extra live is not installed")

from faultbook.analysis.acl import CONTAINER_INHERIT, INHERIT_ONLY, INHERITED, Ace
from faultbook.analysis.ad_names import INET_ORG_PERSON, USER
from faultbook.analysis.descriptor import Descriptor
from faultbook.repairs.rights import _handed_down, _inserted, _protection, _same, parent_of


@pytest.mark.parametrize(
    ("dn", "parent"),
    [
        ("CN=kim,OU=Staff,DC=contoso,DC=example", "OU=Staff,DC=contoso,DC=example"),
        (r"CN=Demo\, Kim,OU=Staff,DC=contoso,DC=example", "OU=Staff,DC=contoso,DC=example"),
        (r"CN=kim,OU=Berlin\, Mitte,DC=contoso,DC=example", r"OU=Berlin\, Mitte,DC=contoso,DC=example"),
    ],
)
def test_the_object_above(dn, parent):
    """A comma inside a name ends nothing."""
    assert parent_of(dn) == parent


def test_what_a_user_inherits_is_limited_to_its_class():
    """An entry for users does not reach an inetOrgPerson, and one for the parent itself reaches nobody."""
    flags = CONTAINER_INHERIT | INHERIT_ONLY
    above = Descriptor(
        aces=(
            Ace(kind="allow-object", flags=flags, mask=0x100, inherited_object_type=USER, trustee="S-1-1-0"),
            Ace(kind="allow-object", flags=flags, mask=0x20, inherited_object_type=INET_ORG_PERSON, trustee="S-1-1-0"),
            Ace(kind="allow", flags=0, mask=0x10, trustee="S-1-1-0"),
        )
    )
    assert [ace.mask for ace in _handed_down(above, USER)] == [0x100]
    assert [ace.mask for ace in _handed_down(above, INET_ORG_PERSON)] == [0x20]
    assert all(ace.inherited and not ace.inherit_only for ace in _handed_down(above, USER))


def test_new_entries_stand_behind_the_object_s_own():
    """Refusals first, then grants, then what is inherited: the order in which Windows keeps them."""
    no, yes = Ace(kind="deny", mask=1, trustee="S-1-1-0"), Ace(kind="allow", mask=2, trustee="S-1-1-0")
    old, new = (
        Ace(kind="allow", mask=4, flags=INHERITED, trustee="S-1-1-0"),
        Ace(kind="allow", mask=8, trustee="S-1-1-0"),
    )
    assert _inserted((no, yes, old), (new,)) == (no, yes, new, old)
    assert not _same(old, Ace(kind="allow", mask=4, trustee="S-1-1-0"))


@pytest.mark.parametrize(
    ("row", "groups", "protected"),
    [
        ({"adminCount": [b"1"]}, [], True),
        ({"adminCount": [b"0"]}, ["S-1-5-21-1-2-3-513", "S-1-5-32-545"], False),
        ({}, ["S-1-5-21-1-2-3-512"], True),
        ({}, ["S-1-5-32-548"], True),
        ({}, ["S-1-5-21-1-2-512"], True),
    ],
)
def test_protected_accounts(row, groups, protected):
    """By the mark, or by a group whose members Windows protects before it has marked them."""
    assert bool(_protection("CN=x", row, groups)) is protected
