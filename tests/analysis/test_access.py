"""The access check: the rules of [MS-ADTS] 5.1.3.3, and *undetermined* wherever something is missing."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.analysis.access import (
    MODIFY_PERMISSIONS,
    RESET,
    UNEXPIRE,
    WRITE_LAST_SET,
    WRITE_LOCKOUT_TIME,
    WRITEBACK,
    check,
    order_warning,
)
from faultbook.analysis.acl import INHERIT_ONLY
from faultbook.analysis.ad_names import (
    ACCOUNT_RESTRICTIONS,
    ATTR_LAST_SET,
    ATTR_LOCKOUT_TIME,
    DOMAIN_DNS,
    INET_ORG_PERSON,
    RIGHT_CHANGE,
    RIGHT_RESET,
    RIGHT_UNEXPIRE,
    USER,
)
from faultbook.analysis.descriptor import Ace, Descriptor, parse_dsacls, parse_sddl
from faultbook.analysis.principals import Account, key_of, membership

DOMAIN = "S-1-5-21-1004336348-1177238915-682003330"
MSOL, GROUP, OTHER = f"{DOMAIN}-1107", f"{DOMAIN}-1120", f"{DOMAIN}-1130"
KNOWN = Account(name="MSOL_0123456789ab", domain="CONTOSO", sid=MSOL, groups=(GROUP, f"{DOMAIN}-513"), complete=True)
BY_NAME = Account(name="MSOL_0123456789ab", domain="CONTOSO")
NOBODY = Account()


def verdict(sddl, right=RESET, account=KNOWN, object_class=USER):
    return check(parse_sddl(sddl), account, right, object_class).verdict


@pytest.mark.parametrize(
    ("sddl", "expected"),
    [
        (f"D:(OA;;CR;{RIGHT_RESET};;{MSOL})", "granted"),
        (f"D:(OA;;CR;;;{MSOL})", "granted"),
        (f"D:(A;;CR;;;{MSOL})", "granted"),
        (f"D:(A;;GA;;;{GROUP})", "granted"),
        (f"D:(OA;;CR;{RIGHT_CHANGE};;{MSOL})", "denied"),
        (f"D:(OA;;WP;{RIGHT_RESET};;{MSOL})", "denied"),
        (f"D:(OA;CIIO;CR;{RIGHT_RESET};;{MSOL})", "denied"),
        (f"D:(OA;;CR;{RIGHT_RESET};;{OTHER})", "denied"),
        ("D:", "denied"),
        ("D:NO_ACCESS_CONTROL", "granted"),
        (f"D:(OD;;CR;{RIGHT_RESET};;WD)(A;;GA;;;{MSOL})", "denied"),
        (f"D:(A;;GA;;;{MSOL})(OD;;CR;{RIGHT_RESET};;WD)", "granted"),
        (f"D:(OD;;CR;{RIGHT_CHANGE};;WD)(A;;GA;;;{MSOL})", "granted"),
        (f"D:(OD;CIIO;CR;{RIGHT_RESET};;WD)(A;;GA;;;{MSOL})", "granted"),
        (f"D:(OA;;CR;{RIGHT_RESET};;{MSOL})(OD;ID;CR;{RIGHT_RESET};;{MSOL})", "granted"),
        (f"D:(OA;;CR;{RIGHT_RESET};;AU)", "granted"),
        (f"D:(OA;;CR;{RIGHT_RESET};;PS)", "denied"),
        ("D:(A;;GA;;;SY)(A;;GA;;;DA)", "denied"),
        (f"D:(A;;GW;;;{MSOL})", "denied"),
        (f"D:(XA;;CR;;;{MSOL};(@User.x == 1))", "undetermined"),
        (f"D:(XD;;CR;;;{MSOL};(@User.x == 1))(A;;GA;;;{MSOL})", "undetermined"),
        (f"D:(XA;;CR;;;{MSOL};(@User.x == 1))(A;;GA;;;{MSOL})", "granted"),
    ],
)
def test_reset_password(sddl, expected):
    """One list, one verdict: types, order, inherit-only, generic rights, well-known trustees, conditions."""
    assert verdict(sddl) == expected


@pytest.mark.parametrize(
    ("right", "object_type", "expected"),
    [
        (WRITE_LAST_SET, ATTR_LAST_SET, "granted"),
        (WRITE_LAST_SET, ACCOUNT_RESTRICTIONS, "granted"),
        (WRITE_LAST_SET, "", "granted"),
        (WRITE_LAST_SET, USER, "granted"),
        (WRITE_LAST_SET, INET_ORG_PERSON, "denied"),
        (WRITE_LAST_SET, ATTR_LOCKOUT_TIME, "denied"),
        (WRITE_LOCKOUT_TIME, ATTR_LOCKOUT_TIME, "granted"),
        (WRITE_LOCKOUT_TIME, ACCOUNT_RESTRICTIONS, "denied"),
        (WRITE_LOCKOUT_TIME, "5f202010-79a5-11d0-9020-00c04fc2d4cf", "denied"),
    ],
)
def test_property_and_property_set(right, object_type, expected):
    """A property is granted by itself, its set, the class, or without a type; lockoutTime is in no set."""
    assert verdict(f"D:(OA;;WP;{object_type};;{MSOL})", right) == expected


def test_unexpire_password_on_the_domain_root():
    """The schema's own entry for Authenticated Users grants it to every account, known or not."""
    root = parse_sddl(f"D:(OA;;CR;{RIGHT_UNEXPIRE};;AU)")
    assert check(root, NOBODY, UNEXPIRE, DOMAIN_DNS).verdict == "granted"


@pytest.mark.parametrize(
    ("flags", "limit", "object_class", "expected"),
    [
        ("CIID", USER, USER, "granted"),
        ("CIID", USER, INET_ORG_PERSON, "denied"),
        ("CIID", USER, None, "undetermined"),
        ("CIIOID", USER, USER, "denied"),
        ("CI", INET_ORG_PERSON, USER, "granted"),
    ],
)
def test_inherited_object_type(flags, limit, object_class, expected):
    """An inherited entry is limited to its class; an explicit one applies whatever children it is meant for."""
    assert verdict(f"D:(OA;{flags};CR;{RIGHT_RESET};{limit};{MSOL})", object_class=object_class) == expected


def test_owner_may_change_permissions_unless_owner_rights_speak():
    """WRITE_DAC comes with ownership, and an OWNER RIGHTS entry takes its place."""
    assert verdict(f"O:{MSOL}D:", MODIFY_PERMISSIONS) == "granted"
    assert verdict(f"O:{MSOL}D:(A;;RC;;;OW)", MODIFY_PERMISSIONS) == "denied"
    assert verdict(f"O:{MSOL}D:(A;;WD;;;OW)", MODIFY_PERMISSIONS) == "granted"
    assert verdict(f"O:{OTHER}D:(A;;WD;;;OW)", MODIFY_PERMISSIONS) == "denied"
    assert verdict(f"O:{MSOL}D:", RESET) == "denied"


def test_self_is_the_object_itself():
    """SELF answers only where the account is the object."""
    own = Account(sid=MSOL, complete=True, is_target=True)
    assert verdict(f"D:(OA;;CR;{RIGHT_CHANGE};;PS)(OA;;CR;{RIGHT_RESET};;PS)", account=own) == "granted"


def test_nobody_but_built_in_principals_means_missing_for_any_account():
    """Even with no account known at all the right is missing, and the answer says what that takes for granted."""
    answer = check(parse_sddl("D:(A;;GA;;;DA)(A;;GA;;;SY)(A;;GA;;;BA)"), NOBODY, RESET)
    assert (answer.verdict, answer.no_entry, answer.assumed) == ("denied", True, True)


def test_a_group_that_may_hold_the_account_is_undetermined():
    """An unknown SID that is granted the right may be a group of the account; what is missing is named."""
    partly = Account(name="MSOL_0123456789ab", sid=MSOL, groups=(GROUP,), complete=False)
    answer = check(parse_sddl(f"D:(OA;;CR;;;{OTHER})"), partly, RESET)
    assert answer.verdict == "undetermined"
    assert OTHER in answer.missing[0]
    assert verdict(f"D:(OA;;CR;;;{OTHER})(OA;;CR;;;{MSOL})", account=partly) == "granted"
    assert verdict(f"D:(OD;;CR;;;{OTHER})", account=partly) == "denied"


def test_names_and_sids_do_not_answer_for_each_other():
    """A list of SIDs against an account known by name only, and the other way round, is undetermined where it matters."""
    assert verdict(f"D:(OA;;CR;;;{MSOL})", account=BY_NAME) == "undetermined"
    named = Descriptor(aces=(Ace(kind="allow", mask=0x100, trustee="CONTOSO\\Some Group"),))
    assert check(named, KNOWN, RESET).verdict == "undetermined"


@pytest.mark.parametrize(
    "trustee",
    [
        "CONTOSO\\MSOL_0123456789ab",
        "contoso\\msol_0123456789AB",
        "MSOL_0123456789ab",
        "msol_0123456789ab@contoso.example",
    ],
)
def test_names_match_without_case_and_in_any_style(trustee):
    """One account, four spellings."""
    listed = Descriptor(aces=(Ace(kind="allow", mask=0x100, trustee=trustee),))
    assert check(listed, BY_NAME, RESET).verdict == "granted"


def test_the_same_name_in_another_domain_is_somebody_else():
    """FABRIKAM's account of that name is not ours."""
    assert membership(BY_NAME, "FABRIKAM\\MSOL_0123456789ab").holds is None
    assert (
        membership(
            Account(name="MSOL_0123456789ab", domain="CONTOSO", complete=True), "FABRIKAM\\MSOL_0123456789ab"
        ).holds
        is False
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Everyone", "S-1-1-0"),
        ("NT AUTHORITY\\Authenticated Users", "S-1-5-11"),
        ("NT AUTHORITY\\SELF", "S-1-5-10"),
        ("BUILTIN\\Administrators", "S-1-5-32-544"),
        ("CONTOSO\\Domain Admins", f"{DOMAIN}-512"),
        ("DA", f"{DOMAIN}-512"),
        ("CN=Domain Admins,CN=Users,DC=contoso,DC=example", "DA"),
    ],
)
def test_well_known_principals_have_one_key(one, other):
    """Names, SIDs, aliases and distinguished names of a well-known principal are the same."""
    assert key_of(one) == key_of(other)


def test_a_group_named_like_a_well_known_one_elsewhere():
    """CONTOSO\\Administrators is not BUILTIN's, and CONTOSO\\SELF is nobody."""
    assert key_of("CONTOSO\\Administrators") != key_of("BUILTIN\\Administrators")
    assert key_of("CONTOSO\\SELF") != key_of("NT AUTHORITY\\SELF")


def test_administrators_group_counts_when_the_account_is_in_it():
    """Full control of Domain Admins is the account's own if it is a member."""
    admin = Account(sid=MSOL, groups=(f"{DOMAIN}-512",), complete=True)
    assert all(verdict("D:(A;;GA;;;DA)", right, admin) == "granted" for right in WRITEBACK)


def test_order_that_is_not_canonical_is_warned_about_and_kept():
    """The stored order decides, and the sentence says that it is unusual."""
    odd = parse_sddl(f"D:(A;;GA;;;{MSOL})(D;;GA;;;{MSOL})")
    assert order_warning(odd)
    assert check(odd, KNOWN, RESET).verdict == "granted"
    assert order_warning(parse_sddl(f"D:(D;;GA;;;WD)(A;;GA;;;{MSOL})(A;ID;GA;;;SY)(D;ID;GA;;;WD)")) is None


def test_dsacls_does_not_keep_the_order_of_inherited_entries():
    """An inherited allow and an inherited deny for the same account cannot be told apart in time: undetermined; explicit ones can."""
    head = "Access list:\nEffective Permissions on this object are:\n"
    inherited = "   <Inherited from parent>\n"
    allow, deny = "Allow CONTOSO\\MSOL_0123456789ab  Reset Password", "Deny  CONTOSO\\MSOL_0123456789ab  Reset Password"
    assert check(parse_dsacls(head + allow + inherited + deny + inherited), BY_NAME, RESET).verdict == "undetermined"
    assert check(parse_dsacls(head + allow + "\n" + deny + inherited), BY_NAME, RESET).verdict == "granted"
    assert check(parse_dsacls(head + allow + "\n" + deny + "\n"), BY_NAME, RESET).verdict == "denied"


TRUSTEES = (MSOL, GROUP, OTHER, "S-1-5-11", "S-1-5-10", "S-1-5-18")
ACES = st.lists(
    st.builds(
        lambda allows, flags, mask, object_type, trustee: Ace(
            kind=f"{'allow' if allows else 'deny'}{'-object' if object_type else ''}",
            flags=flags,
            mask=mask,
            object_type=object_type,
            trustee=trustee,
        ),
        st.booleans(),
        st.sampled_from([0, 2, 10, 16]),
        st.sampled_from([0x100, 0x20, 0x10000000, 0x40000000, 0x120]),
        st.sampled_from([None, RIGHT_RESET, RIGHT_CHANGE, ATTR_LAST_SET, ACCOUNT_RESTRICTIONS]),
        st.sampled_from(TRUSTEES),
    ),
    max_size=6,
).map(tuple)


def brute_force(aces, held, right):
    """The published rules again, in the plainest way."""
    generic = {0x10000000: 0xF01FF, 0x40000000: 0x20028}
    for ace in aces:
        mask = generic.get(ace.mask, ace.mask)
        if ace.flags & INHERIT_ONLY or ace.trustee not in held or not mask & right.bit:
            continue
        if ace.object_type in (None, *right.types):
            return "granted" if ace.kind.startswith("allow") else "denied"
    return "denied"


@given(ACES, st.sampled_from(WRITEBACK))
def test_known_account_agrees_with_the_plain_rules(aces, right):
    """With everything known the verdict is that of the first entry that concerns the right."""
    assert check(Descriptor(aces=aces), KNOWN, right).verdict == brute_force(aces, {MSOL, GROUP, "S-1-5-11"}, right)


@given(ACES, st.sampled_from(WRITEBACK))
def test_undetermined_exactly_where_the_unknown_decides(aces, right):
    """With groups unknown the verdict stands if it is the same for every possible membership, and only then."""
    unsure = Account(sid=MSOL)
    maybe = (GROUP, OTHER)
    worlds = {
        brute_force(aces, {MSOL, "S-1-5-11", *held}, right)
        for size in range(3)
        for held in itertools.combinations(maybe, size)
    }
    answer = check(Descriptor(aces=aces), unsure, right)
    assert answer.verdict == (worlds.pop() if len(worlds) == 1 else "undetermined")
    assert bool(answer.missing) == (answer.verdict == "undetermined")


@given(ACES, ACES, st.sampled_from(WRITEBACK))
def test_learning_more_never_turns_a_verdict(aces, more, right):
    """What is decided without the groups stays decided with them."""
    listed = Descriptor(aces=aces + more)
    before, after = check(listed, Account(sid=MSOL), right).verdict, check(listed, KNOWN, right).verdict
    assert before in ("undetermined", after)
