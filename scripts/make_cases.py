"""Write the closed cases under ``book/cases`` and the bundled example under ``examples``.

Usage: python scripts/make_cases.py [--check]

Every case is a folder with ``case.toml`` and ``evidence/``. The story of each is invented; the shapes are those that the tools write.
``--check`` compares instead of writing, so that what is committed is what this file says.
"""

import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import account_cases  # noqa: F401 - registers its cases
import app_cases  # noqa: F401
import policy_cases  # noqa: F401
import refresh_cases  # noqa: F401
import told
from tenant import cloud, server, signins

from faultbook_lab import people, records

ROOT = Path(__file__).parent.parent
CODE = 120021
ONSET = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
START = ONSET - dt.timedelta(hours=24)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
END = ONSET + 4 * HOUR
BOOT = ONSET - 3 * HOUR


@dataclass
class Case:
    """A story with its confirmed ending."""

    name: str
    confirmed: str
    expect: str
    note: str
    files: dict[str, str] = field(default_factory=dict)
    person: people.Person = people.KIM
    at: dt.datetime = ONSET + 14 * MINUTE
    code: str = "AADSTS120021"


CASES: list[Case] = []


def case(
    confirmed: str, expect: str, *, person: people.Person = people.KIM, code: str = "AADSTS120021"
) -> Callable[[Callable[[], Mapping[str, str]]], None]:
    """Register a function that returns the files of a case; its name is the case's name, its docstring the note."""

    def register(make: Callable[[], Mapping[str, str]]) -> None:
        name = make.__name__.replace("_", "-")
        CASES.append(
            Case(name, confirmed, expect, " ".join((make.__doc__ or "").split()), dict(make()), person, code=code)
        )

    return register


def history(shape: str, rows: list[signins.Row]) -> dict[str, str]:
    """A sign-in export in one of the shapes."""
    name, write = signins.SHAPES[shape]
    return {name: write(rows)}


def events(shape: str, records: list[server.Event]) -> dict[str, str]:
    """An event log export in one of the shapes."""
    name, write = server.EVENT_SHAPES[shape]
    return {name: write(records)}


def day(
    seed: int,
    failing: tuple[people.Person, ...],
    *,
    recover: float = 0.0,
    minutes: int = 120,
    policies: list[signins.Row] | None = None,
    extra: list[signins.Row] | None = None,
    each: int = 4,
) -> list[signins.Row]:
    """A day of ordinary sign-ins in which some people fail with the code from the onset on."""
    rows = signins.ordinary(START, 28, seed=seed, each=each)
    rows = signins.quiet(rows, failing, ONSET, END)
    rows += signins.burst(
        failing, ONSET, minutes, CODE, seed=seed + 1, recover=recover, policies=policies if policies is not None else ()
    )
    rows.append(
        records.signin(
            failing[0] if people.KIM not in failing else people.KIM,
            ONSET + 14 * MINUTE,
            CODE,
            policies=policies if policies is not None else (),
            key="pasted",
        )
    )
    return rows + (extra or [])


def beating(**span: dt.datetime) -> list[server.Event]:
    """A heartbeat since the server booted."""
    without = (span["low"], span["high"]) if span else None
    return [server.started(BOOT), *server.heartbeats(BOOT, END, without=without)]


MIXED = (*people.STAFF[2:8], *people.STAFF[10:11], *people.PARTNERS[:3], *people.CLOUD[:4])
SYNCED = (*people.STAFF[4:], *people.FINANCE[:4], *people.PARTNERS[:4])


# A fault of Microsoft's reset service


@case("sspr-service-fault", "likely")
def service_fault_reset_issue() -> dict[str, str]:
    """An open issue about password reset covers the failures, which hit people of every kind and end alone."""
    return {
        **history("portal-csv", day(11, MIXED, recover=0.7)),
        "issues.json": cloud.issues(
            [
                records.issue(
                    "MO900101",
                    cloud.IDENTITY,
                    "Some users can't reset or change their passwords",
                    ONSET - 10 * MINUTE,
                    ONSET + 3 * HOUR,
                    feature="Self-service password reset",
                )
            ]
        ),
        "users.json": cloud.users(),
        "domains.json": cloud.domains(),
    }


@case("sspr-service-fault", "likely")
def service_fault_by_spread() -> dict[str, str]:
    """No issue is listed; cloud-only, synchronised and federated users fail alike while writeback goes on working."""
    return {
        **history("graph", day(12, MIXED, recover=0.8)),
        "issues.json": cloud.issues([]),
        "users.json": cloud.users(),
        "domains.json": cloud.domains(),
        **events(
            "xml", [*beating(), *[server.succeeded(ONSET + minute * MINUTE, people.STAFF[0]) for minute in (5, 40, 90)]]
        ),
    }


@case("sspr-service-fault", "likely")
def service_fault_identity_issue_only() -> dict[str, str]:
    """All that is at hand is the list of issues; one of the identity service is open."""
    return {
        "issues.json": cloud.issues(
            [
                records.issue(
                    "MO900103",
                    cloud.IDENTITY,
                    "Users may be unable to sign in or change passwords",
                    ONSET - 30 * MINUTE,
                    None,
                    feature="Authentication",
                )
            ]
        )
    }


@case("sspr-service-fault", "likely")
def service_fault_with_healthy_agent() -> dict[str, str]:
    """The agent works and logs errors of the cloud service; cloud-only users fail too."""
    return {
        **history("log-analytics", day(14, MIXED, recover=0.6)),
        "users.json": cloud.users(),
        **events("text", [*beating(), *[server.cloud_error(ONSET + minute * MINUTE) for minute in (2, 9, 16)]]),
    }


# The writeback agent is down


@case("writeback-agent-down", "likely")
def agent_stopped() -> dict[str, str]:
    """The service stopped before the failures and did not start again."""
    return {
        **history("portal-csv", day(21, SYNCED)),
        "users.json": cloud.users(),
        **events(
            "xml",
            [
                server.started(BOOT),
                *server.heartbeats(BOOT, ONSET - 4 * MINUTE),
                server.stopped(ONSET - 3 * MINUTE),
                server.Event(END, 1000, "Another application.", provider="Application Error", level=2),
            ],
        ),
    }


@case("writeback-agent-down", "likely")
def agent_heartbeat_gap() -> dict[str, str]:
    """The heartbeat is missing for two hours around the failures and comes back later."""
    return {
        **history("diagnostic", day(22, SYNCED)),
        **events("csv", beating(low=ONSET - 5 * MINUTE, high=ONSET + 2 * HOUR)),
    }


@case("writeback-agent-down", "likely")
def agent_relay_errors() -> dict[str, str]:
    """Errors of the relay, and 120013 beside 120021 in the log of the same users."""
    siblings = signins.burst(SYNCED[:5], ONSET, 60, 120013, seed=230)
    return {
        **history("portal-json", day(23, SYNCED, extra=siblings)),
        "users.json": cloud.users(),
        **events(
            "text",
            [
                *beating(low=ONSET - MINUTE, high=ONSET + 3 * HOUR),
                *[server.relay_error(ONSET + minute * MINUTE) for minute in (1, 4, 11, 25)],
            ],
        ),
    }


@case("writeback-agent-down", "likely")
def agent_by_siblings() -> dict[str, str]:
    """Only cloud logs: the sibling 120013 hits the same users, and only synchronised people fail."""
    siblings = signins.burst((people.KIM, *SYNCED[:6]), ONSET, 60, 120013, seed=240)
    return {
        **history("graph", day(24, SYNCED, extra=siblings)),
        "users.json": cloud.users(),
        "domains.json": cloud.domains(),
    }


@case("writeback-agent-down", "likely")
def agent_stopped_log_only() -> dict[str, str]:
    """Nothing but the event log of the sync server."""
    return events(
        "text",
        [
            server.started(BOOT),
            *server.heartbeats(BOOT, ONSET - 20 * MINUTE),
            server.stopped(ONSET - 18 * MINUTE),
            server.Event(END, 7036, "Another service entered the stopped state.", provider="Service Control Manager"),
        ],
    )


# Rights are missing


@case("writeback-rights-missing", "likely")
def rights_dsacls() -> dict[str, str]:
    """Dsacls of the affected user shows no right of the connector account, and the agent logs 33004 for that user."""
    return {
        **history("portal-csv", day(31, (people.KIM,))),
        "dsacls-user.txt": server.dsacls(people.KIM, granted=False),
        "connector.txt": server.connector_account(),
        **events("xml", [*beating(), *[server.refused(ONSET + minute * MINUTE, people.KIM) for minute in (14, 17)]]),
    }


@case("writeback-rights-missing", "likely")
def rights_inheritance_blocked() -> dict[str, str]:
    """The OU is right and the user is not: inheritance is switched off."""
    return {
        **history("graph", day(32, (people.KIM,))),
        "get-acl.txt": server.get_acl(people.KIM, server.sddl(protected=True)),
        "connector.txt": server.connector_account(),
        "users.json": cloud.users(),
    }


@case("writeback-rights-missing", "likely")
def rights_denied() -> dict[str, str]:
    """An explicit deny on the user stands before the inherited grant."""
    return {
        "get-acl.txt": server.get_acl(people.KIM, server.sddl(denied=True)),
        "connector.txt": server.connector_account(),
        "users.json": cloud.users(),
    }


@case("writeback-rights-missing", "likely")
def rights_event_only() -> dict[str, str]:
    """Only the event log, with 33004 for the affected user among successes of others."""
    return events(
        "csv",
        [
            *beating(),
            server.succeeded(ONSET + 5 * MINUTE, people.STAFF[0]),
            *[server.refused(ONSET + minute * MINUTE, people.KIM) for minute in (14, 18)],
        ],
    )


@case("writeback-rights-missing", "likely", person=people.FINANCE[0])
def rights_by_siblings() -> dict[str, str]:
    """One organisational unit fails; the sibling 120015 stands beside every failure, and dsacls shows why."""
    who = people.FINANCE
    siblings = signins.burst(who, ONSET, 90, 120015, seed=350)
    rows = day(35, who, extra=siblings)
    return {
        **history("log-analytics", rows),
        "users.json": cloud.users(),
        "dsacls.txt": server.dsacls(people.FINANCE[0], granted=False),
        "connector.txt": server.connector_account(),
    }


# The federated identity provider


def federated(seed: int, shape: str = "graph", *, siblings: int | None = None) -> dict[str, str]:
    """Only the users of the federated domain fail."""
    extra = signins.burst(people.PARTNERS, ONSET, 60, siblings, seed=seed + 5) if siblings else []
    rows = signins.quiet(signins.ordinary(START, 28, seed=seed), people.PARTNERS, ONSET, END)
    rows += signins.burst(people.PARTNERS, ONSET, 120, CODE, seed=seed + 1)
    rows.append(records.signin(people.PARTNERS[0], ONSET + 14 * MINUTE, CODE, key="pasted"))
    return {**history(shape, rows + extra), "domains.json": cloud.domains()}


OLD = cloud.certificate("ADFS Signing - sts.partners.example", ONSET - dt.timedelta(days=366), ONSET - HOUR, serial=7)
NEW = cloud.certificate(
    "ADFS Signing - sts.partners.example", ONSET - dt.timedelta(days=20), ONSET + dt.timedelta(days=345), serial=8
)
GOOD = cloud.certificate(
    "ADFS Signing - sts.partners.example", ONSET - dt.timedelta(days=100), ONSET + dt.timedelta(days=265), serial=9
)


@case("federated-idp-failing", "likely", person=people.PARTNERS[0])
def idp_certificate_expired() -> dict[str, str]:
    """The signing certificate that Entra has on file expired an hour before the failures."""
    return {
        **federated(41, "portal-csv"),
        "federation-partners.example.json": cloud.federation("partners.example", OLD, update="failed"),
    }


@case("federated-idp-failing", "likely", person=people.PARTNERS[0])
def idp_certificate_rolled_over() -> dict[str, str]:
    """The provider signs with a certificate that Entra does not know."""
    return {
        **federated(42),
        "federation.json": cloud.federation("partners.example", GOOD),
        "FederationMetadata.xml": cloud.metadata(NEW),
    }


@case("federated-idp-failing", "likely", person=people.PARTNERS[0])
def idp_errors_beside() -> dict[str, str]:
    """Errors of the provider (40010) stand beside the failures of one domain."""
    return federated(43, "diagnostic", siblings=40010)


@case("federated-idp-failing", "likely", person=people.PARTNERS[0])
def idp_by_concentration() -> dict[str, str]:
    """Every failure is in the one federated domain, and everybody there fails."""
    return {**federated(44, "log-analytics"), "users.json": cloud.users()}


# Writeback is off


@case("writeback-off", "likely")
def off_by_setting() -> dict[str, str]:
    """The synchronisation features say that writeback is off."""
    return {
        **history("portal-csv", day(51, SYNCED)),
        "sync.json": cloud.sync_features(writeback=False),
        "users.json": cloud.users(),
    }


@case("writeback-off", "likely")
def off_by_audit() -> dict[str, str]:
    """The audit log shows who switched writeback off an hour before."""
    return {
        **history("graph", day(52, SYNCED)),
        "users.json": cloud.users(),
        "AuditLogs.csv": cloud.audits_csv(
            [
                records.audit(
                    ONSET - HOUR,
                    "Disable password writeback for directory",
                    "Self-service Password Management",
                    "DirectoryManagement",
                    target="contoso.example",
                )
            ]
        ),
    }


@case("writeback-off", "likely")
def off_by_server() -> dict[str, str]:
    """The sync server's own setting says so."""
    return {
        "reset-configuration.txt": "\nConnector       : contoso.example - AAD\nEnabled         : False\nTaskId          : \n\n",
        "users.json": cloud.users(),
        **history("portal-json", day(53, SYNCED)),
    }


@case("writeback-off", "likely")
def off_setting_only() -> dict[str, str]:
    """One file: the features, with writeback off."""
    return {"sync.json": cloud.sync_features(writeback=False)}


# A policy


@case("policy-blocks-callback", "likely")
def policy_changed_and_failing() -> dict[str, str]:
    """A policy for all applications was changed twenty minutes before, and fails in the failing sign-ins."""
    name = "Block unmanaged devices"
    changed = records.audit(
        ONSET - 20 * MINUTE,
        "Update conditional access policy",
        "Conditional Access",
        "Policy",
        target=name,
        target_id=people.guid("policy", name),
        old=records.policy(name, apps=("00000002-0000-0ff1-ce00-000000000000",)),
        new=records.policy(name),
    )
    return {
        **history("graph", day(61, MIXED, policies=[records.applied(name, "failure")])),
        "audits.json": cloud.audits([changed]),
        "policies.json": cloud.policies([records.policy(name, modified=ONSET - 20 * MINUTE)]),
    }


@case("policy-blocks-callback", "likely")
def policy_failing_in_rows() -> dict[str, str]:
    """Only sign-ins: a policy fails in each failing one and in no other."""
    return history("log-analytics", day(62, MIXED, policies=[records.applied("Require compliant device", "failure")]))


@case("policy-blocks-callback", "likely")
def policy_added_before_onset() -> dict[str, str]:
    """A new blocking policy for all applications just before, in the portal's audit export."""
    name = "Block legacy and unknown"
    added = records.audit(
        ONSET - 12 * MINUTE,
        "Add conditional access policy",
        "Conditional Access",
        "Policy",
        target=name,
        target_id=people.guid("policy", name),
        new=records.policy(name),
    )
    return {
        **history("diagnostic", day(63, MIXED, policies=[records.applied(name, "failure")])),
        "AuditLogs.csv": cloud.audits_csv([added]),
    }


# Nothing, and distractors

MAIL_POLICY = "Mail needs MFA"


def mail_policy_changed() -> signins.Row:
    """A policy for mail alone begins to block, a quarter of an hour before the failures."""
    return records.audit(
        ONSET - 15 * MINUTE,
        "Update conditional access policy",
        "Conditional Access",
        "Policy",
        target=MAIL_POLICY,
        target_id=people.guid("policy", MAIL_POLICY),
        old=records.policy(MAIL_POLICY, apps=(people.OUTLOOK[1],), controls=("mfa",)),
        new=records.policy(MAIL_POLICY, apps=(people.OUTLOOK[1],)),
    )


@case("none", "no-evidence")
def nothing() -> dict[str, str]:
    """No evidence at all: the shares of the book, and the next check."""
    return {"readme.txt": "Somebody put a note into the folder.\n"}


@case("none", "undecided")
def only_ordinary_signins() -> dict[str, str]:
    """One failure among ordinary sign-ins, and nothing that tells causes apart."""
    return history("portal-csv", day(71, (people.KIM,)))


@case("none", "undecided")
def distractor_other_service() -> dict[str, str]:
    """An issue of Exchange is open; it has nothing to do with it."""
    return {
        **history("portal-csv", day(72, (people.KIM,))),
        "issues.json": cloud.issues(
            [
                records.issue(
                    "EX900201", cloud.EXCHANGE, "Some users can't send mail", ONSET - HOUR, None, feature="Mail flow"
                )
            ]
        ),
    }


@case("none", "undecided")
def distractor_old_identity_issue() -> dict[str, str]:
    """An issue of the identity service ended the day before; another one was no issue at all."""
    return {
        **history("graph", day(73, (people.KIM,))),
        "issues.json": cloud.issues(
            [
                records.issue(
                    "MO900301",
                    cloud.IDENTITY,
                    "Users may be unable to sign in",
                    ONSET - dt.timedelta(days=2),
                    ONSET - dt.timedelta(days=1),
                ),
                {
                    **records.issue(
                        "MO900302", cloud.IDENTITY, "Possible delays in authentication", ONSET - HOUR, ONSET + HOUR
                    ),
                    "status": "falsePositive",
                },
            ]
        ),
    }


@case("none", "undecided")
def distractor_policy_elsewhere() -> dict[str, str]:
    """A policy for another application was changed just before."""
    return {
        **history("graph", day(74, (people.KIM,))),
        "audits.json": cloud.audits([mail_policy_changed()]),
        "policies.json": cloud.policies(
            [records.policy(MAIL_POLICY, apps=(people.OUTLOOK[1],), modified=ONSET - 15 * MINUTE)]
        ),
    }


@case("none", "undecided")
def distractor_agent_restart() -> dict[str, str]:
    """The agent restarted an hour before the failures and has worked since."""
    restart = [server.stopped(ONSET - HOUR), server.started(ONSET - HOUR + 2 * MINUTE)]
    return {
        **history("portal-csv", day(75, (people.KIM,))),
        **events("xml", [*beating(), *restart, server.succeeded(ONSET + 10 * MINUTE, people.STAFF[1])]),
    }


@case("none", "undecided")
def distractor_rights_elsewhere() -> dict[str, str]:
    """Rights are missing on a user of another unit; the affected user's are in order."""
    return {
        **history("graph", day(76, (people.KIM,))),
        "acl-kim.txt": server.get_acl(people.KIM, server.sddl()),
        "acl-other.txt": server.get_acl(people.FINANCE[0], server.sddl(granted=False)),
        "connector.txt": server.connector_account(),
        "users.json": cloud.users(),
    }


@case("none", "undecided")
def distractor_refused_for_another() -> dict[str, str]:
    """33004 stands in the log, for a protected account that is not the affected user."""
    return {
        **history("portal-json", day(77, (people.KIM,))),
        **events("text", [*beating(), server.refused(ONSET + 20 * MINUTE, people.FINANCE[2])]),
    }


@case("none", "undecided")
def distractor_federated_domain() -> dict[str, str]:
    """A federated domain exists with a certificate that has expired; nobody fails there, and the affected user is in a managed domain."""
    return {
        **history("graph", day(78, (people.KIM,))),
        "domains.json": cloud.domains(),
        "federation-partners.example.json": cloud.federation("partners.example", OLD),
    }


@case("none", "undecided")
def distractor_all_at_once() -> dict[str, str]:
    """Every distractor in one folder."""
    return {
        **history("portal-csv", day(79, (people.KIM,))),
        "issues.json": cloud.issues(
            [
                records.issue(
                    "EX900201", cloud.EXCHANGE, "Some users can't send mail", ONSET - HOUR, None, feature="Mail flow"
                )
            ]
        ),
        "audits.json": cloud.audits([mail_policy_changed()]),
        "domains.json": cloud.domains(),
        "federation-partners.example.json": cloud.federation("partners.example", OLD),
        "acl-other.txt": server.get_acl(people.FINANCE[0], server.sddl(granted=False)),
        "connector.txt": server.connector_account(),
        "sync.json": cloud.sync_features(writeback=True),
        **events(
            "xml",
            [
                *beating(),
                server.stopped(ONSET - HOUR),
                server.started(ONSET - HOUR + 2 * MINUTE),
                server.refused(ONSET + 20 * MINUTE, people.FINANCE[2]),
                server.succeeded(ONSET + 10 * MINUTE, people.STAFF[1]),
            ],
        ),
    }


def example() -> Case:
    """The bundled example: one team cannot change passwords, and several things look guilty."""
    who = (people.KIM,)
    siblings = signins.burst(who, ONSET, 30, 120015, seed=92, tries=1)
    rows = day(91, who, extra=siblings, each=6)
    interactive = [row for row in rows if row["appDisplayName"] != people.OUTLOOK[0]]
    other = [row for row in rows if row["appDisplayName"] == people.OUTLOOK[0]]
    return Case(
        "password-change",
        "writeback-rights-missing",
        "established",
        "One user cannot change an expired password; inheritance is switched off on that account.",
        {
            "InteractiveSignIns_2026-03-01_2026-03-02.csv": signins.portal_csv(interactive),
            "query_data.json": signins.log_analytics_json(other),
            "issues.json": cloud.issues(
                [
                    records.issue(
                        "EX900201",
                        cloud.EXCHANGE,
                        "Some users can't send mail",
                        ONSET - HOUR,
                        None,
                        feature="Mail flow",
                    )
                ]
            ),
            "audits.json": cloud.audits([mail_policy_changed()]),
            "sync.json": cloud.sync_features(writeback=True),
            "domains.json": cloud.domains(),
            "users.json": cloud.users(),
            "application.xml": server.xml(
                [
                    *beating(),
                    *[server.refused(ONSET + minute * MINUTE, people.KIM) for minute in (14, 18)],
                    server.succeeded(ONSET + 31 * MINUTE, people.STAFF[1]),
                ]
            ),
            "get-acl.txt": server.get_acl(people.KIM, server.sddl(protected=True)),
            "connector.txt": server.connector_account(),
        },
    )


def mended() -> dict[str, str]:
    """The exports of the next afternoon, after inheritance was switched on again: Kim's password change went through."""
    start = ONSET + 26 * HOUR
    rows = signins.ordinary(start, 6, seed=93, each=3, who=(*people.STAFF, *people.FINANCE, *people.CLOUD))
    rows.append(records.signin(people.KIM, start + 20 * MINUTE, 0, key="mended"))
    beats = server.heartbeats(start, start + 6 * HOUR)
    return {
        "InteractiveSignIns_2026-03-03.csv": signins.portal_csv(rows),
        "application.xml": server.xml([*beats, server.succeeded(start + 19 * MINUTE, people.KIM)]),
        "get-acl.txt": server.get_acl(people.KIM, server.sddl()),
        "connector.txt": server.connector_account(),
        "users.json": cloud.users(),
    }


def pasted(case_: Case) -> str:
    """The banner as Power BI shows it."""
    return (
        "We couldn't sign you in to Power BI.\n"
        f"{case_.code}: PartnerServiceSsprInternalServiceError\n"
        f"Trace ID: {people.guid('request', case_.person.upn, case_.at, CODE, 'pasted')}\n"
        f"Correlation ID: {people.guid('correlation', case_.person.upn, case_.at, 'pasted')}\n"
        f"Timestamp: {case_.at:%Y-%m-%d %H:%M:%S}Z\n"
    )


def toml(case_: Case) -> str:
    """The case's own file."""
    return (
        f'code = "{case_.code}"\nconfirmed = "{case_.confirmed}"\nexpect = "{case_.expect}"\nuser = "{case_.person.upn}"\n'
        f"note = {json.dumps(case_.note)}\ntext = '''\n{pasted(case_)}'''\n"
    )


def wanted() -> dict[Path, str]:
    """Every file that should be there."""
    files: dict[Path, str] = {}
    for case_ in CASES:
        folder = ROOT / "book/cases" / case_.name
        files[folder / "case.toml"] = toml(case_)
        files |= {folder / "evidence" / name: content for name, content in case_.files.items()}
    for one in told.CASES:
        folder = ROOT / "book/cases" / one.name
        files[folder / "case.toml"] = (
            f'code = "{one.code}"\nconfirmed = "{one.confirmed}"\nexpect = "{one.expect}"\n'
            + (f'user = "{one.user}"\n' if one.user else "")
            + f"note = {json.dumps(one.note)}\ntext = '''\n{one.text}'''\n"
        )
        files |= {folder / "evidence" / name: content for name, content in one.files.items()}
    bundled = example()
    files[ROOT / "examples/password-change/error.txt"] = pasted(bundled)
    files |= {ROOT / "examples/password-change/evidence" / name: content for name, content in bundled.files.items()}
    files |= {ROOT / "examples/password-change/mended" / name: content for name, content in mended().items()}
    return files


def main() -> int:
    """Write, or compare."""
    files = wanted()
    present = {
        path
        for folder in ("book/cases", "examples/password-change")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    if "--check" in sys.argv:
        stale = [
            path for path, content in files.items() if path not in present or path.read_bytes() != content.encode()
        ]
        stale += sorted(present - set(files) - {path for path in present if path.name == "README.md"})
        for path in stale:
            print(f"stale: {path.relative_to(ROOT)}")
        return 1 if stale else 0
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    print(
        f"{len(CASES) + len(told.CASES)} cases and one example, {len(files)} files, {sum(map(len, files.values())) // 1024} kB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
