"""One file to its facts: what the content is, and which reader knows it."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from faultbook.evidence import Fact
from faultbook.sources import (
    bundle,
    cmdlets,
    connect,
    descriptors,
    directory,
    events,
    federation,
    graph,
    ldif,
    lenient,
    ours,
    people,
    powerbi,
    tables,
)
from faultbook.sources.events import binary, markup, plain, rows
from faultbook.sources.items import MEGA, Item, Limits, Read, TooLarge, clean, decode, is_binary, read_text

_XML_LIMIT: Final = 32 * MEGA
_TEXT_LIMIT: Final = 64 * MEGA
_CONSOLE_LIMIT: Final = 8 * MEGA
_LINE: Final = 16 * MEGA
_BINARIES: Final = (
    (b"\x1f\x8b", "It is compressed with gzip. Unpack it first."),
    (b"7z\xbc\xaf", "It is a 7-Zip archive. Unpack it first."),
    (b"Rar!", "It is a RAR archive. Unpack it first."),
    (b"LfLe", "It is an event log in the format before Windows Vista, which is not read."),
    (b"%PDF", "It is a PDF. Give the export itself, not a print of it."),
    (b"\x89PNG", "It is a picture. Copy the text, or export the data."),
    (b"\xff\xd8\xff", "It is a picture. Copy the text, or export the data."),
    (b"\xd0\xcf\x11\xe0", "It is an old Office document. Save the table in it as CSV."),
    (b"PAR1", "It is a Parquet file, which is not read. Export JSON or CSV."),
)


def read_item(item: Item, limits: Limits) -> Read:
    """The facts in a file, whatever it is. A file that cannot be used says why; it never raises for what is in the file."""
    try:
        return _by_form(item, limits)
    except TooLarge as large:
        return Read(problems=[str(large)])
    except OSError as error:
        return Read(problems=[f"The file cannot be read ({error.strerror})."])


def _by_form(item: Item, limits: Limits) -> Read:
    head = item.head
    if head.startswith(b"PK"):
        return _sealed(item)
    if head.startswith(binary.MAGIC):
        return binary.read(item, limits)
    for magic, sentence in _BINARIES:
        if head.startswith(magic):
            return Read(problems=[sentence])
    if not head.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n"):
        return powerbi.status_answer(decode(head)[0], item.shown) or Read(problems=["The file is empty."])
    if is_binary(head):
        return Read(problems=["It is a binary file of a kind that is not read."])
    start = decode(head)[0].lstrip()
    if start.startswith("<"):
        return _markup(item, start, limits)
    if start.startswith(("{", "[")):
        return _json(item, start, limits)
    return _plain(item, start, limits)


def _sealed(item: Item) -> Read:
    found = bundle.read_bundle(item.path)
    return Read(
        kind="bundle",
        format="sealed bundle",
        facts=list(found.facts),
        rows=len(found.facts),
        problems=list(found.problems),
    )


def _markup(item: Item, start: str, limits: Limits) -> Read:
    if markup.is_events(start):
        return markup.read(item, limits)
    if start[:15].lower().startswith(("<!doctype html", "<html")):
        return Read(
            problems=["It is a web page, not the data: perhaps a sign-in page was saved in its place. Export it again."]
        )
    text, problems = _bounded(item, _XML_LIMIT, limits)
    try:
        root = federation.tree(text)
    except federation.NotXml as reason:
        return Read(problems=[*problems, str(reason)])
    if federation.local(root) == "Objs":
        return Read(problems=["It is PowerShell's CLIXML (Export-Clixml). Export again with ConvertTo-Json."])
    read = federation.metadata(root, item.shown) or federation.realm_xml(root, item.shown)
    return _with(
        problems,
        read
        or Read(
            format="XML",
            problems=[f"XML with the root {clean(federation.local(root), 60)} is of no kind that is read here."],
        ),
    )


def _json(item: Item, start: str, limits: Limits) -> Read:
    if item.size > limits.document and (streamed := _streamed(item, start, limits)):
        return streamed
    text, problems = read_text(item, limits)
    parsed = lenient.parse(text, limits.depth)
    problems += parsed.problems
    documents = parsed.values
    if len(documents) > 1 and not any(
        isinstance(one, dict) and isinstance(one.get("value"), list) for one in documents
    ):
        documents = [documents]
    reads = [made for one in documents for made in _document(one, item.shown, limits, partial=parsed.partial)]
    if reads:
        return _with(problems, _together(reads))
    return Read(
        format="JSON",
        problems=[*problems, f"{_described(documents)} is of no kind that is read here."] if documents else problems,
    )


def _document(document: Any, by: str, limits: Limits, *, partial: bool) -> list[Read]:
    """What one JSON document is, asked from the narrowest shape to the widest."""
    if not document:
        answered = powerbi.status_answer(json.dumps(document), by)
        return [answered] if answered else graph.read(document, by)
    if (own := ours.read(document, by, limits.events)) is not None:
        return own
    if one := powerbi.read(document, by) or federation.realm(document, by):
        return [one]
    records = _records(document)
    if records and rows.is_events(records[0]):
        log = events.Log(limits.events)
        rows.collect(records, log)
        return [log.finish("event JSON", by)]
    found: Read | None = None
    if records:
        both = (descriptors.of_records(records, by), directory.of_records(records, by, "PowerShell JSON"))
        found = _together(reads) if (reads := [read for read in both if read]) else None
    found = found or connect.of_json(document, by)
    if found is None and isinstance(document, dict | list):
        found = _access_list(document, by)
    if found:
        return [found]
    if made := graph.read(document, by, partial=partial):
        return made
    refused = graph.refusal(document, by) or _oauth_error(document)
    return [refused] if refused else []


def _records(document: Any) -> list[dict[str, Any]]:
    """The objects of a list, of a ``value``, or of an Elasticsearch answer; a single object is a list of one."""
    inner = document
    if isinstance(document, dict):
        hits = document.get("hits")
        inner = next(
            (document[key] for key in ("value", "Events", "records", "rows") if isinstance(document.get(key), list)),
            [document],
        )
        if isinstance(hits, dict) and isinstance(hits.get("hits"), list):
            inner = hits["hits"]
    return [record for record in inner if isinstance(record, dict)] if isinstance(inner, list) else []


def _access_list(document: Any, by: str) -> Read | None:
    """The entries of ``(Get-Acl …).Access | ConvertTo-Json``, or whole answers of ``Get-Acl`` with the entries inside."""
    wrapped = document.get("value") if isinstance(document, dict) else None
    items = wrapped if isinstance(wrapped, list) else document if isinstance(document, list) else [document]
    whole = [item for item in items if isinstance(item, dict) and _entries(item)]
    if whole:
        reads = [read for item in whole if (read := descriptors.of_text(json.dumps(item), by))]
        return _together(reads) if reads else None
    if not items or not isinstance(items[0], dict) or "ActiveDirectoryRights" not in items[0]:
        return None
    return descriptors.of_text(json.dumps(items), by)


def _entries(item: dict[str, Any]) -> bool:
    """Whether an object holds entries of an access list."""
    lists = (inner for key, inner in item.items() if key.lower() == "access")
    return any(
        isinstance(inner, list) and inner and isinstance(inner[0], dict) and "ActiveDirectoryRights" in inner[0]
        for inner in lists
    )


def _oauth_error(document: Any) -> Read | None:
    if isinstance(document, dict) and "error_description" in document and "error" in document:
        return Read(
            format="OAuth error",
            problems=["It is the text of an error, not evidence about it. Give it as the error to diagnose."],
        )
    return None


def _streamed(item: Item, start: str, limits: Limits) -> Read | None:
    """A file too large to read whole whose first line is an event by itself: events are read line by line."""
    first = lenient.parse(start.partition("\n")[0], limits.depth) if "\n" in start else None
    if first is None or len(first.values) != 1 or not rows.is_events(first.values[0]):
        return None
    log = events.Log(limits.events)
    rows.collect(_lines(item, limits, log), log)
    return log.finish("event JSON lines", item.shown)


def _lines(item: Item, limits: Limits, log: events.Log) -> Iterator[Any]:
    broken = 0
    with item.path.open("rb") as stream:
        while line := stream.readline(_LINE):
            if not line.strip():
                continue
            parsed = lenient.parse(decode(line)[0], limits.depth)
            broken += not parsed.values
            yield from parsed.values
    if broken:
        log.problems.append(f"{broken} lines are not JSON, or longer than {_LINE // MEGA} MB; they were left out.")


def _plain(item: Item, start: str, limits: Limits) -> Read:
    header = tables.header_of(start)
    if len(header) > 1 and (read := _table(item, header, limits)):
        return read
    text, problems = _bounded(item, _TEXT_LIMIT, limits)
    if text.startswith("HTTP/"):
        if status := powerbi.status_answer(text, item.shown):
            return status
        text = text.replace("\r\n", "\n").partition("\n\n")[2]
        if text.lstrip().startswith(("{", "[")):
            reads = [
                made
                for one in lenient.parse(text, limits.depth).values
                for made in _document(one, item.shown, limits, partial=False)
            ]
            if reads:
                return _with(problems, _together(reads))
    return _with(problems, _text(text, item.shown, limits))


def _table(item: Item, header: list[str], limits: Limits) -> Read | None:
    names = {name.lower().replace(" ", "") for name in header}
    users, ids, secured = (
        people.is_header(header),
        rows.is_header(header),
        bool(names & {"sddl", "ntsecuritydescriptor"}),
    )
    entries, objects = "activedirectoryrights" in names, "distinguishedname" in names
    viewer = len(header) == 5
    graphs = bool(names & cmdlets.HEADERS)
    if not (users or ids or secured or entries or objects or viewer or graphs):
        return None
    text, problems = read_text(item, limits)
    if entries and not secured:
        return _with(problems, descriptors.of_text(text, item.shown) or Read())
    found = tables.table(text)
    if ids or (viewer and rows.is_viewer(found)):
        return _with(problems, rows.read_table(found, events.Log(limits.events), item.shown))
    if graphs and (made := cmdlets.of_records(found.dicts(), item.shown, "PowerShell CSV")):
        return _with([*problems, *found.problems], made)
    if viewer and not (users or secured or objects):
        return None
    if secured and (made := descriptors.of_records(found.dicts(), item.shown)):
        return _with([*problems, *found.problems], made)
    if objects and (made := directory.of_records(found.dicts(), item.shown, "PowerShell CSV")):
        return _with([*problems, *found.problems], made)
    return _with(problems, people.of_table(found, item.shown)) if users else None


def _text(text: str, by: str, limits: Limits) -> Read:
    """Text of a console: events, LDIF, or one or several of descriptors, settings and accounts after one another."""
    if plain.is_events(text):
        return plain.read(text, events.Log(limits.events), by)
    if ldif.is_ldif(text):
        return ldif.read(text, by)
    problems = []
    if len(text) > _CONSOLE_LIMIT:
        problems.append(
            f"The text has more than {_CONSOLE_LIMIT // MEGA} million characters; only so many were looked at."
        )
        text = text[:_CONSOLE_LIMIT]
    readers: Iterable[Callable[[str, str], Read | None]] = (
        descriptors.of_text,
        connect.of_text,
        directory.of_text,
        cmdlets.of_text,
    )
    reads = [read for reader in readers if (read := reader(text, by))]
    return _with(
        problems,
        _together(reads) if reads else Read(format="text", problems=["The text is of no kind that is read here."]),
    )


def _bounded(item: Item, most: int, limits: Limits) -> tuple[str, list[str]]:
    """The text of a file of a form that is always small, or its beginning with a problem."""
    if item.size <= min(most, limits.document):
        return read_text(item, limits)
    with item.path.open("rb") as stream:
        text, problems = decode(stream.read(min(most, limits.document)))
    return text, [
        *problems,
        f"The file has {item.size // MEGA:,} MB; only the first {min(most, limits.document) // MEGA:,} MB were looked at.",
    ]


def _together(reads: list[Read]) -> Read:
    """Several findings in one file as one: kinds listed, facts and problems joined."""
    if len(reads) == 1:
        return reads[0]
    facts: list[Fact] = [fact for read in reads for fact in read.facts]
    windows = [read.window for read in reads if read.window]
    return Read(
        kind=", ".join(dict.fromkeys(read.kind for read in reads if read.kind)),
        format=", ".join(dict.fromkeys(read.format for read in reads if read.format)),
        facts=facts,
        rows=sum(read.rows for read in reads),
        window=windows[0] if len(windows) == 1 else None,
        gaps=tuple(gap for read in reads for gap in read.gaps),
        problems=[problem for read in reads for problem in read.problems],
    )


def _with(problems: list[str], read: Read) -> Read:
    read.problems = [*problems, *read.problems]
    return read


def _described(documents: list[Any]) -> str:
    first = documents[0][0] if isinstance(documents[0], list) and documents[0] else documents[0]
    if not isinstance(first, dict):
        return "JSON without objects"
    keys = ", ".join(clean(str(key), 30) for key in list(first)[:5])
    return f"JSON with the keys {keys}" if keys else "An empty JSON object"
