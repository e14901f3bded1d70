"""The entry of a code of which nothing but the code is published: no prose in its file, honest sentences on its page.

Such an entry says ``known_only = true`` and holds the facts: code, name, product, samples, sources. Its texts are made here, from the facts and
from the tables, so that nobody has to fill a page with sentences that say nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from faultbook.book.known import Known, Shelf, stretch_said
from faultbook.book.oauth import CLASSES
from faultbook.model import Entry, Neighbour, Published

MADE: Final = ("summary", "meaning", "first_step", "retry", "cause", "fix", "faq", "not_known", "published")
"""What a known-only entry does not hold: it is made, or there would be nothing to put into it."""

_LONGEST_NAME: Final = 66
_QUESTION: Final = "How do I find out more?"

# Where more is to be found than the code says: the first look, and what else helps. {code} and {number} stand for the entry's own.
_LOOK: Final[dict[str, tuple[str, str]]] = {
    "entra": (
        "Open the failing sign-in in the sign-in log by its correlation id: *Failure reason* says in words what {number} does not.",
        "Microsoft's own page of one number, https://login.microsoftonline.com/error?code={number}, shows today's text, and changes without notice. The message usually goes on behind the code; keep all of it with trace id, correlation id and time, by which Microsoft finds the request.",
    ),
    "sspr": (
        "Look in the audit log, service *Self-service Password Management*, for the attempt: its *Status reason* is longer than the code.",
        "For a synchronised person the Application log of the sync server, source PasswordResetService, has an event of the same minute.",
    ),
    "entra-connect": (
        "Read the whole event in the Application log of the server, and the events of the same source within the minute before it.",
        "A number such as hr=8023… or a Win32 number inside the event says more than the event's own; look that up too.",
    ),
    "power-bi": (
        "Open the refresh history or the details of the message, and look for a second code inside: the innermost says most.",
        "Keep activity id, request id and time from *Show details*; Microsoft's support finds the request by them.",
    ),
    "power-bi-gateway": (
        "Read the gateway's own log of that minute, Report and Network files: the error of the data source stands behind {code}.",
        "*Export logs* in the gateway app packs the files. Keep activity id and request id, under which the service and the gateway log the same query.",
    ),
    "fabric": (
        "Read *message*, *moreDetails* and *relatedResource* of the same answer: the code names the kind of error, they name the item.",
        "Keep *requestId* of the answer (or the header of that name) and the time; Microsoft's support finds the call by them.",
    ),
    "data-factory": (
        "Open the run of the activity in *Monitor* and read *failureType* and the whole message: the inner error stands at its end.",
        "Run id of pipeline and activity, and with a self-hosted integration runtime its log of that minute, belong to every question about it.",
    ),
    "databricks": (
        "Read the sentence behind the code and its SQLSTATE: the placeholders in it name the table, column or setting.",
        "The driver's log and the cluster's event log hold the stack trace around it. The last *Caused by* is the innermost.",
    ),
    "dbt": (
        "Look into `logs/dbt.log` of the run: it holds the lines around {code} that the terminal leaves out.",
        "Run the one node again with `--debug --select`, and read the statement under `target/run` that was sent to the database.",
    ),
    "snowflake": (
        "Look the statement up in *Query History* by its query id: the full message stands there beside the SQL text.",
        "The driver's log at level DEBUG shows the request that failed, where the code comes from the client and not from the server.",
    ),
    "sql-server": (
        "Note severity and state beside {number}, and read the server's error log of that minute: the state tells apart what the number does not.",
        "`SELECT text FROM sys.messages WHERE message_id = {number} AND language_id = 1033` shows the server's own wording.",
    ),
    "driver": (
        "Read the message beside {code} and the error inside it: a driver's code says in which step it failed, not why.",
        "An error of the server has a number of its own, severity and state; where there is one, look that up instead.",
    ),
    "graph": (
        "Read *message* and *innerError* of the answer, and the HTTP status: the code names a class, they name the case.",
        "Keep *request-id*, *client-request-id* and *date* of *innerError*; Microsoft's support finds the request by them.",
    ),
}  # fmt: skip


def completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The TOML of a known-only entry with its made texts; ValueError where it holds texts of its own."""
    if own := [key for key in MADE if key in data]:
        raise ValueError(f"An entry with known_only has no {own[0]}: it is made from the facts")
    code, name = str(data.get("code", "")), str(data.get("name", ""))
    number = code.removeprefix("AADSTS").rpartition("=")[2].rpartition(":")[2]
    product = str(data.get("product", ""))
    driver = product == "sql-server" and not number.lstrip("-").isdigit()
    look, more = _LOOK.get("driver" if driver else product, _LOOK["entra"])
    words = {"code": code, "number": number}
    retry = {
        "advice": "wait-then-retry" if data.get("transient") == "yes" else "retry-once",
        "why": "A list calls it passing, without saying after what time."
        if data.get("transient") in {"yes", "may"}
        else "Nothing published says whether it passes; a second try tells, a tenth does not.",
    }
    return {
        **data,
        "summary": _summary(code, name),
        "meaning": _meaning(code, name),
        "first_step": look.format(**words),
        "faq": [{"q": _QUESTION, "a": more.format(**words)}],
        "retry": retry,
    }


def with_published(entries: Iterable[Entry], known: Sequence[Known]) -> list[Entry]:
    """The entries, the known-only ones among them with what the tables say of their codes, as data and in their meaning."""
    shelf, by_code = Shelf(known), {one.code: one for one in known}
    return [_told(entry, by_code.get(entry.code), shelf) if entry.known_only else entry for entry in entries]


def _told(entry: Entry, one: Known | None, shelf: Shelf) -> Entry:
    nearest, stretch = shelf.beside(entry.code), shelf.stretch(entry.code)
    oauth = one.oauth_error if one else ""
    published = Published(
        family=one.family if one else "",
        about=one.note if one else "",
        oauth_error=oauth,
        oauth_says=CLASSES.get(oauth, ""),
        low=stretch.low if stretch else 0,
        high=stretch.high if stretch else 0,
        count=stretch.published if stretch else 0,
        range_about=stretch.about if stretch else "",
        nearest=[Neighbour(code=near.code, name=near.name) for near in nearest],
    )
    told = [f"Filed under: {one.note}." if one and one.note else "", *stretch_said(stretch, nearest)]
    if oauth:
        told.insert(0, f"It came as {oauth}{f': {CLASSES[oauth]}' if oauth in CLASSES else '.'}")
    meaning = "\n\n".join([entry.meaning.strip(), " ".join(part for part in told if part)]).strip()
    return msgspec.structs.replace(entry, published=published, meaning=f"{meaning}\n")


def _summary(code: str, name: str) -> str:
    if name and len(name) <= _LONGEST_NAME:
        return f"Published with its name, {name}, and no word on what it means."
    if name or not any(sign.isdigit() for sign in code):
        return "Published by its name alone: no source says what it means."
    return "Published as a number alone: no source says what it means."


def _meaning(code: str, name: str) -> str:
    if name:
        return f"The sources of this book give {code} a name, {name}, and say nothing else of it: not when it is printed, not what causes it, not what ends it."
    return f"The sources of this book list {code} and say nothing else of it: not when it is printed, not what causes it, not what ends it."
