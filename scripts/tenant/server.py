"""What a sync server and a domain controller show: event logs and security descriptors."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from faultbook_lab import event_log, people


@dataclass(frozen=True)
class Event:
    """One record of the Application log."""

    at: dt.datetime
    id: int
    message: str
    provider: str = "PasswordResetService"
    level: int = 4


LEVELS = {2: "Error", 3: "Warning", 4: "Information"}


def heartbeats(
    start: dt.datetime, end: dt.datetime, *, without: tuple[dt.datetime, dt.datetime] | None = None
) -> list[Event]:
    """Event 31019 about every five minutes, except in one span."""
    events = []
    at = start
    while at < end:
        if not (without and without[0] <= at < without[1]):
            events.append(Event(at, 31019, event_log.HEART_BEAT))
        at += dt.timedelta(minutes=5)
    return events


def started(at: dt.datetime) -> Event:
    """31015."""
    return Event(at, 31015, event_log.STARTED)


def stopped(at: dt.datetime) -> Event:
    """31016."""
    return Event(at, 31016, event_log.STOPPED)


def relay_error(at: dt.datetime) -> Event:
    """32002."""
    return Event(at, 32002, event_log.RELAY_ERROR, level=2)


def cloud_error(at: dt.datetime) -> Event:
    """32001."""
    return Event(at, 32001, event_log.CLOUD_ERROR, level=2)


def refused(
    at: dt.datetime, person: people.Person, *, id: int = 33004, hr: str = "80230626", text: str = "Access is denied."
) -> Event:
    """33004 and its relatives, in the layout of the agent."""
    tracking = people.guid("tracking", person.upn, at)
    return Event(at, id, event_log.refusal(tracking, person, hr, text), level=2)


def succeeded(at: dt.datetime, person: people.Person) -> Event:
    """31007: a password change went through."""
    return Event(at, *event_log.success(people.guid("tracking", person.upn, at), person, "change"))


def ordered(events: Iterable[Event]) -> list[Event]:
    """Oldest first."""
    return sorted(events, key=lambda event: (event.at, event.id))


def xml(events: Iterable[Event]) -> str:
    """Output of ``wevtutil qe Application /f:xml``: one element a record, no root."""
    return "\n".join(
        f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{event.provider}'/><EventID Qualifiers='0'>{event.id}</EventID>"
        f"<Level>{event.level}</Level><Task>0</Task><Keywords>0x80000000000000</Keywords><TimeCreated SystemTime='{event.at:%Y-%m-%dT%H:%M:%S}.1230000Z'/>"
        f"<EventRecordID>{number}</EventRecordID><Channel>Application</Channel><Computer>sync01.contoso.example</Computer></System>"
        f"<EventData><Data>{escape(event.message)}</Data></EventData></Event>"
        for number, event in enumerate(ordered(events), 40_001)
    )


def text(events: Iterable[Event]) -> str:
    """Output of ``wevtutil qe Application /f:text``."""
    return "\n".join(
        f"Event[{number}]\n  Log Name: Application\n  Source: {event.provider}\n  Date: {event.at:%Y-%m-%dT%H:%M:%S}.1230000Z\n  Event ID: {event.id}\n  Task: N/A\n"
        f"  Level: {LEVELS[event.level]}\n  Opcode: N/A\n  Keyword: Classic\n  User: N/A\n  User Name: N/A\n  Computer: sync01.contoso.example\n  Description: \n{event.message}\n"
        for number, event in enumerate(ordered(events))
    )


def powershell_csv(events: Iterable[Event]) -> str:
    """Output of ``Get-WinEvent … | Select TimeCreated,… | Export-Csv -NoTypeInformation`` with times in UTC."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(
        ["TimeCreated", "ProviderName", "Id", "LevelDisplayName", "LogName", "MachineName", "RecordId", "Message"]
    )
    for number, event in enumerate(ordered(events), 40_001):
        writer.writerow(
            [
                f"{event.at:%Y-%m-%dT%H:%M:%SZ}",
                event.provider,
                event.id,
                LEVELS[event.level],
                "Application",
                "sync01.contoso.example",
                number,
                event.message,
            ]
        )
    return out.getvalue()


EVENT_SHAPES: dict[str, tuple[str, Callable[[Iterable[Event]], str]]] = {
    "xml": ("application.xml", xml),
    "text": ("application.txt", text),
    "csv": ("application.csv", powershell_csv),
}

USER_CLASS = "bf967aba-0de6-11d0-a285-00aa003049e2"
RESET = "00299570-246d-11d0-a768-00aa006e0529"
CHANGE = "ab721a53-1e2f-11d0-9819-00aa0040529b"
LOCKOUT = "28630ebf-41d5-11d1-a9c1-0000f80367c1"
LAST_SET = "bf967a0a-0de6-11d0-a285-00aa003049e2"


def sddl(*, granted: bool = True, protected: bool = False, denied: bool = False, lockout: bool = True) -> str:
    """The descriptor of a user object: defaults, and what the connector account was granted by inheritance."""
    sid = people.CONNECTOR_SID
    aces = []
    if denied:
        aces.append(f"(OD;;CR;{RESET};;{sid})")
    aces += [
        f"(OA;;CR;{CHANGE};;WD)",
        f"(OA;;CR;{CHANGE};;PS)",
        "(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;DA)",
        "(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)",
        "(A;;RC;;;AU)",
        "(A;;LCRPLORC;;;PS)",
    ]
    if granted and not protected:
        aces.append(f"(OA;CIIOID;CR;{RESET};{USER_CLASS};{sid})".replace("CIIOID", "CIID"))
        if lockout:
            aces.append(f"(OA;CIID;WP;{LOCKOUT};{USER_CLASS};{sid})")
        aces.append(f"(OA;CIID;WP;{LAST_SET};{USER_CLASS};{sid})")
    if not protected:
        aces.append("(A;CIID;LC;;;RU)")
    return f"O:DAG:DAD:{'PAI' if protected else 'AI'}" + "".join(aces)


def get_acl(person: people.Person, descriptor: str) -> str:
    """Output of ``Get-Acl "AD:<dn>" | Format-List``."""
    return (
        f"\n\nPath   : Microsoft.ActiveDirectory.Management.dll\\ActiveDirectory:://RootDSE/{person.dn}\n"
        "Owner  : CONTOSO\\Domain Admins\nGroup  : CONTOSO\\Domain Admins\n"
        "Access : Everyone Allow  \n         NT AUTHORITY\\SELF Allow  \n         CONTOSO\\Domain Admins Allow  \n"
        f"Audit  : \nSddl   : {descriptor}\n\n"
    )


def dsacls(person: people.Person, *, granted: bool = True, protected: bool = False, denied: bool = False) -> str:
    """A console transcript of ``dsacls <dn>``."""
    account = f"CONTOSO\\{people.CONNECTOR}"
    lines = [
        f'C:\\> dsacls "{person.dn}"',
        "Owner: CONTOSO\\Domain Admins",
        "Group: CONTOSO\\Domain Admins",
        "",
        "Access list:",
    ]
    if protected:
        lines.append("{This object is protected from inheriting permissions from the parent}")
    if denied:
        lines.append(f"Deny  {account:<38}Reset Password")
    lines += [
        "Allow CONTOSO\\Domain Admins                   FULL CONTROL",
        "Allow NT AUTHORITY\\Authenticated Users        SPECIAL ACCESS",
        "                                              READ PERMISSONS",
        "Allow NT AUTHORITY\\SYSTEM                     FULL CONTROL",
        "Allow Everyone                                Change Password",
        "Allow NT AUTHORITY\\SELF                       Change Password",
    ]
    if granted and not protected:
        inherited = "   <Inherited from parent>"
        lines += [
            f"Allow {account:<40}Reset Password{inherited}",
            f"Allow {account:<40}SPECIAL ACCESS for lockoutTime{inherited}",
            "                                              WRITE PROPERTY",
            f"Allow {account:<40}SPECIAL ACCESS for pwdLastSet{inherited}",
            "                                              WRITE PROPERTY",
        ]
    return "\n".join([*lines, "", "The command completed successfully", ""])


def connector_account() -> str:
    """Output of ``Get-ADSyncADConnectorAccount``, and of ``Get-ADUser`` for that account."""
    return (
        "\nADConnectorName          : contoso.example\nADConnectorForest        : contoso.example\n"
        f"ADConnectorAccountName   : {people.CONNECTOR}\nADConnectorAccountDomain : CONTOSO.EXAMPLE\n\n\n"
        f"DistinguishedName : CN={people.CONNECTOR},CN=Users,DC=contoso,DC=example\nEnabled           : True\nMemberOf          : {{}}\n"
        f"Name              : {people.CONNECTOR}\nObjectClass       : user\nSamAccountName    : {people.CONNECTOR}\nSID               : {people.CONNECTOR_SID}\n\n"
    )
