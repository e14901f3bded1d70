"""Where a source of the tables of published codes is to be read: its address, its kind, and what to call it."""

import re
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

# The folder of a documentation repository, and where its pages are published. A page's path is the file's, without its ending.
_DOCS: Final = {
    "entra-docs:docs/": "https://learn.microsoft.com/entra/",
    "azure-docs:articles/": "https://learn.microsoft.com/azure/",
    "powerbi-docs:powerbi-docs/": "https://learn.microsoft.com/power-bi/",
    "fabric-docs:docs/": "https://learn.microsoft.com/fabric/",
    "SupportArticles-docs:support/": "https://learn.microsoft.com/troubleshoot/",
    "sql-docs:docs/": "https://learn.microsoft.com/sql/",
    "sql-docs:azure-sql/": "https://learn.microsoft.com/azure/azure-sql/",
    "MicrosoftDocs/win32:desktop-src/": "https://learn.microsoft.com/windows/win32/",
    "microsoftgraph/microsoft-graph-docs:concepts/": "https://learn.microsoft.com/graph/",
    "docs.delta.io:": "https://docs.delta.io/latest/",
    "docs.snowflake.com:": "https://docs.snowflake.com/en/",
}
_NAMED: Final = {
    "Databricks/Azure Databricks error-classes page": "https://learn.microsoft.com/azure/databricks/error-messages/error-classes",
    "unverified: well-known engine error number": "https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors",
    "Microsoft VNet data gateway doc": "https://learn.microsoft.com/data-integration/vnet/overview",
    "powerbi-docs: troubleshoot-xmla-endpoint.md": "https://learn.microsoft.com/power-bi/enterprise/troubleshoot-xmla-endpoint",
    "IANA OAuth Extensions Error Registry": "https://www.iana.org/assignments/oauth-parameters",
}
"""Sources that the tables describe in words."""

_MOVED: Final = {
    "azure-docs:articles/active-directory/reports-monitoring/reference-sign-ins-error-codes": "https://learn.microsoft.com/entra/identity-platform/reference-error-codes",
}

# A package of a vendor, and the repository in which its code is read.
_CODE: Final = {
    "pyspark": "apache/spark",
    "databricks-sdk": "databricks/databricks-sdk-py",
    "dbt-core": "dbt-labs/dbt-core",
    "dbt-common": "dbt-labs/dbt-common",
    "dbt-adapters": "dbt-labs/dbt-adapters",
    "dbt-sqlserver": "dbt-msft/dbt-sqlserver",
    "snowflake-connector-python": "snowflakedb/snowflake-connector-python",
    "snowflake-snowpark-python": "snowflakedb/snowpark-python",
    "snowflake-cli": "snowflakedb/snowflake-cli",
    "snowflake-sdk": "snowflakedb/snowflake-connector-nodejs",
    "msal": "AzureAD/microsoft-authentication-library-for-python",
    "@azure/msal-browser": "AzureAD/microsoft-authentication-library-for-js",
    "@azure/msal-common": "AzureAD/microsoft-authentication-library-for-js",
    "@azure/msal-node": "AzureAD/microsoft-authentication-library-for-js",
    "mssql": "tediousjs/node-mssql",
    "tedious": "tediousjs/tedious",
    "msal-dotnet": "AzureAD/microsoft-authentication-library-for-dotnet",
    "msal-java": "AzureAD/microsoft-authentication-library-for-java",
}
_VENDORS: Final = (
    "microsoft.com", "azure.com", "microsoftonline.com", "powerbi.com", "office.com", "databricks.com", "snowflake.com", "getdbt.com",
    "docs.aws.amazon.com", "docs.cloud.google.com", "apache.org", "delta.io", "ietf.org", "rfc-editor.org", "openid.net", "iana.org",
)  # fmt: skip
_VENDOR_PLACES: Final = re.compile(
    r"github\.com/(MicrosoftDocs|microsoft|microsoftgraph|Azure|AzureAD|Azure-Samples|dotnet|dbt-labs|databricks|delta-io|snowflakedb|apache)/"
)

_PACKAGE = re.compile(r"(?:pypi|npm):(?P<name>@?[\w./-]+)(?: (?P<version>[\w.]+))?")
_LIBRARY = re.compile(r"(?P<name>msal-dotnet|msal-java)\b")
_THREAD = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)#(?P<number>\d+)\Z")
_REPOSITORY = re.compile(
    r"(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<at>\w+)|:(?P<path>[^\s@!]+)(?:@(?P<pinned>\w+))?|\s|\Z)"
)


class Place(Struct, frozen=True, kw_only=True):
    """``id`` is how an entry may call the source; ``name`` says in a few words what it is."""

    id: str
    url: str
    kind: Literal["vendor", "community"]
    name: str


def cite(source: str) -> Place | None:
    """The place that a table's ``source`` column names; None where that is no public page or repository."""
    first = source.partition(";")[0].strip()
    if place := _documentation(first):
        return place
    if url := next((url for words, url in _NAMED.items() if first.startswith(words)), ""):
        return Place(id=_id(url), url=url, kind="vendor", name="the documentation")
    if found := _PACKAGE.match(first):
        return _repository(_CODE.get(found["name"], ""), f"version {found['version']}" if found["version"] else "")
    if found := _LIBRARY.match(first):
        return _repository(_CODE[found["name"]], "")
    if found := _THREAD.match(first):
        url = f"https://github.com/{found['repository']}/issues/{found['number']}"
        return Place(
            id=_id(found["repository"]) + found["number"], url=url, kind="community", name="a public thread about it"
        )
    if found := _REPOSITORY.match(first):
        return _repository(found["repository"], "", found["path"] or "", found["pinned"] or found["at"] or "")
    return None


def of_vendor(url: str) -> bool:
    """Whether an address is one at which a vendor, or the body that sets the standard, publishes."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    ours = any(host == vendor or host.endswith(f".{vendor}") for vendor in _VENDORS)
    return ours or _VENDOR_PLACES.match(f"{host}{parts.path}") is not None


def _documentation(source: str) -> Place | None:
    for folder, address in _DOCS.items():
        if source.startswith(folder):
            path = re.sub(r"(\.md)?[@ ].*|\.md$", "", source)
            page = path.removeprefix(folder)
            if page.endswith(("/", "*")):
                return Place(
                    id="ms-docs", url=address + page.rpartition("/")[0], kind="vendor", name="the documentation"
                )
            url = _MOVED.get(path, address + page)
            return Place(id=_id(url), url=url, kind="vendor", name="the documentation")
    return None


def _repository(repository: str, version: str, path: str = "", at: str = "") -> Place | None:
    if not repository:
        return None
    inside = f"/blob/{at}/{path}" if path and at and "*" not in path else ""
    url = f"https://github.com/{repository}{inside}"
    return Place(
        id=_id(repository),
        url=url,
        kind="vendor" if of_vendor(url) else "community",
        name=f"the code of {repository}{f', {version}' if version else ''}",
    )


def _id(address: str) -> str:
    """The last part of an address as an id, cut to a few words."""
    last = re.sub(r"[^a-z0-9]+", "-", address.rstrip("/").rpartition("/")[2].lower()).strip("-")
    return {"reference-error-codes": "ms-codes"}.get(last, "-".join(last.split("-")[:4]) or "source")
