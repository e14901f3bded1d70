"""Active Directory and Entra Connect as their tools print them."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

DN = "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"
SID = "S-1-5-21-1111111111-2222222222-3333333333-1107"
SDDL = "O:DAG:DAD:AI(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;S-1-5-21-1111111111-2222222222-3333333333-1200)(A;;RPWP;;;SY)"
USER_LIST = f"""

adminCount         : 1
DistinguishedName  : {DN}
Enabled            : True
MemberOf           : {{CN=Group A,OU=Groups,DC=contoso,DC=example, CN=Group B\\, Ltd,OU=Gro
                     ups,DC=contoso,DC=example}}
Name               : Kim Demo
ObjectClass        : user
SamAccountName     : kim
SID                : {SID}
userAccountControl : 66048
UserPrincipalName  : kim@contoso.example

"""
USER_JSON = {
    "DistinguishedName": DN,
    "ObjectClass": "user",
    "SamAccountName": "kim",
    "SID": {"BinaryLength": 28, "Value": SID},
    "UserPrincipalName": "kim@contoso.example",
    "adminCount": 1,
    "userAccountControl": 66048,
    "Enabled": True,
    "MemberOf": ["CN=Group A,OU=Groups,DC=contoso,DC=example", "CN=Group B\\, Ltd,OU=Groups,DC=contoso,DC=example"],
}
RAW_SID = (
    bytes([1, 5])
    + (5).to_bytes(6, "big")
    + b"".join(part.to_bytes(4, "little") for part in (21, 1111111111, 2222222222, 3333333333, 1107))
)
LDIF = f"""# extended LDIF
dn: CN=Kim Demo,OU=Staff,DC=conto
 so,DC=example
objectClass: top
objectClass: person
objectClass: user
sAMAccountName: kim
userPrincipalName:: {base64.b64encode(b"kim@contoso.example").decode()}
adminCount: 1
userAccountControl: 66048
memberOf: CN=Group A,OU=Groups,DC=contoso,DC=example
memberOf: CN=Group B\\, Ltd,OU=Groups,DC=contoso,DC=example
objectSid:: {base64.b64encode(RAW_SID).decode()}

"""


@pytest.mark.parametrize(
    "content", [USER_LIST, json.dumps(USER_JSON), json.dumps([USER_JSON]), LDIF, LDIF.replace("\n", "\r\n")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_user_is_the_same_from_every_tool(read: Callable[..., Any], content: str, encoding: str) -> None:
    """Get-ADUser as list and JSON, ldapsearch with folded lines and base64."""
    facts, _ = read(content.encode(encoding))
    assert [(fact.kind, fact.target) for fact in facts] == [("ad.object", DN)]
    value = dict(facts[0].value)
    value.pop("enabled", None)
    assert value == {
        "dn": DN,
        "userPrincipalName": "kim@contoso.example",
        "sAMAccountName": "kim",
        "objectClass": "user",
        "adminCount": 1,
        "userAccountControl": 66048,
        "sid": SID,
        "memberOf": USER_JSON["MemberOf"],
    }


def test_a_user_in_csv_knows_what_csv_can_say(read: Callable[..., Any]) -> None:
    """A collection in CSV is only the name of its class: the groups stay unknown."""
    header = '"DistinguishedName","ObjectClass","SamAccountName","adminCount","MemberOf","SID"'
    facts, _ = read(
        f'#TYPE Microsoft.ActiveDirectory.Management.ADUser\r\n{header}\r\n"{DN}","user","kim","","Microsoft.ActiveDirectory.Management.ADPropertyValueCollection","{SID}"\r\n'
    )
    assert facts[0].value == {"dn": DN, "sAMAccountName": "kim", "objectClass": "user", "sid": SID}


def test_the_connector_account_is_put_together_from_two_outputs(folder: Callable[..., Any]) -> None:
    """The name from one cmdlet, SID and groups from another, in one file or two."""
    account = "MSOL_0123456789ab"
    names = f"\nADConnectorName    ADConnectorForest  ADConnectorAccountName ADConnectorAccountDomain\n---------------    -----------------  ---------------------- ------------------------\ncontoso.example    contoso.example    {account}      CONTOSO.EXAMPLE\n\n"
    described = {
        "DistinguishedName": f"CN={account},CN=Users,DC=contoso,DC=example",
        "ObjectClass": "user",
        "SamAccountName": account,
        "SID": {"Value": SID},
        "MemberOf": [],
        "PrimaryGroupID": 513,
    }
    gathered = folder({"account.txt": names, "user.json": json.dumps(described)})
    assert [(fact.kind, fact.target) for fact in gathered.facts] == [("ad.principal", account)]
    assert gathered.facts[0].value == {
        "name": account,
        "domain": "CONTOSO.EXAMPLE",
        "sid": SID,
        "groups": ["S-1-5-21-1111111111-2222222222-3333333333-513"],
        "complete": False,
    }


def test_an_ordinary_account_that_the_connector_uses_is_recognised(folder: Callable[..., Any]) -> None:
    """Its name alone does not show it; the other file does."""
    named = "ADConnectorName          : contoso.example\nADConnectorAccountName   : CONTOSO\\svc-sync\nADConnectorAccountDomain : contoso.example\n"
    described = {
        "DistinguishedName": "CN=svc-sync,OU=Service,DC=contoso,DC=example",
        "ObjectClass": "user",
        "SamAccountName": "svc-sync",
        "SID": SID,
    }
    gathered = folder({"a.txt": named, "b.json": json.dumps(described), "c.json": json.dumps(USER_JSON)})
    assert sorted((fact.kind, fact.target) for fact in gathered.facts) == [
        ("ad.object", DN),
        ("ad.principal", "svc-sync"),
    ]
    assert next(fact for fact in gathered.facts if fact.kind == "ad.principal").value["sid"] == SID


def test_token_groups_make_the_list_complete(read: Callable[..., Any]) -> None:
    """They are the closure; memberOf is not."""
    described = {
        "DistinguishedName": "CN=MSOL_1,DC=contoso,DC=example",
        "ObjectClass": "user",
        "SamAccountName": "MSOL_1",
        "SID": SID,
        "tokenGroups": [{"Value": "S-1-5-32-545"}],
    }
    facts, _ = read(json.dumps(described))
    assert facts[0].value["groups"] == ["S-1-5-32-545"]
    assert facts[0].value["complete"] is True


def test_whoami_lists_every_group_of_the_token(read: Callable[..., Any]) -> None:
    """Those for deny only do not count as held."""
    text = f"""
USER INFORMATION
----------------

User Name        SID
================ ==============================================
contoso\\msol_1   {SID}

GROUP INFORMATION
-----------------

Group Name                      Type             SID          Attributes
=============================== ================ ============ ==================================================
Everyone                        Well-known group S-1-1-0      Mandatory group, Enabled by default, Enabled group
BUILTIN\\Administrators          Alias            S-1-5-32-544 Group used for deny only
BUILTIN\\Users                   Alias            S-1-5-32-545 Mandatory group, Enabled by default, Enabled group
"""
    facts, _ = read(text)
    assert facts[0].value == {
        "name": "msol_1",
        "domain": "contoso",
        "sid": SID,
        "groups": ["S-1-1-0", "S-1-5-32-545"],
        "complete": True,
    }


@pytest.mark.parametrize(
    "content",
    [
        "Connector       : contoso.example - AAD\nEnabled         : False\nTaskId          : \n",
        json.dumps({"Connector": "contoso.example - AAD", "Enabled": False}),
        "Connector               Enabled\n---------               -------\ncontoso.example - AAD   False\n",
    ],
)
def test_the_writeback_switch_is_read(read: Callable[..., Any], content: str) -> None:
    """As list, JSON and table."""
    facts, report = read(content)
    assert facts[0].kind == "connect.settings"
    assert facts[0].value == {
        "passwordWritebackEnabled": False,
        "connectors": [{"name": "contoso.example - AAD", "passwordWriteback": False}],
    }
    assert report.problems == ()


def test_connectors_that_differ_leave_the_whole_open(read: Callable[..., Any]) -> None:
    """No single answer is made up."""
    facts, report = read(
        "Connector : contoso.example - AAD\nEnabled : True\n\nConnector : fabrikam.example\nEnabled : False\n"
    )
    assert "passwordWritebackEnabled" not in facts[0].value
    assert [connector["passwordWriteback"] for connector in facts[0].value["connectors"]] == [True, False]
    assert "some connectors" in report.problems[0]


def test_scheduler_and_version_are_read_from_one_transcript(read: Callable[..., Any]) -> None:
    """Several outputs in one file; a table of global settings."""
    text = (
        "CurrentlyEffectiveSyncCycleInterval : 00:30:00\nSyncCycleEnabled                    : True\nStagingModeEnabled                  : True\n\n"
        "Name                                              Value\n----                                              -----\n"
        "Microsoft.Synchronize.ServerConfigurationVersion  2.4.18.0\n"
    )
    facts, _ = read(text)
    assert facts[0].value == {"stagingMode": True, "version": "2.4.18.0"}


def test_global_settings_as_json(read: Callable[..., Any]) -> None:
    """The values are parameters with a name."""
    parameters = [
        {"Name": "Microsoft.Synchronize.ServerConfigurationVersion", "Value": "2.5.79.0"},
        {"Name": "Microsoft.Synchronize.StagingMode", "Value": "False"},
    ]
    facts, _ = read(json.dumps({"Version": 1, "InstanceId": "x", "Parameters": parameters}))
    assert facts[0].value == {"version": "2.5.79.0", "stagingMode": False}


def test_sddl_alone_is_named_by_its_file(read: Callable[..., Any]) -> None:
    """A bare descriptor does not say whose it is."""
    facts, report = read(SDDL + "\n", f"{DN}.txt")
    assert (facts[0].kind, facts[0].target, facts[0].value["format"]) == ("ad.descriptor", DN, "sddl")
    assert report.problems == ()


def test_sddl_of_nobody_says_so(read: Callable[..., Any]) -> None:
    """It is used, but the report asks for the name."""
    facts, report = read(SDDL)
    assert facts[0].target == ""
    assert "does not say" in report.problems[0]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"dn": DN, "sddl": SDDL}),
        json.dumps(
            [
                {
                    "Path": f"Microsoft.ActiveDirectory.Management.dll\\ActiveDirectory:://RootDSE/{DN}",
                    "Owner": "x",
                    "Sddl": SDDL,
                }
            ]
        ),
        f'"Path","Owner","Sddl"\r\n"Microsoft.ActiveDirectory.Management.dll\\ActiveDirectory:://RootDSE/{DN}","x","{SDDL}"\r\n',
        f"dn;sddl\n{DN};{SDDL}\n" if ";" not in SDDL else f'dn,sddl\n"{DN}","{SDDL}"\n',
        f"\nPath   : Microsoft.ActiveDirectory.Management.dll\\ActiveDirectory:://RootDSE/{DN}\nOwner  : CONTOSO\\Domain Admins\nAccess : Everyone Allow\nSddl   : {SDDL[:60]}\n         {SDDL[60:]}\n\n",
    ],
)
def test_a_descriptor_is_the_same_from_every_tool(read: Callable[..., Any], content: str) -> None:
    """Rows of name and SDDL, Get-Acl as JSON, CSV and list with a broken line."""
    facts, _ = read(content)
    assert [(fact.kind, fact.target) for fact in facts] == [("ad.descriptor", DN)]
    assert "00299570-246d-11d0-a768-00aa006e0529" in facts[0].value["sddl"]


ENTRY = {
    "ActiveDirectoryRights": 256,
    "InheritanceType": 0,
    "ObjectType": "00299570-246d-11d0-a768-00aa006e0529",
    "InheritedObjectType": "00000000-0000-0000-0000-000000000000",
    "ObjectFlags": 1,
    "AccessControlType": 0,
    "IdentityReference": {"Value": "CONTOSO\\MSOL_0123456789ab"},
    "IsInherited": False,
    "InheritanceFlags": 0,
    "PropagationFlags": 0,
}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: one,
        lambda one: [one],
        lambda one: {"value": [one], "Count": 1},
        lambda one: {"distinguishedName": DN, "access": one["Access"]},
    ],
    ids=["whole", "list", "value", "own names"],
)
def test_get_acl_without_sddl_is_read_from_its_entries(read: Callable[..., Any], wrap: Callable[[Any], Any]) -> None:
    """``Get-Acl … | Select Path, Access, AreAccessRulesProtected | ConvertTo-Json -Depth 4``, enumerations as numbers."""
    whole = {
        "Path": f"Microsoft.ActiveDirectory.Management.dll\\ActiveDirectory:://RootDSE/{DN}",
        "Access": [ENTRY],
        "AreAccessRulesProtected": True,
    }
    facts, _ = read(json.dumps(wrap(whole)))
    assert [(fact.kind, fact.target) for fact in facts] == [("ad.descriptor", DN)]
    assert len(facts[0].value["aces"]) == 1


def test_a_user_with_a_descriptor_inside_gives_both(read: Callable[..., Any]) -> None:
    """``Get-ADUser -Properties nTSecurityDescriptor | ConvertTo-Json`` writes the descriptor as an object."""
    user = {
        "DistinguishedName": DN,
        "SamAccountName": "kim",
        "ObjectClass": "user",
        "UserPrincipalName": "kim@contoso.example",
    }
    facts, _ = read(json.dumps({**user, "nTSecurityDescriptor": {"Owner": "x", "Access": [], "Sddl": SDDL}}))
    assert sorted((fact.kind, fact.target) for fact in facts) == [("ad.descriptor", DN), ("ad.object", DN)]


@pytest.mark.parametrize("name", ["svc-aadconnect", "SVC_ADSync", "entra-connect-sa", "srv.dirsync"])
def test_an_account_called_after_entra_connect_is_its_connector(read: Callable[..., Any], name: str) -> None:
    """An administrator may have made the account instead of the wizard."""
    facts, _ = read(
        json.dumps(
            {"DistinguishedName": f"CN={name},DC=contoso,DC=example", "SamAccountName": name, "ObjectClass": "user"}
        )
    )
    assert [(fact.kind, fact.target) for fact in facts] == [("ad.principal", name)]


def test_several_get_acl_answers_in_one_file_are_told_apart(read: Callable[..., Any]) -> None:
    """A list of whole answers is as many descriptors."""
    other = DN.replace("Kim", "Robin")
    facts, _ = read(json.dumps([{"Path": f"AD:{name}", "Access": [ENTRY]} for name in (DN, other)]))
    assert [fact.target for fact in facts] == [DN, other]


def test_several_transcripts_in_one_file_are_told_apart(read: Callable[..., Any]) -> None:
    """Each dsacls output belongs to the object of its own command."""
    listed = "Owner: CONTOSO\\Domain Admins\nGroup: CONTOSO\\Domain Admins\n\nAccess list:\nAllow CONTOSO\\Domain Admins    FULL CONTROL\nAllow Everyone      Change Password\n\nThe command completed successfully\n\n"
    other = DN.replace("Kim", "Robin")
    facts, _ = read(f'C:\\> dsacls "{DN}"\n{listed}C:\\> dsacls "{other}"\n{listed}')
    assert [fact.target for fact in facts] == [DN, other]


def test_a_transcript_of_everything_gives_every_kind(read: Callable[..., Any]) -> None:
    """Settings, account and descriptor after one another in one console log."""
    text = (
        "Connector : contoso.example - AAD\nEnabled   : True\n\n"
        "ADConnectorAccountName   : MSOL_1\nADConnectorAccountDomain : contoso.example\n\n"
        f"Path   : Microsoft.ActiveDirectory.Management.dll\\ActiveDirectory:://RootDSE/{DN}\nSddl   : {SDDL}\n\n"
    )
    facts, report = read(text)
    assert sorted(fact.kind for fact in facts) == ["ad.descriptor", "ad.principal", "connect.settings"]
    assert report.kind.count(",") == 2


def test_users_of_the_portal_get_graphs_names(read: Callable[..., Any]) -> None:
    """The download's columns; an empty cell under synchronisation is null, as Graph has it for a cloud user."""
    text = "\ufeffuserPrincipalName,displayName,id,userType,accountEnabled,directorySynced\r\nkim@contoso.example,Kim,1,Member,True,True\r\nrobin@contoso.example,Robin,2,Guest,False,\r\n"
    facts, _ = read(text)
    assert facts[0].kind == "graph.users"
    assert facts[0].value == [
        {
            "userPrincipalName": "kim@contoso.example",
            "displayName": "Kim",
            "id": "1",
            "userType": "Member",
            "accountEnabled": True,
            "onPremisesSyncEnabled": True,
        },
        {
            "userPrincipalName": "robin@contoso.example",
            "displayName": "Robin",
            "id": "2",
            "userType": "Guest",
            "accountEnabled": False,
            "onPremisesSyncEnabled": None,
        },
    ]


def test_users_of_the_admin_centre_are_read_too(read: Callable[..., Any]) -> None:
    """Blocked is the opposite of enabled."""
    facts, _ = read("Block credential,Display name,Object Id,User principal name\nFalse,Kim,1,kim@contoso.example\n")
    assert facts[0].value[0]["accountEnabled"] is True
