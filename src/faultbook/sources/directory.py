"""Objects of Active Directory: the affected user, the connector account and its groups, from Get-ADUser, ldapsearch or whoami."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from faultbook.evidence import Fact, instant
from faultbook.sources.consoles import blocks, tables, truth, unwrapped
from faultbook.sources.items import Read

Attributes = dict[str, Any]
"""One object: names in lower case, values as text, or as lists of text where there are several."""

_CONNECTOR: Final = re.compile(r"^(?:MSOL_|AAD_|ADSyncMSA|ADSync_|provAgentgMSA|pGMSA_)", re.IGNORECASE)
_CALLED_SO: Final = re.compile(
    r"aad-?_?(?:connect|sync)|azuread|adsync|entra-?_?(?:connect|sync|id)|dirsync", re.IGNORECASE
)
_MADE_BY: Final = re.compile(r"Account created by .*(?:Azure (?:AD|Active Directory)|Entra)", re.IGNORECASE)
_IN_BRACES: Final = re.compile(r",\s(?=(?:CN|OU|DC|S-1-)[=\d-])", re.IGNORECASE)
_SID: Final = re.compile(r"\bS-1-\d+(?:-\d+)+\b")
_RULE: Final = re.compile(r"^=+(?: =+)*\s*$")
_CUT: Final = ("...", "…")
_GENERALIZED: Final = re.compile(r"^(\d{8})(\d{6})(?:\.\d+)?Z$")
_TICKS: Final = 10_000_000


def of_text(text: str, by: str) -> Read | None:
    """Objects in the lists and tables that PowerShell prints."""
    records: list[Mapping[str, Any]] = list(blocks(text))
    for found in tables(text):
        records.extend(found)
    return of_records(records, by, "PowerShell text") or whoami(text, by)


def of_records(records: Iterable[Mapping[str, Any]], by: str, form: str) -> Read | None:
    """Objects in rows of any origin; rows of other things are passed over."""
    facts: list[Fact] = []
    for record in records:
        plain = {str(key).strip().lower().replace(" ", ""): _value(entry) for key, entry in record.items()}
        if fact := _account(plain, by) or of_attributes(plain, by):
            facts.append(fact)
    if not facts:
        return None
    return Read(kind=", ".join(sorted({fact.kind for fact in facts})), format=form, facts=facts, rows=len(facts))


def of_attributes(plain: Attributes, by: str) -> Fact | None:
    """The fact about one object, or None where it is no object of Active Directory."""
    dn = _one(plain.get("distinguishedname") or plain.get("dn"))
    if "=" not in dn or not any(
        plain.get(key)
        for key in ("objectclass", "samaccountname", "sid", "objectsid", "useraccountcontrol", "admincount")
    ):
        return None
    if is_connector(plain):
        return principal(plain, by)
    if "domaindns" in {name.casefold() for name in _many(plain.get("objectclass"))}:
        return Fact(kind="ad.domain", target=dn, value=domain(plain), by=by)
    return Fact(kind="ad.object", target=dn, value=described(plain), by=by)


def is_connector(plain: Attributes) -> bool:
    """Whether the object is an account that Entra Connect made for itself, or that an administrator made and called after it."""
    name = _one(plain.get("samaccountname") or plain.get("name"))
    if truth(_one(plain.get("faultbookconnector"))):  # written beside an account that was named as the connector's
        return True
    return bool(_CONNECTOR.match(name) or _CALLED_SO.search(name) or _MADE_BY.search(_one(plain.get("description"))))


def described(plain: Attributes) -> dict[str, Any]:
    """The value of ``ad.object``: keys only where the file says something."""
    value: dict[str, Any] = {"dn": _one(plain.get("distinguishedname") or plain.get("dn"))}
    for key, name in (("userPrincipalName", "userprincipalname"), ("sAMAccountName", "samaccountname")):
        if text := _one(plain.get(name)):
            value[key] = text
    if classes := _many(plain.get("objectclass")):
        value["objectClass"] = classes[-1]
    for key, name in (("adminCount", "admincount"), ("userAccountControl", "useraccountcontrol")):
        if (number := _number(plain.get(name))) is not None:
            value[key] = number
    if sid := _sid(plain):
        value["sid"] = sid
    if (groups := _groups(plain)) is not None:
        value["memberOf"] = groups[0]
    if (enabled := truth(_one(plain.get("enabled")))) is not None:
        value["enabled"] = enabled
    return value


def domain(plain: Attributes) -> dict[str, Any]:
    """The value of ``ad.domain``: the default password policy in whole units, and how far the domain's clock is ahead, where both clocks are given."""
    value: dict[str, Any] = {"dn": _one(plain.get("distinguishedname") or plain.get("dn"))}
    for key in ("minPwdAge", "maxPwdAge", "lockoutDuration", "lockOutObservationWindow"):
        if (ticks := _ticks(plain.get(key.lower()))) is not None:
            value[f"{key}Seconds"] = ticks // _TICKS
    for key in ("minPwdLength", "pwdHistoryLength", "lockoutThreshold", "pwdProperties"):
        if (number := _number(plain.get(key.lower()))) is not None:
            value[key] = number
    theirs, ours = (_generalized(_one(plain.get(key))) for key in ("currenttime", "readat"))
    if theirs and ours:
        value["clockAheadSeconds"] = round((theirs - ours).total_seconds())
    return value


def _generalized(text: str) -> dt.datetime | None:
    """An instant as a directory prints it: ``20260302081400.0Z``."""
    match = _GENERALIZED.match(text)
    return instant(f"{match[1]}T{match[2]}Z") if match else None


def _ticks(raw: Any) -> int | None:
    """A span of time as the directory writes it: negative ticks of 100 ns; the smallest number means for ever."""
    text = _one(raw)
    if not re.fullmatch(r"-?\d{1,20}", text) or int(text) <= -(2**63):
        return None
    return -int(text)


def principal(plain: Attributes, by: str) -> Fact:
    """The value of ``ad.principal``: groups are complete only where the token's own list (tokenGroups) is there."""
    name = _one(plain.get("samaccountname") or plain.get("name"))
    dn = _one(plain.get("distinguishedname") or plain.get("dn"))
    token = _many(plain.get("tokengroups"))
    groups = _groups(plain)
    held = [*token, *(groups[0] if groups else [])]
    sid = _sid(plain)
    primary = _number(plain.get("primarygroupid"))
    if sid and primary:
        held.append(f"{sid.rpartition('-')[0]}-{primary}")
    value = {
        "name": name,
        "domain": ".".join(part[3:] for part in dn.split(",") if part[:3].upper() == "DC="),
        "sid": sid or None,
        "groups": sorted(set(held)),
        "complete": bool(token) and not _is_cut(plain.get("tokengroups")),
    }
    return Fact(kind="ad.principal", target=name, value=value, by=by)


def whoami(text: str, by: str) -> Read | None:
    """``whoami /all``, ``/user`` or ``/groups``: a table of the account, a table of its groups; every group of the token is listed."""
    name = sid = ""
    groups: list[str] = []
    columns = 0
    for line in text.splitlines():
        if not line.strip():
            columns = 0
        elif not columns and _RULE.match(line):
            columns = len(line.split())
        elif columns and (found := _SID.search(line)):
            if columns == 2:
                name, sid = line[: found.start()].strip(), found[0]
            elif columns >= 4 and "deny only" not in line.lower():
                groups.append(found[0])
    if not groups and not sid:
        return None
    domain, _, account = name.rpartition("\\")
    value: dict[str, Any] = {
        "name": account,
        "domain": domain,
        "sid": sid or None,
        "groups": sorted(set(groups)),
        "complete": bool(groups),
    }
    return Read(
        kind="ad.principal",
        format="whoami",
        facts=[Fact(kind="ad.principal", target=account, value=value, by=by)],
        rows=len(groups) or 1,
    )


def _account(plain: Attributes, by: str) -> Fact | None:
    """A row of Get-ADSyncADConnectorAccount: a name and a domain, not yet a SID."""
    name = unwrapped(_one(plain.get("adconnectoraccountname")))
    if not name:
        return None
    domain, _, account = name.rpartition("\\")
    value: dict[str, Any] = {
        "name": account,
        "domain": unwrapped(_one(plain.get("adconnectoraccountdomain"))) or domain,
        "sid": None,
        "groups": [],
        "complete": False,
    }
    return Fact(kind="ad.principal", target=account, value=value, by=by)


def _groups(plain: Attributes) -> tuple[list[str], bool] | None:
    """Groups of ``memberOf``, and whether the list was cut; None where the file does not say."""
    raw = plain.get("memberof")
    if raw is None or (isinstance(raw, str) and "PropertyValueCollection" in raw):
        return None
    names = _many(raw)
    return [name for name in names if name not in _CUT], _is_cut(raw)


def _is_cut(raw: Any) -> bool:
    return any(str(part).rstrip(" }").endswith(_CUT) for part in _many(raw))


def _value(entry: Any) -> Any:
    """PowerShell's wrappers undone: a SID object is its value, a collection its elements, a broken line one line."""
    if isinstance(entry, dict):
        return _value(entry.get("Value", entry.get("value", "")))
    if isinstance(entry, list):
        return [_value(inner) for inner in entry]
    if isinstance(entry, str):
        text = unwrapped(entry) if "\n" in entry else entry.strip()
        if text.startswith("{") and text.endswith("}"):
            return [part.strip() for part in _IN_BRACES.split(text[1:-1]) if part.strip()]
        return text
    return entry


def _many(raw: Any) -> list[str]:
    if raw is None or raw == "":
        return []
    if isinstance(raw, list):
        return [str(part) for part in raw if part not in (None, "")]
    return [part for part in str(raw).split(";") if part] if ";" in str(raw) else [str(raw)]


def _one(raw: Any) -> str:
    found = _many(raw) if not isinstance(raw, str) else [raw]
    return found[0].strip() if found else ""


def _number(raw: Any) -> int | None:
    text = _one(raw)
    return int(text) if re.fullmatch(r"-?\d{1,12}", text) else None


def _sid(plain: Attributes) -> str:
    match = _SID.search(_one(plain.get("sid") or plain.get("objectsid")))
    return match[0] if match else ""
