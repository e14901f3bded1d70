"""Settings of Entra Connect as its cmdlets print them, as lists, tables or JSON."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from faultbook.evidence import Fact
from faultbook.sources.consoles import blocks, tables, truth, unwrapped
from faultbook.sources.items import Read

_ON: Final = (
    "enabled",
    "isenabled",
    "passwordwritebackenabled",
    "passwordwriteback",
    "enable",
    "ispasswordwritebackenabled",
)
_CONNECTOR: Final = ("connector", "connectorname", "aadconnector", "aadconnectorname", "adconnector", "name")
_STAGING: Final = ("stagingmodeenabled", "microsoft.synchronize.stagingmode")
_VERSION_NAMES: Final = ("microsoft.synchronize.serverconfigurationversion",)
_VERSION: Final = re.compile(r"\b(\d{1,3}\.\d{1,3}\.\d{1,5}\.\d{1,5})\b")
_PRODUCT: Final = re.compile(r"(?:Azure AD|Entra|Azure Active Directory) Connect\b", re.IGNORECASE)
_PRODUCT_LINE: Final = re.compile(
    r"(?:Azure AD|Entra|Azure Active Directory) Connect\b[^\n]{0,80}?\b(\d{1,3}\.\d{1,3}\.\d{1,5}\.\d{1,5})\b",
    re.IGNORECASE,
)
_MOST: Final = 2_000
"""No server has so many connectors: a longer list is of something else."""
_SCHEDULER: Final = (
    "currentlyeffectivesynccycleinterval",
    "synccycleenabled",
    "nextsynccyclepolicytype",
    "schedulersuspended",
)


def of_text(text: str, by: str) -> Read | None:
    """What a console transcript says of the settings; several outputs in one file are put together."""
    records: list[Mapping[str, Any]] = list(blocks(text))
    for found in tables(text):
        records.extend(found)
    product = _PRODUCT_LINE.search(text)
    return _of_records(records, by, "PowerShell text", product[1] if product else "")


def of_json(document: Any, by: str) -> Read | None:
    """The same from ConvertTo-Json."""
    records = document if isinstance(document, list) else [document]
    if len(records) > _MOST:
        return None
    return _of_records([record for record in records if isinstance(record, dict)], by, "PowerShell JSON", "")


def _of_records(records: Iterable[Mapping[str, Any]], by: str, form: str, version: str) -> Read | None:
    value: dict[str, Any] = {"version": version} if version else {}
    connectors: list[dict[str, Any]] = []
    rows = 0
    for record in _with_parameters(records):
        plain = {str(key).strip().lower(): entry for key, entry in record.items()}
        said = _settings(plain)
        connector = _connector(plain)
        if connector is not None:
            connectors.append(connector)
        value.update(said)
        rows += bool(said) or connector is not None or any(key in plain for key in _SCHEDULER)
    problems = _summarise(connectors, value)
    if not value:
        return None
    return Read(
        kind="connect.settings",
        format=form,
        facts=[Fact(kind="connect.settings", value=value, by=by)],
        rows=max(rows, 1),
        problems=problems,
    )


def _with_parameters(records: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Global settings keep their values as parameters with a name and a value."""
    for record in records:
        yield record
        parameters = record.get("Parameters")
        if isinstance(parameters, list):
            yield from (parameter for parameter in parameters if isinstance(parameter, dict))


def _settings(plain: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if isinstance(plain.get("name"), str) and "value" in plain:
        plain = {str(plain["name"]).lower(): plain["value"]}
    for key in _STAGING:
        if (on := truth(plain.get(key))) is not None:
            said["stagingMode"] = on
    for key in _VERSION_NAMES:
        if number := _VERSION.search(str(plain.get(key, ""))):
            said["version"] = number[1]
    if _PRODUCT.search(str(plain.get("displayname", ""))) and (
        number := _VERSION.search(str(plain.get("displayversion", "")))
    ):
        said["version"] = number[1]
    if "miiserver" in str(plain.get("filename", "")).lower() and (
        number := _VERSION.search(str(plain.get("productversion", "")))
    ):
        said["version"] = number[1]
    return said


def _connector(plain: Mapping[str, Any]) -> dict[str, Any] | None:
    """Whether writeback is on, as Get-ADSyncAADPasswordResetConfiguration says for one connector.

    ``Enabled`` stands in many outputs, so it counts only beside the name of a connector and nothing that speaks of a person.
    """
    if "distinguishedname" in plain or "samaccountname" in plain or "userprincipalname" in plain:
        return None
    on = next((state for key in _ON if (state := truth(plain.get(key))) is not None), None)
    name = next((str(plain[key]) for key in _CONNECTOR if plain.get(key)), "")
    explicit = any("writeback" in key for key in _ON if key in plain)
    if on is None or not (explicit or any(key in plain for key in _CONNECTOR[:-1])):
        return None
    return {"name": unwrapped(name), "passwordWriteback": on}


def _summarise(connectors: list[dict[str, Any]], value: dict[str, Any]) -> list[str]:
    if not connectors:
        return []
    value["connectors"] = connectors
    states = {connector["passwordWriteback"] for connector in connectors}
    if len(states) == 1:
        value["passwordWritebackEnabled"] = states.pop()
        return []
    return ["Password writeback is on for some connectors and off for others."]
