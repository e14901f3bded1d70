"""Sign-in exports into one table of an embedded database that can reach those files and nothing else."""

# ruff: noqa: S608 - statements are put together from constants of this package; what a file holds travels as parameters

import csv
import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from faultbook.evidence import Window
from faultbook.sources import FileReport
from faultbook.sources.columns import Records, Table, folded, text_of
from faultbook.sources.items import NO_UTF8, clean, encoding_of
from faultbook.sources.signins import clocks, mapping, unwrap
from faultbook.sources.signins.formats import TIMES, is_sign_in, records_in, table_in

if TYPE_CHECKING:
    import duckdb

HEAD: Final = 256 << 10
CLOSING: Final = "faultbook-closing"
"""The thread that gives back the memory of a database; a process that ends need not wait for it."""

RETENTION: Final = dt.timedelta(days=30)
"""How long Entra keeps sign-ins with a P1 or P2 licence; seven days without."""

PORTAL_MOST: Final = 100_000
"""Rows at which the portal ends a download of sign-ins."""

_OPEN_QUOTE: Final = "UNQUOTED VALUE"
_REFUSED: Final = {
    _OPEN_QUOTE: "a quote is opened and not closed",
    "MISSING COLUMNS": "it has fewer columns than the header",
    "TOO MANY COLUMNS": "it has more columns than the header",
    "INVALID ENCODING": "its bytes are not UTF-8",
    "LINE SIZE OVER MAXIMUM": "it is longer than any sign-in",
}
_UTF8: Final = {"", "utf-8", "utf-8-sig", "utf8", "ascii"}
_ZONED: Final = re.compile(r"(?:[zZ]|UTC|GMT|[+-]\d\d:?\d\d)$|^\D*Date\(")


class SigninFile(Struct, frozen=True, kw_only=True):
    """A sign-in export: where its bytes lie, the name that people see, and what was already found out about it."""

    path: Path
    name: str = ""
    format: str = ""
    encoding: str = ""


class Limits(Struct, frozen=True, kw_only=True):
    """How much of the machine the database may take; no ``threads`` means all cores."""

    memory: str = "2GB"
    threads: int = 0


@contextmanager
def loaded(
    files: Sequence[SigninFile], limits: Limits
) -> Iterator[tuple["duckdb.DuckDBPyConnection", list[FileReport]]]:
    """A database with the table ``signin`` of all readable rows, and one report for each file in the order given."""
    with TemporaryDirectory(prefix="faultbook-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        copies = [_Copy(folder, number, file) for number, file in enumerate(files)]
        base = _sandbox(folder, [copy.real for copy in copies], limits)
        try:
            base.execute(f"CREATE TABLE signin ({mapping.COLUMNS})")
            for copy in copies:
                copy.load(base)
            for copy in copies:
                copy.problems.extend(clocks.repair(base, copy.number))
            base.execute(
                "CREATE TABLE gone AS SELECT source, count(*) AS many FROM signin WHERE happened IS NULL GROUP BY source"
            )
            base.execute("DELETE FROM signin WHERE happened IS NULL")
            yield base, _reports(base, copies)
        finally:
            # To give back the memory of a large table takes as long as some of the questions to it; nobody need wait, see `faultbook.__main__`.
            Thread(target=base.close, name=CLOSING).start()


def _sandbox(folder: Path, files: Sequence[Path], limits: Limits) -> "duckdb.DuckDBPyConnection":
    """A database in memory that may open these files and its own folder; nothing is fetched, and the settings are locked."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "temp_directory": str(folder / "spill"),
    }
    config |= {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    config |= {"threads": limits.threads} if limits.threads else {}
    base = duckdb.connect(config=config)
    allowed = ", ".join(_quoted(str(path)) for path in files)
    base.execute(f"SET allowed_paths = [{allowed}]")
    base.execute(f"SET allowed_directories = [{_quoted(str(folder))}]")
    base.execute("SET TimeZone = 'UTC'")
    base.execute("SET enable_external_access = false")
    base.execute("SET lock_configuration = true")
    return base


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class _Copy:
    """One export on its way into the table.

    The database sees it under a name of ours: a file's own name could hold wildcards, or bytes that are no text.
    """

    def __init__(self, folder: Path, number: int, file: SigninFile) -> None:
        self.number = number
        self.file = file
        self.problems: list[str] = []
        self.is_json = False
        self.holds_audits = False
        self._folder = folder
        self._made = 0
        self.real = file.path.resolve()
        self.path = self._new()
        try:
            self.path.symlink_to(self.real)
            str(self.real).encode()
        except (OSError, UnicodeEncodeError):
            self.path.unlink(missing_ok=True)
            self.path.write_bytes(self.real.read_bytes())
            self.real = self.path

    def load(self, base: "duckdb.DuckDBPyConnection") -> None:
        """Read the file into the table, as it is or rewritten; what cannot be read becomes a problem of its report."""
        with self.path.open("rb") as source:
            head = source.read(HEAD)
        if not head.strip(b"\x00 \r\n\t"):
            self.problems.append("The file is empty.")
            return
        encoding = (self.file.encoding or encoding_of(head)).lower()
        if encoding not in _UTF8:
            self.path = self._rewritten(encoding)
            if not encoding.startswith("utf"):
                self.problems.append(NO_UTF8)
            head = self.path.read_bytes()[:HEAD] if self.path.stat().st_size <= HEAD else self._head()
        text = text_of(head)
        if (records := records_in(head)) is not None:
            self._json(base, records)
        elif (table := table_in(head)) is not None:
            self._csv(base, table, text)
        else:
            self.problems.append("The file holds neither a table nor JSON records.")

    def _head(self) -> bytes:
        with self.path.open("rb") as source:
            return source.read(HEAD)

    def _new(self) -> Path:
        self._made += 1
        return self._folder / f"f{self.number}_{self._made}"

    def _rewritten(self, encoding: str) -> Path:
        target = self._new()
        unwrap.transcoded(self.path, encoding, target)
        return target

    def _csv(self, base: "duckdb.DuckDBPyConnection", table: Table, text: str) -> None:
        if not self._usable(table.folded):
            return
        if not any(name in mapping.RESULTS for name in table.folded) and "errorcode" not in text.lower():
            self.problems.append(
                "No column holds the result code (Sign-in error code, ResultType): by its status a sign-in failed or not, with which code is unknown. "
                "Export the table whole."
            )
        select = mapping.row(mapping.of_table(table), _kind_of(self.file.name, table.folded))
        self._say_zone(
            _cells(table, text),
            named_utc=any(name in {"dateutc", "timegeneratedutc", "createddatetimeutc"} for name in table.folded),
        )
        refused = self._read_csv(base, select, table)
        if any(kind == _OPEN_QUOTE for _, kind in refused):
            base.execute("DELETE FROM signin WHERE source = ?", [self.number])
            self._rewrite(partial(unwrap.balanced_lines, columns=len(table.names), separator=table.separator))
            refused = self._read_csv(base, select, table)
        if refused:
            line, kind = refused[0]
            self.problems.append(
                f"{len(refused):,} row(s) were left out, the first at line {line:,}: {_REFUSED.get(kind, kind.lower())}. All others were used."
            )

    def _read_csv(self, base: "duckdb.DuckDBPyConnection", select: str, table: Table) -> list[tuple[int, str]]:
        """One pass over the text; the lines of refused rows, each with the reason."""
        rejects = f"refused{self.number}_{self._made}"
        declared = mapping.of_table(table).columns
        for careful in ("", ", parallel=false"):
            try:
                base.execute(
                    f"""INSERT INTO signin SELECT {select}, {self.number} FROM read_csv($path, columns=$columns, header=true,
                    skip={table.skip}, auto_detect=false, delim=$separator, quote='"', escape='"', compression='none', store_rejects=true,
                    rejects_table='{rejects}', rejects_scan='{rejects}_scan'{careful})""",
                    {"path": str(self.path), "columns": declared, "separator": table.separator},
                )
            except _errors() as error:
                trouble = str(error)
                base.execute("DELETE FROM signin WHERE source = ?", [self.number])
                base.execute(f"DROP TABLE IF EXISTS {rejects}")
                base.execute(f"DROP TABLE IF EXISTS {rejects}_scan")
            else:
                reason = "max(CAST(error_type AS VARCHAR))"
                return base.execute(f"SELECT line, {reason} FROM {rejects} GROUP BY line ORDER BY line").fetchall()
        self.problems.append(f"The table cannot be read ({clean(trouble.partition(chr(10))[0], 160)}).")
        return []

    def _json(self, base: "duckdb.DuckDBPyConnection", records: Records) -> None:
        if not records.sample:
            self.problems.append("No whole record could be read; the file may be cut off at its start.")
            return
        if not self._usable({folded(key) for record in records.sample for key in record}):
            return
        self._say_zone(_clock_texts(records), named_utc=False)
        if self._head().startswith(b"\xef\xbb\xbf"):
            self.path = self._rewritten("utf-8-sig")
        self.is_json = True
        declared = mapping.of_records(records)
        select = mapping.row(declared, _kind_of(self.file.name, set(declared.found)))
        source, ours = str(self.number), ""
        if category := declared.found.get("category"):
            source = f"CASE WHEN lower({category}) = 'auditlogs' THEN NULL ELSE {self.number} END"
            ours = (
                f"WHERE {category} IS NULL OR lower({category}) LIKE '%signinlogs' OR lower({category}) = 'auditlogs'"
            )
        insert = f"INSERT INTO signin SELECT {select}, {source} FROM read_json($path, columns=$columns, compression='uncompressed'"
        lines = (
            f"{insert}, format='newline_delimited', ignore_errors=true, maximum_object_size={unwrap.LONGEST}) {ours}"
        )
        if records.wrapping == "array" and self._ran(base, f"{insert}, format='array') {ours}", declared):
            return
        if records.wrapping != "lines":
            self._rewrite(unwrap.piecewise if records.wrapping == "spread" else unwrap.to_lines)
        if not self._ran(base, lines, declared):
            self._rewrite(unwrap.bounded_lines)
            if not self._ran(base, lines, declared):
                self.problems.append("The JSON lines cannot be read; nothing of this file was used.")

    def _rewrite(self, how: Callable[[Path, Path], list[str]]) -> None:
        target = self._new()
        self.problems.extend(how(self.path, target))
        self.path = target

    def _ran(self, base: "duckdb.DuckDBPyConnection", sql: str, declared: mapping.Declared) -> bool:
        try:
            base.execute(sql, {"path": str(self.path), "columns": declared.columns})
        except _errors():
            return False
        gone = base.execute("DELETE FROM signin WHERE source IS NULL").fetchone()
        self.holds_audits = bool(gone and gone[0])
        return True

    def _usable(self, names: Collection[str]) -> bool:
        if is_sign_in(names) or "properties" in names or "category" in names:
            return True
        self.problems.append(
            "The columns are not those of sign-ins: a time, a user or application, and a result are needed."
        )
        return False

    def _say_zone(self, texts: Sequence[str], *, named_utc: bool) -> None:
        zoneless = sum(1 for text in texts if text and not _ZONED.search(text.strip()))
        if not named_utc and zoneless * 2 > len(texts):
            self.problems.append("The times carry no zone; they were taken as UTC, as Entra prints them.")


def _errors() -> type[Exception]:
    import duckdb

    return duckdb.Error


def _kind_of(name: str, names: Collection[str]) -> str:
    """What the file as a whole tells: portal tables of interactive and non-interactive sign-ins differ in nothing but the name."""
    hint = folded(name)
    if not {"username", "userprincipalname", "userid"} & set(names):
        return "managedIdentity" if "msi" in hint or "managedidentity" in hint else "servicePrincipal"
    if "noninteractive" in hint:
        return "nonInteractiveUser"
    return "interactiveUser" if "interactive" in hint else ""


def _cells(table: Table, text: str) -> list[str]:
    """The times in the first rows."""
    at = next((table.folded.index(name) for name in TIMES if name in table.folded), 0)
    rows = csv.reader(text.splitlines()[table.skip + 1 : table.skip + 21], delimiter=table.separator)
    try:
        return [row[at] for row in rows if len(row) > at]
    except csv.Error:
        return []


def _clock_texts(records: Records) -> list[str]:
    found: list[str] = []
    for record in records.sample:
        inner = record.get(records.keys.get("properties", ""))
        level = {**record, **inner} if isinstance(inner, dict) else record
        values = {folded(key): value for key, value in level.items()}
        found.append(next((str(values[name]) for name in TIMES if values.get(name)), ""))
    return found


def _reports(base: "duckdb.DuckDBPyConnection", copies: Sequence[_Copy]) -> list[FileReport]:
    seen = {
        source: (rows, first, last)
        for source, rows, first, last in base.execute(
            "SELECT source, count(*), min(happened), max(happened) FROM signin GROUP BY source"
        ).fetchall()
    }
    gone = dict(base.execute("SELECT source, many FROM gone").fetchall())
    return [_report(copy, seen.get(copy.number), gone.get(copy.number, 0)) for copy in copies]


def _report(copy: _Copy, seen: tuple[int, dt.datetime, dt.datetime] | None, gone: int) -> FileReport:
    problems = list(copy.problems)
    if gone:
        lines = unwrap.broken_lines(copy.path) if copy.is_json else []
        where = f" (lines {', '.join(map(str, lines))} are no JSON)" if lines else ""
        problems.append(f"{gone:,} row(s) without a readable time were left out{where}.")
    rows, first, last = seen or (0, None, None)
    window = Window(first.replace(tzinfo=dt.UTC), last.replace(tzinfo=dt.UTC)) if first and last else None
    if not rows and not problems:
        problems.append("The export holds no sign-ins: only its header, or an empty list.")
    if rows == PORTAL_MOST:
        problems.append(
            f"The file has exactly {PORTAL_MOST:,} rows, at which the portal ends a download; earlier sign-ins may be missing."
        )
    return FileReport(
        path=copy.file.name or str(copy.file.path),
        kind="signins.history, graph.directoryAudits" if copy.holds_audits else "signins.history",
        format=copy.file.format,
        rows=rows,
        window=window,
        expires=window.end + RETENTION if window else None,
        problems=tuple(problems),
    )
