"""Whose message a text is, where its words alone do not say it."""

import re
from typing import Final

from faultbook.book.known import MESSAGE
from faultbook.recognise.wording import NEEDS

_SIGN_IN = re.compile(
    r"microsoft|azure ?ad|(?<![a-z])aad(?![a-z])|\bentra\b|office ?365|\bm365\b|\bmsal|\badal\b|sign-?in log|conditional access|\btenant\b|azure portal",
    re.IGNORECASE,
)
SURROUNDINGS: Final = {
    "power-bi": (
        re.compile(
            r"power ?(?:bi|query)|\bpbi\b|mashup|semantic model|\bdax\b|(?:Expression|DataSource|DataFormat|Formula)\.(?:Error|SyntaxError|Firewall)"
            r"|OLE ?DB (?:or|of|oder|ou|und|o|u|或|または) ODBC|cluster uri|analysis\.windows\.net|data gateway",
            re.IGNORECASE,
        ),
    ),
    "sign-in": (_SIGN_IN,),
    "password-reset": (
        _SIGN_IN,
        re.compile(r"password|kennwort|contraseña|mot de passe|senha|wachtwoord|密码|パスワード", re.IGNORECASE),
    ),
    "pipeline": (
        re.compile(
            r"data ?factory|\badf\b|integration ?runtime|copy (?:activity|data)|linked ?service|data ?flow|synapse|Microsoft\.DataTransfer|Operation on target|pipeline",
            re.IGNORECASE,
        ),
    ),
    "fabric": (re.compile(r"(?<![a-z])fabric(?![a-z])|lakehouse|onelake|api\.powerbi\.com|power ?bi", re.IGNORECASE),),
    "databricks": (re.compile(r"spark|databricks|\bdelta\b|AnalysisException|unity catalog|\bdbfs\b", re.IGNORECASE),),
    "snowflake": (re.compile(r"snowflake|snowpark|snowsql", re.IGNORECASE),),
    "dbt": (re.compile(r"(?<![a-z])dbt(?![a-z])", re.IGNORECASE),),
    "sql-server": (
        NEEDS["pipeline"],
        re.compile(r"sql server|azure sql|SqlClient|SqlException|Microsoft SQL", re.IGNORECASE),
    ),
}
"""What must stand in a text, all of it, before a code is guessed by likeness; narrower than what a fragment needs, whose words were found."""
_OF_FAMILY: Final = {
    "data-factory": "pipeline",
    "databricks": "databricks",
    "dbt": "dbt",
    "entra": "sign-in",
    "fabric": "fabric",
    "password-writeback": "password-reset",
    "power-bi": "power-bi",
    "snowflake": "snowflake",
    "spark": "databricks",
    "sql-server": "sql-server",
    "sspr": "password-reset",
}
_OF_NAME: Final = {
    "ADF": "pipeline",
    "Databricks": "databricks",
    "Entra": "sign-in",
    "EntraConnect": "sign-in",
    "Fabric": "fabric",
    "Identity": "sign-in",
    "PBI": "power-bi",
    "SQL": "sql-server",
    "Snowflake": "snowflake",
    "Spark": "databricks",
    "dbt": "dbt",
}


def surroundings_of(code: str, family: str) -> str | None:
    """The surroundings in which alone a code is guessed by likeness; None where it never is."""
    return _OF_NAME.get(code.partition(":")[0]) if family == MESSAGE else _OF_FAMILY.get(family)


def around(text: str) -> frozenset[str]:
    """The surroundings that a text shows."""
    return frozenset(
        name for name, needed in SURROUNDINGS.items() if all(pattern.search(text) is not None for pattern in needed)
    )
