"""In which product and folder the entry of a code lies."""

import re
from pathlib import PurePosixPath
from typing import Final

from faultbook.book.known import MESSAGE, Known

# The product of a code of each family of published codes, where the two have different names.
_PRODUCT: Final = {
    "oauth": "entra",
    "msal": "entra",
    "broker": "entra",
    "password-writeback": "entra-connect",
    "password-protection": "entra-connect",
    "pass-through": "entra-connect",
    "hresult": "entra-connect",
    "spark": "databricks",
    "dbt-fusion": "dbt",
    "sql-server-driver": "sql-server",
    "report-server": "power-bi",
    "windows-security": "entra-connect",
}
# The product of a message without a code, by what its name of ours begins with.
_OF_MESSAGE: Final = {
    "Identity": "entra",
    "Entra": "entra",
    "EntraConnect": "entra-connect",
    "PBI": "power-bi",
    "ADF": "data-factory",
    "Fabric": "fabric",
    "Databricks": "databricks",
    "Spark": "databricks",
    "dbt": "dbt",
    "Snowflake": "snowflake",
    "SQL": "sql-server",
}

# What the codes of a product begin with, or the table's note on them holds; the first that fits gives the folder.
_AREAS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "entra": (
        ("Entra:|Identity:", "", "messages"),
        ("0x", "", "broker"),
        ("", "MSAL", "msal"),
        ("[a-z_]+$", "", "oauth"),
        ("[A-Za-z]+$", "", "msal"),
    ),
    "entra-connect": (
        ("EntraConnect:", "", "messages"),
        ("PasswordReset:", "", "writeback"),
        ("PasswordProtection:", "", "password-protection"),
        ("ADSync:", "", "adsync"),
        ("PTA:", "", "pass-through"),
        ("WinSec:", "", "windows"),
        ("0x", "", "hresult"),
        ("", "", "export"),
    ),
    "power-bi": (
        ("PBI:", "", "messages"),
        ("ReportServer:|r[rs][A-Z]", "", "report-server"),
        ("DM_GW|DMTS_Gateway|Gateway|SapHana", "", "gateway"),
        ("", "gateway", "gateway"),
        ("ModelRefresh|Microsoft.Data.Mashup|0x", "", "refresh"),
        ("", "refresh|XMLA", "refresh"),
        ("", "embedded", "embedded"),
        ("", "", "rest"),
    ),
    "fabric": (("Fabric:", "", "messages"), ("Livy|LIVY", "", "spark"), ("", "Spark", "spark"), ("", "", "rest")),
    "data-factory": (
        ("ADF:[A-Z]", "", "messages"),
        ("DF-|DFExecutor", "", "data-flow"),
        ("", "data flow", "data-flow"),
        ("", "connector", "connectors"),
        ("", "format", "formats"),
        ("ADF:", "", "activities"),
        ("", "activity", "activities"),
        ("", "", "copy"),
    ),
    "databricks": (
        ("Databricks:|Spark:", "", "messages"),
        ("DELTA_|DIFFERENT_DELTA_|.*Concurrent|MetadataChanged|ProtocolChanged", "", "delta"),
        ("", "cluster termination|cluster event", "cluster"),
        ("QuotaExceeded", "", "cluster"),
        ("", "job run", "job"),
        ("", "REST|SQL statement", "rest"),
        ("", "", "spark"),
    ),
    "dbt": (("dbt[0-9]", "", "fusion"), ("dbt:[A-Z][a-z][A-Za-z]*$", "", "messages"), ("", "", "core")),
    "snowflake": (("Snowflake:", "", "messages"), ("", "client|driver|connector", "client"), ("", "", "server")),
    "sql-server": (("SQL:", "", "messages"), ("SqlErrorNumber=", "", "engine"), ("", "", "driver")),
    "graph": (("", "", "api"),),
}


def product_of(known: Known | None, code: str) -> str:
    """The product of a code: that of its family, or what its spelling says; empty where neither does."""
    if known is not None and known.family == MESSAGE:
        return _OF_MESSAGE.get(code.partition(":")[0], "")
    if known is not None:
        gateway = known.family == "power-bi" and _area("power-bi", code, known.note) == "gateway"
        return "power-bi-gateway" if gateway else _PRODUCT.get(known.family, known.family)
    spelt = {r"AADSTS\d": "entra", r"SSPR_\d": "sspr", r"DM_GW": "power-bi-gateway", r"D(M|MTS)_": "power-bi", r"DF-|ADF:": "data-factory",
             r"PasswordReset:|ADSync:|PTA:": "entra-connect", r"SqlErrorNumber=": "sql-server", r"dbt": "dbt",
             r"DELTA_": "databricks", r"0xcaa": "entra", r"\d{6}$": "snowflake"}  # fmt: skip
    return next((product for pattern, product in spelt.items() if re.match(pattern, code)), "")


def place(code: str, product: str, note: str = "") -> PurePosixPath:
    """Where the file of a code belongs, below the folder of entries; ``note`` is what the tables say of it.

    An Entra code lies by hundreds (``entra/500xx``), another in the area of its product.
    """
    if entra := re.fullmatch(r"AADSTS(\d+)", code):
        return PurePosixPath(product, f"{int(entra[1]) // 100}xx", file_name(code))
    if product == "power-bi-gateway":
        return PurePosixPath("power-bi", "gateway", file_name(code))
    return PurePosixPath(product, _area(product, code, note), file_name(code))


def _area(product: str, code: str, note: str) -> str:
    areas = _AREAS.get(product, ())
    return next((area for begin, about, area in areas if re.match(begin, code) and re.search(about, note)), "")


def file_name(code: str) -> str:
    """The name of a code's file: signs that some file systems refuse become hyphens."""
    return f"{re.sub(r'[^A-Za-z0-9._-]', '-', code)}.toml"
