"""Writes the tables of published codes (book/codes) from a folder of fact tables; for maintainers.

    python scripts/known_codes.py FACTS [book/codes]

Facts are codes, symbolic names, classes and sources. No sentence of a vendor goes through here: the notes are our own few words.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

COLUMNS = ("code", "family", "name", "kind", "oauth_error", "transient", "note", "source")
Row = dict[str, str]

TRANSIENT = {
    "transient": "yes",
    "temporarily-unavailable": "yes",
    "throttling": "yes",
    "transient exit code": "yes",
    "connection-lost": "may",
    "transient possible": "may",
    "retry-advised": "may",
    "retryable": "may",
    "transient-retried-by-tool": "may",
    "non-retryable": "no",
}
NORMAL = {
    "SUCCESS",
    "SUCCESS_WITH_FAILURES",
    "SKIPPED",
    "CANCELED",
    "CANCELLED",
    "USER_CANCELED",
    "INACTIVITY",
    "JOB_FINISHED",
    "USER_REQUEST",
    "SKIPPED_SLOW_NODES",
    "NEPHOS_RESOURCE_MANAGEMENT",
}
"""Reasons for which a run or a cluster ends, or goes on, without an error: the last two are a start that left slow nodes out, and the upkeep of Databricks' own pools."""

DELTA_CONFLICTS = (
    "ConcurrentAppendException",
    "ConcurrentDeleteDeleteException",
    "ConcurrentDeleteReadException",
    "ConcurrentTransactionException",
    "ConcurrentWriteException",
    "DeltaConcurrentModificationException",
    "MetadataChangedException",
    "ProtocolChangedException",
)
DBT_TYPES = {
    "Runtime Error": "DbtRuntimeError",
    "Database Error": "DbtDatabaseError",
    "Compilation Error": "CompilationError",
    "Validation Error": "DbtValidationError",
    "Dependency Error": "DependencyError",
    "Parsing Error": "ParsingError",
}


def facts(folder: Path, name: str) -> list[Row]:
    """The rows of one fact table."""
    with (folder / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def transient(text: str) -> str:
    """Our word for what a fact table says about passing by itself."""
    words = [part.partition("(")[0].strip() for part in text.split(";") if part.strip()]
    return TRANSIENT[words[0]] if words else ""


def source(text: str) -> str:
    """The place, without the remarks of whoever gathered it."""
    return re.sub(r" *\([^()]*index id[^()]*\)", "", text).partition(" (ms.date")[0].strip()


def row(code: str, family: str, **more: str) -> Row:
    """One line of a table; ``more`` are further columns."""
    return {"code": code, "family": family, "kind": "error"} | more


def entra(folder: Path) -> Iterator[Row]:
    """Sign-in service codes."""
    where = {one["key"]: one["source"] for one in facts(folder, "aadsts_sources.tsv")}
    for one in facts(folder, "aadsts_codes.tsv"):
        keys = one["sources"].split("|")
        best = next((key for key in ("ED", "AD19", "BL") if key in keys), keys[0])
        note = "; ".join(part for part in (one["family_derived"], one["flags"]) if part)
        yield row(
            one["aadsts"],
            "entra",
            name=one["symbolic_name"],
            oauth_error=one["oauth_error_seen"].partition("(")[0],
            transient=transient(one["transient_if_stated"]),
            note=note,
            source=source(where.get(best, best)),
        )


EVENT_FAMILIES = {
    "PasswordResetService": ("PasswordReset", "password-writeback"),
    "Directory Synchronization (Application log)": ("ADSync", "entra-connect"),
    "ADSync": ("ADSync", "entra-connect"),
    "AdminWebService": ("ADSync", "entra-connect"),
    "AzureADPasswordProtection DCAgent": ("PasswordProtection", "password-protection"),
    "Microsoft-Windows-Security-Auditing": ("WinSec", "windows-security"),
}
EVENT_KINDS = {
    "success/info": "info",
    "info": "info",
    "start": "info",
    "warning": "warning",
    "audit-only": "warning",
    "stopped": "warning",
    "info/error": "warning",
}


def events(folder: Path) -> Iterator[Row]:
    """Windows events, HRESULTs and page codes of password reset and synchronisation."""
    for one in facts(folder, "sspr_events.tsv"):
        shared = {"name": one["symbolic_name"], "note": one["note"], "source": source(one["source"])}
        kind, number = one["id_type"], one["id"]
        if kind == "event_id":
            prefix, family = EVENT_FAMILIES[one["event_source"]]
            level = EVENT_KINDS.get(one["phase_or_level"], "error")
            yield row(f"{prefix}:{number}", family, **(shared | {"kind": level}))
        elif kind == "hresult":
            yield row(number.lower(), "hresult", **shared)
        elif kind == "sspr_code" and one["status"] != "alias":
            yield row(number, "sspr", **shared)
        elif kind == "sync_export_error" and " " not in number:
            yield row(
                number,
                "entra-connect",
                **(shared | {"name": "", "note": "export error of a directory synchronisation"}),
            )
        elif kind == "win32":
            yield row(
                f"PTA:{number}",
                "pass-through",
                **(shared | {"note": "Win32 number given as the reason of a refused pass-through sign-in"}),
            )


def power_bi(folder: Path) -> Iterator[Row]:
    """Refresh, gateway, embedding and report server codes."""
    for one in facts(folder, "powerbi_codes.tsv"):
        code, area = one["code"], one["area"]
        if " " in code or code in {"Message", "DM_ErrorDetailNameCode_UnderlyingErrorMessage"}:
            continue  # sentences without a code, and names of detail fields
        shared = {"note": area, "transient": transient(one["transient_if_stated"]), "source": source(one["source"])}
        if area.startswith("Report Server Windows event"):
            level = {"Information": "info", "Warning": "warning"}.get(area.partition("(")[2].rstrip(")"), "error")
            yield row(f"ReportServer:{code}", "report-server", **(shared | {"kind": level}))
        elif area.startswith("gateway/SAP HANA"):
            yield row(f"SapHana:{code}", "power-bi", **shared)
        elif code.lower().startswith("0x"):
            yield row(code.lower(), "power-bi", **shared)
        else:
            yield row(code, "power-bi", **shared)


def data_factory(folder: Path) -> Iterator[Row]:
    """Pipeline activity codes."""
    for one in facts(folder, "pipeline_codes.tsv"):
        code, area = one["code"], one["area"]
        if " " in code:
            continue
        if area.startswith("SQL error number"):
            code = f"SqlErrorNumber={code}"
        elif code.isdigit():
            code = f"ADF:{code}"
        yield row(
            code,
            "data-factory",
            note=area,
            transient=transient(one["transient_if_stated"]),
            source=source(one["source"]),
        )


def databricks(folder: Path) -> Iterator[Row]:
    """Spark, Delta and Databricks conditions."""
    for one in facts(folder, "spark_databricks_codes.tsv"):
        kind = one["kind"]
        if kind == "REST exception class":
            # The client names its class after the code that the service answers.
            one["name"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", one["name"]).upper()
            kind = "REST error_code"
        family = {"condition": "spark", "subcondition": "spark", "legacy-temp": "spark"}.get(kind, "databricks")
        note = "; ".join(part for part in (kind, f"SQLSTATE {one['sqlstate']}" if one["sqlstate"] else "") if part)
        level = "info" if one["name"] in NORMAL and family == "databricks" else "error"
        yield row(one["name"], family, note=note, kind=level, source=source(one["source"]))
    for name in DELTA_CONFLICTS:
        yield row(
            name, "spark", note="exception class of a conflicting commit", source="docs.delta.io:concurrency-control"
        )


def database(folder: Path) -> Iterator[Row]:
    """Snowflake, dbt Core and SQL Server codes."""
    for one in facts(folder, "snowflake_dbt_sqlserver.tsv"):
        product, area, code = one["product"], one["area"], one["code"]
        if "SQLSTATE" in area:
            continue  # classes of errors shared by all databases, printed beside a code
        shared = {
            "name": one["symbolic_name"],
            "note": area,
            "transient": transient(one["transient_if_stated"]),
            "source": source(one["source"]) or one["evidence"],
        }
        if product == "Snowflake":
            yield row(code.zfill(6), "snowflake", **shared)
        elif product == "dbt Core" and area == "log event code":
            level = one["severity_or_sqlstate"].removesuffix("Level").lower()
            yield row(
                f"dbt:{code}", "dbt", **(shared | {"kind": {"warn": "warning", "error": "error"}.get(level, "info")})
            )
        elif product == "dbt Core":
            printed = next((text for text, name in DBT_TYPES.items() if name == one["symbolic_name"]), "")
            if printed:
                yield row(f"dbt:{printed}", "dbt", **(shared | {"note": f"exception number {code}"}))
        elif code.lstrip("-").isdigit():
            yield row(f"SqlErrorNumber={code}", "sql-server", **shared)
        else:
            yield row(code, "sql-server-driver", **shared)


def dbt_fusion(folder: Path) -> Iterator[Row]:
    """Codes of the dbt Fusion engine."""
    for one in facts(folder, "dbt_fusion_codes.tsv"):
        yield row(one["code"], "dbt-fusion", name=one["symbolic_name"], source=source(one["source"]))


def fabric(folder: Path) -> Iterator[Row]:
    """Fabric REST codes."""
    for one in facts(folder, "graph_errors.tsv"):
        if one["api"] == "Fabric REST" and not one["code"].isdigit():
            yield row(one["code"], "fabric", note=one["level"].partition(";")[0], source=source(one["source"]))


def oauth(folder: Path) -> Iterator[Row]:
    """OAuth classes and suberrors, which give an unknown code its last answer."""
    kept = {"OAuth2/OIDC protocol", "Entra STS error values", "Entra-specific", "Entra suberror"}
    for one in facts(folder, "oauth_errors.tsv"):
        if one["category"] in kept and one["identifier"].islower() and one["identifier"] != "none":
            yield row(one["identifier"], "oauth", note=one["category"], source=source(one["source"]))


def graph(folder: Path) -> Iterator[Row]:
    """Names that Microsoft Graph and the Power BI REST interface answer; OneNote's numbers would be anybody's."""
    for one in facts(folder, "graph_errors.tsv"):
        api, code = one["api"], one["code"]
        if api == "Fabric REST" or not re.fullmatch(r"[A-Za-z]+(?:_[A-Za-z]+)*", code) or code == "Conflict":
            continue
        family = "power-bi" if api.startswith("Power BI") else "graph"
        yield row(code, family, note=f"{api}: {one['level']}", source=source(one["source"]))


def msal(folder: Path) -> Iterator[Row]:
    """Errors that Microsoft's sign-in libraries raise by themselves, before any service has answered."""
    for one in facts(folder, "oauth_errors.tsv"):
        code = one["identifier"]
        if one["category"] in {"MSAL client error code", "MSAL client error value"} and re.search(r"[a-z]_[a-z]", code):
            yield row(
                code,
                "msal",
                name=one["name_in_library"],
                note=one["where_returned_or_library"],
                source=source(one["source"]),
            )


def merged(rows: Iterator[Row], taken: set[str]) -> list[Row]:
    """One row a code: the first wins, a later one only fills what is missing and adds its note."""
    found: dict[str, Row] = {}
    for one in rows:
        code = one["code"]
        if code in taken:
            continue
        here = found.setdefault(code, dict(one))
        if here is not one and here.get("note") != one.get("note") and one.get("note"):
            parts = here.get("note", "").split("; ")
            here["note"] = "; ".join([*parts, *(part for part in one["note"].split("; ") if part not in parts)]).strip(
                "; "
            )
        for key, value in one.items():
            if value and not here.get(key):
                here[key] = value
    taken.update(found)
    return sorted(found.values(), key=lambda one: (one["family"], _order(one["code"])))


def _order(code: str) -> tuple[str, int, str]:
    digits = re.search(r"\d+\Z", code)
    return (code[: digits.start()], int(digits[0]), "") if digits else (code, 0, "")


TABLES = {
    "entra": entra,
    "password-reset": events,
    "power-bi": power_bi,
    "data-factory": data_factory,
    "databricks": databricks,
    "databases": database,
    "dbt-fusion": dbt_fusion,
    "fabric": fabric,
    "oauth": oauth,
    "graph": graph,
    "msal": msal,
}


def main() -> None:
    """Read the facts and write one table each."""
    folder = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[1] / "book" / "codes"
    out.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for name, read in TABLES.items():
        rows = merged(read(folder), taken)
        lines = ["\t".join(COLUMNS), *("\t".join(one.get(key, "") for key in COLUMNS) for one in rows)]
        (out / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{name}.tsv: {len(rows)} codes")


if __name__ == "__main__":
    main()
