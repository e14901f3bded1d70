"""How long the sign-in history takes against DuckDB reading and counting the same export with a declared schema.

    python benchmarks/diagnose_signins.py [--rows 200000] [--runs 7] [--budget 3.0] [--keep FOLDER]

Three ratios for CSV and for JSON lines, each the median over alternating runs: the history against ``count(*)``, against a count by
result code (which has to look into every row), and, where the command is installed, the process ``faultbook diagnose`` against a process
that does nothing but count, by the clock and by processor time (what else the machine does disturbs the latter less). Before anything is timed both must agree on the number of rows for every result code.
"""

import argparse
import csv
import datetime as dt
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

from tenant.signins import CSV_HEADER as HEADER  # noqa: E402 - the folders above are ours

from faultbook.sources import signins  # noqa: E402 - the package of this checkout
from faultbook.sources.columns import records_of, table_of  # noqa: E402
from faultbook.sources.signins import mapping  # noqa: E402

CODE = 120021
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
PLACES = (
    ("Hannover", "Niedersachsen", "DE"),
    ("Graz", "Steiermark", "AT"),
    ("Lyon", "Rhone", "FR"),
    ("Leeds", "England", "GB"),
)


def make(folder: Path, rows: int, seed: int = 7) -> dict[str, Path]:
    """A week of one tenant as a portal table and as lines of a diagnostic setting: the same sign-ins, 8,000 people, 0.5 % failing."""
    chance = random.Random(seed)
    guid = lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4))  # noqa: E731 - a name for one expression
    people = [(f"person{n}@{'contoso' if n % 3 else 'fabrikam'}.example", guid()) for n in range(8000)]
    apps, resources, tenant = (
        [(f"Application {n}", guid()) for n in range(40)],
        [(f"Resource {n}", guid()) for n in range(12)],
        guid(),
    )
    addresses = [f"203.0.113.{n % 254 + 1}" if n < 500 else f"198.51.100.{n % 254 + 1}" for n in range(1500)]
    paths = {"csv": folder / "signins.csv", "jsonl": folder / "signins.jsonl"}
    with (
        paths["csv"].open("w", newline="", encoding="utf-8") as table,
        paths["jsonl"].open("w", encoding="utf-8") as lines,
    ):
        writer = csv.writer(table)
        writer.writerow(HEADER)
        for number in range(rows):
            at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number * 604800 / rows)
            draw = chance.random()
            code = 0 if draw < 0.9 else chance.choice((50126, 50076, 53003, 50140, 70043)) if draw < 0.995 else CODE
            one = {
                "at": at, "code": code, "id": guid(), "correlation": guid(), "session": guid(), "device": guid(), "person": chance.choice(people),
                "app": chance.choice(apps), "resource": chance.choice(resources), "ip": chance.choice(addresses), "place": chance.choice(PLACES), "tenant": tenant,
            }  # fmt: skip
            writer.writerow(_row(one))
            lines.write(json.dumps(_line(one), separators=(",", ":")) + "\n")
    return paths


def _row(one: dict) -> list:
    person, code = one["person"], one["code"]
    cells = {
        "Date (UTC)": one["at"].strftime("%Y-%m-%dT%H:%M:%SZ"), "Request ID": one["id"], "User agent": AGENT, "Correlation ID": one["correlation"],
        "User ID": person[1], "User": "Person", "Username": person[0], "User type": "Member", "Cross tenant access type": "none", "Incoming token type": "none",
        "Unique token identifier": one["id"][:22], "Application": one["app"][0], "Application ID ": one["app"][1], "App owner tenant ID": one["tenant"],
        "Resource": one["resource"][0], "Resource ID ": one["resource"][1], "Resource tenant ID": one["tenant"], "Home tenant ID": one["tenant"],
        "IP address": one["ip"], "Location": ", ".join(one["place"]), "Status": "Failure" if code else "Success", "Sign-in error code": code or "",
        "Failure reason": "A reason in a sentence of ordinary length." if code else "Other.", "Client app": "Browser", "Device ID": one["device"],
        "Browser": "Chrome 126.0.0", "Operating System": "Windows10", "Compliant": "false", "Managed": "false",
        "Authentication requirement": "singleFactorAuthentication", "Session ID": one["session"], "Through Global Secure Access": "false",
        "Autonomous system  number": 64500, "Flagged for review": "false", "Token issuer type": "Azure AD", "Latency": 120, "Conditional Access": "Not Applied",
    }  # fmt: skip
    return [cells.get(name, "") for name in HEADER]


def _line(one: dict) -> dict:
    at, person, (city, state, country) = one["at"].strftime("%Y-%m-%dT%H:%M:%S.0000000Z"), one["person"], one["place"]
    policy = {
        "id": one["tenant"],
        "displayName": "Ask for a second factor",
        "enforcedGrantControls": ["Mfa"],
        "enforcedSessionControls": [],
        "result": "notApplied",
    }
    properties = {
        "id": one["id"], "createdDateTime": at, "userDisplayName": "Person", "userPrincipalName": person[0], "userId": person[1], "appId": one["app"][1],
        "appDisplayName": one["app"][0], "ipAddress": one["ip"], "status": {"errorCode": one["code"], "failureReason": "Other."}, "clientAppUsed": "Browser",
        "userAgent": AGENT, "deviceDetail": {"deviceId": one["device"], "operatingSystem": "Windows10", "browser": "Chrome 126"},
        "location": {"city": city, "state": state, "countryOrRegion": country, "geoCoordinates": {"latitude": 50.1, "longitude": 9.1}}, "mfaDetail": {},
        "correlationId": one["correlation"], "conditionalAccessStatus": "notApplied", "appliedConditionalAccessPolicies": [policy], "isInteractive": True,
        "tokenIssuerName": "", "tokenIssuerType": "AzureAD", "authenticationProcessingDetails": [{"key": "Is CAE Token", "value": "False"}],
        "networkLocationDetails": [], "processingTimeInMilliseconds": 100, "riskDetail": "none", "riskLevelAggregated": "none", "riskState": "none",
        "riskEventTypes": [], "resourceDisplayName": one["resource"][0], "resourceId": one["resource"][1], "resourceTenantId": one["tenant"],
        "homeTenantId": one["tenant"], "authenticationDetails": [], "authenticationRequirement": "singleFactorAuthentication", "userType": "Member",
        "flaggedForReview": False, "autonomousSystemNumber": 64500, "crossTenantAccessType": "none", "incomingTokenType": "none", "sessionId": one["session"],
    }  # fmt: skip
    return {
        "time": at, "resourceId": f"/tenants/{one['tenant']}/providers/Microsoft.aadiam", "operationName": "Sign-in activity", "operationVersion": "1.0",
        "category": "SignInLogs", "tenantId": one["tenant"], "resultType": str(one["code"]), "resultSignature": "None", "durationMs": 0,
        "callerIpAddress": one["ip"], "correlationId": one["correlation"], "identity": "Person", "Level": 4, "location": country, "properties": properties,
    }  # fmt: skip


def counting(shape: str, path: Path) -> dict[str, str]:
    """The two statements to compare with, with the schema declared exactly as the product declares it."""
    head = path.open("rb").read(262_144).decode("utf-8", "ignore")
    if shape == "csv":
        columns = mapping.of_table(table_of(head)).columns
        source = (
            f"read_csv('{path}', columns={columns}, header=true, auto_detect=false, delim=',', quote='\"', escape='\"')"
        )
        code = f"coalesce(c{HEADER.index('Sign-in error code')}, '0')"
    else:
        columns = mapping.of_records(records_of(head)).columns
        source = f"read_json('{path}', columns={columns}, format='newline_delimited')"
        code = "resultType"
    return {
        "count": f"SELECT 0, count(*) FROM {source}",
        "by code": f"SELECT {code}::INTEGER, count(*) FROM {source} GROUP BY ALL",
    }


def count(statement: str) -> dict[int, int]:
    import duckdb

    with duckdb.connect() as base:
        return dict(base.execute(statement).fetchall())


def agree(path: Path, statements: dict[str, str]) -> None:
    """Stop unless the history and DuckDB count the same rows for every code."""
    fact, (report,) = signins.history([signins.SigninFile(path=path, name=path.name)], CODE)
    ours = {row["code"]: row["count"] for row in fact.value["codes"]} | {0: fact.value["succeeded"]}
    if ours != count(statements["by code"]) or {0: report.rows} != count(statements["count"]) or report.problems:
        sys.exit(f"{path.name}: the history and DuckDB do not agree; nothing was timed.")


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(name: str, pairs: list[tuple[float, float]]) -> float:
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    middle = statistics.median(ratios)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"{name:34} {middle:5.2f} x   (lowest {ratios[0]:.2f}, highest {ratios[-1]:.2f}; {ours * 1000:.0f} ms against {theirs * 1000:.0f} ms)"
    )
    return middle


def process(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of processors that a process took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    passed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in {0, 3}:
        sys.exit(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return passed, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--budget", type=float, default=3.0, help="the ratio of the processes must not be above this")
    parser.add_argument("--keep", type=Path, help="make the exports here and leave them")
    chosen = parser.parse_args()
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        if chosen.keep:
            chosen.keep.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"NO_COLOR": "1"}
        for slower in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):  # which nobody sets who only uses it
            environment.pop(slower, None)
        for shape, path in make(chosen.keep or Path(folder), chosen.rows).items():
            statements = counting(shape, path)
            agree(path, statements)
            print(f"{shape}: {chosen.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores")
            ours = lambda path=path: signins.history([signins.SigninFile(path=path)], CODE)  # noqa: E731 - a name for one expression
            for name, statement in statements.items():
                pairs = [(timed(ours), timed(partial(count, statement))) for _ in range(chosen.runs)]
                report(f"  history against {name}", pairs)
            command = Path(sys.executable).with_name("faultbook")
            if command.exists():
                text = f"AADSTS{CODE}: the password could not be changed."
                diagnose = [str(command), "diagnose", text, "--evidence", str(path), "--json"]
                plain = [
                    sys.executable,
                    "-c",
                    f"import duckdb; print(duckdb.connect().execute({statements['count']!r}).fetchall())",
                ]
                both = [(process(diagnose, environment), process(plain, environment)) for _ in range(chosen.runs)]
                passed, worked = ([(a[at], b[at]) for a, b in both] for at in (0, 1))
                worst = max(worst, report("  process: diagnose against count", passed))
                report("  the same in processor time", worked)
    if worst > chosen.budget:
        sys.exit(f"{worst:.2f} x is above the budget of {chosen.budget} x.")


if __name__ == "__main__":
    main()
