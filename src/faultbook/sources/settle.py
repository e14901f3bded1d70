"""What only the whole evidence settles: whose settings these are, which log continues which, and what was exported twice."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from faultbook.evidence import Fact, Gap, Window
from faultbook.sources.events.log import span

_HOST_IN_NAME: Final = re.compile(r"(?<![a-z0-9.-])(?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,63}")
"""In small letters; possessive and without regard to case, Python 3.11.2 finds nothing."""
_ENDINGS: Final = {"json", "txt", "csv", "xml", "zip", "log", "jsonl", "out"}


def settle(facts: Iterable[Fact]) -> tuple[list[Fact], list[tuple[str, str]]]:
    """The facts put together, and (file, sentence) pairs for the reports."""
    notes: list[tuple[str, str]] = []
    single = _once(facts, notes)
    domains = _federated(single)
    placed = [
        _placed(fact, domains, notes) if fact.kind == "graph.federationConfiguration" and not fact.target else fact
        for fact in single
    ]
    merged = _principals(placed)
    return _logs(merged, notes), notes


def _once(facts: Iterable[Fact], notes: list[tuple[str, str]]) -> list[Fact]:
    """The same content from two files counts once: evidence does not grow by copying."""
    seen: dict[str, Fact] = {}
    for fact in facts:
        key = msgspec.structs.replace(fact, by="").hash
        if key in seen:
            notes.append((fact.by, f"The same content is in {seen[key].by}; it counts once."))
        else:
            seen[key] = fact
    return list(seen.values())


def _federated(facts: Iterable[Fact]) -> list[str]:
    return sorted(
        {
            str(domain.get("id", "")).lower()
            for fact in facts
            if fact.kind == "graph.domains" and isinstance(fact.value, list)
            for domain in fact.value
            if isinstance(domain, dict) and str(domain.get("authenticationType", "")).lower() == "federated"
        }
    )


def _placed(fact: Fact, domains: list[str], notes: list[tuple[str, str]]) -> Fact:
    """Which domain a federation configuration is of: by the file's name, by its issuer, or because only one domain is federated."""
    target = _by_name(fact.by, domains) or _by_issuer(fact.value, domains) or (domains[0] if len(domains) == 1 else "")
    if not target:
        notes.append(
            (
                fact.by,
                "Which domain this federation configuration is of, it does not say. Name the file after the domain.",
            )
        )
    return msgspec.structs.replace(fact, target=target)


def _by_name(by: str, domains: list[str]) -> str:
    name = by.rpartition("/")[2].lower()
    for domain in sorted(domains, key=len, reverse=True):
        if domain in name:
            return domain
    stem, _, ending = name.rpartition(".")
    hosts = _HOST_IN_NAME.findall(stem if ending in _ENDINGS else name)
    return re.sub(r"^(?:federation(?:configuration)?|domains?|fed)-", "", hosts[-1]) if hosts else ""


def _by_issuer(value: Any, domains: list[str]) -> str:
    for configuration in value if isinstance(value, list) else []:
        issuer = str(configuration.get("issuerUri", "")) if isinstance(configuration, dict) else ""
        try:
            host = (urlsplit(issuer).hostname or "").lower()
        except ValueError:
            continue
        for domain in sorted(domains, key=len, reverse=True):
            if host == domain or host.endswith("." + domain):
                return domain
    return ""


def _principals(facts: list[Fact]) -> list[Fact]:
    """One fact for each connector account, put together from the cmdlet that names it and the one that describes it."""
    connectors: dict[str, Fact] = {}
    others: list[Fact] = []
    for fact in facts:
        key = _account_key(fact.target)
        if fact.kind != "ad.principal":
            others.append(fact)
        elif key and key in connectors:
            connectors[key] = _joined(connectors[key], fact)
        else:
            connectors[key or f"\x00{len(connectors)}"] = fact
    rest = []
    for fact in others:
        name = _account_key(str(fact.value.get("sAMAccountName", ""))) if fact.kind == "ad.object" else ""
        if name and name in connectors:
            connectors[name] = _joined(connectors[name], _as_principal(fact))
        else:
            rest.append(fact)
    return rest + list(connectors.values())


def _account_key(name: str) -> str:
    return name.casefold().rstrip("$")


def _as_principal(fact: Fact) -> Fact:
    value = fact.value
    principal = {
        "name": value.get("sAMAccountName", ""),
        "domain": "",
        "sid": value.get("sid"),
        "groups": value.get("memberOf", []),
        "complete": False,
    }
    return msgspec.structs.replace(
        fact, kind="ad.principal", target=str(value.get("sAMAccountName", "")), value=principal
    )


def _joined(one: Fact, other: Fact) -> Fact:
    value = {
        "name": one.value["name"] or other.value["name"],
        "domain": one.value["domain"] or other.value["domain"],
        "sid": one.value["sid"] or other.value["sid"],
        "groups": sorted({*one.value["groups"], *other.value["groups"]}),
        "complete": one.value["complete"] or other.value["complete"],
    }
    by = one.by if one.by == other.by else f"{one.by}, {other.by}"
    return msgspec.structs.replace(one, value=value, by=by)


def _logs(facts: list[Fact], notes: list[tuple[str, str]]) -> list[Fact]:
    """Exports of one log of one machine become one; between two that do not meet lies a gap."""
    logs: dict[tuple[str, str], Fact] = {}
    others: list[Fact] = []
    for fact in facts:
        if fact.kind != "windows.events" or fact.window is None or not fact.value:
            others.append(fact)
            continue
        key = (fact.target.casefold(), str(fact.value[0].get("channel", "")).casefold())
        if key in logs:
            logs[key] = _continued(logs[key], fact, notes)
        else:
            logs[key] = fact
    return others + list(logs.values())


def _continued(one: Fact, other: Fact, notes: list[tuple[str, str]]) -> Fact:
    events: dict[tuple[Any, ...], Any] = {}
    for event in [*one.value, *other.value]:
        numbered = event.get("record_id")
        said = numbered if numbered is not None else event.get("message")
        events.setdefault((event.get("time"), event.get("provider"), event.get("event_id"), said), event)
    twice = len(one.value) + len(other.value) - len(events)
    if twice:
        notes.append((other.by, f"{twice} events are in another file too; they count once."))
    merged = sorted(events.values(), key=lambda event: (event.get("time") or "", event.get("record_id") or 0))
    gaps = [*one.gaps, *other.gaps, *joined_windows([_window(one), _window(other)])[1]]
    return msgspec.structs.replace(
        one,
        value=merged,
        window=span(merged),
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.start, gap.end))),
        by=f"{one.by}, {other.by}",
    )


def joined_windows(windows: Sequence[Window]) -> tuple[Window | None, list[Gap]]:
    """From the first start to the last end, with the time between that no window covers."""
    gaps: list[Gap] = []
    whole: Window | None = None
    for window in sorted(windows, key=lambda one: (one.start, one.end)):
        if whole is None:
            whole = window
            continue
        if whole.end < window.start:
            gaps.append(Gap(whole.end, window.start, "no file covers this time"))
        whole = Window(whole.start, max(whole.end, window.end))
    return whole, gaps


def _window(fact: Fact) -> Window:
    assert fact.window is not None
    return fact.window
