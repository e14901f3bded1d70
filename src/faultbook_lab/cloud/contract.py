"""The published descriptions of Graph and Power BI as a judge: whether each request and each answer is one that they describe.

The three OpenAPI documents are not part of the project; where they are not at hand nothing is judged.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.types import ASGIApp

VARIABLE: Final = "FAULTBOOK_OPENAPI"
FILES: Final = {"/v1.0/myorg": "powerbi.json", "/v1.0": "graph.v1.json", "/beta": "graph.beta.json"}
"""Which document describes what lies below a path; the first that fits is the one."""
MOST: Final = 1000
"""How many violations are kept."""
_TEMPLATE: Final = re.compile(r"\\\{[^}]*\\\}")
_SCHEDULE: Final = re.compile(r"(?:/groups/[^/]+)?/datasets/[^/]+/refreshSchedule")
"""Changing one is in Microsoft's reference, and not among the operations that the document holds."""


@dataclass(frozen=True)
class Violation:
    """What was wrong with a ``request`` or an ``answer``."""

    what: str
    method: str
    path: str
    said: str

    def __str__(self) -> str:
        return f"{self.what} {self.method} {self.path}: {self.said}"


def folder_of(given: Path | None = None) -> Path | None:
    """Where the documents are: in the folder given, or in the one that the environment names; None where they are not."""
    folder = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    return folder if folder and all((folder / name).is_file() for name in FILES.values()) else None


def missing(given: Path | None = None) -> str:
    """Why nothing would be judged, in one sentence; empty where it would be."""
    if folder_of(given) is None:
        return f"The published API descriptions are not here, so that no answer is judged by them; {VARIABLE} names their folder."
    try:
        import jsonschema_rs  # noqa: F401 - only whether it is there
    except ImportError:
        return "Judging answers by the published API descriptions needs one more package: pip install jsonschema-rs."
    return ""


@dataclass(frozen=True)
class Operation:
    """One operation of one document, and the values that its path holds."""

    document: dict[str, Any]
    described: dict[str, Any]
    path: dict[str, str]

    def parameters(self) -> Iterator[dict[str, Any]]:
        """What the operation takes, each in full."""
        for parameter in self.described.get("parameters", ()):
            yield self.resolved(parameter)

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """The node, or what it refers to."""
        while "$ref" in node:
            here: Any = self.document
            for part in node["$ref"][2:].split("/"):
                here = here[part]
            node = here
        return node

    def response(self, status: int) -> dict[str, Any] | None:
        """What is said of answers with this status."""
        responses = self.described["responses"]
        found = responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
        return self.resolved(found) if found else None


@dataclass
class Contract:
    """The documents, and what was found against them. ``strict``: whatever violates them is answered with 500 instead."""

    folder: Path
    strict: bool = False
    violations: list[Violation] = field(default_factory=list)
    judged: int = 0
    """How many requests were judged."""

    def __post_init__(self) -> None:
        self._documents = {
            base: json.loads((self.folder / name).read_text(encoding="utf-8")) for base, name in FILES.items()
        }
        self._validators: dict[tuple[int, str], Any] = {}

    @classmethod
    def found(cls, folder: Path | None = None, *, strict: bool = False) -> "Contract | None":
        """The contract, or None where ``missing`` says why not."""
        there = folder_of(folder)
        return None if there is None or missing(folder) else cls(there, strict)

    def judges(self, path: str) -> bool:
        """Whether a path belongs to an API that a document describes."""
        return any(path == base or path.startswith(f"{base}/") for base in FILES)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The application with this contract before it."""
        from faultbook_lab.cloud.judging import Judging

        return Judging(app, self)

    def request(self, method: str, path: str, query: str) -> list[Violation]:
        """What is wrong with a request; kept, too."""
        self.judged += 1
        operation = self._operation(method, path)
        if operation is None:
            return self._kept(
                [] if _unpublished(method, path) else [Violation("request", method, path, "no published operation")]
            )
        problems = [
            *self._path_problems(operation),
            *self._query_problems(operation, dict(parse_qsl(query, keep_blank_values=True))),
        ]
        return self._kept([Violation("request", method, path, said) for said in problems])

    def answer(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[Violation]:
        """What is wrong with an answer; kept, too."""
        operation = self._operation(method, path)
        if operation is None:
            return []
        return self._kept(
            [
                Violation("answer", method, path, said)
                for said in self._answer_problems(operation, status, headers, body)
            ]
        )

    def _kept(self, found: list[Violation]) -> list[Violation]:
        self.violations += found[: max(MOST - len(self.violations), 0)]
        return found

    def _operation(self, method: str, path: str) -> Operation | None:
        base = next((base for base in FILES if path.startswith(f"{base}/")), None)
        if base is None:
            return None
        document = self._documents[base]
        for template, pattern in _patterns(tuple(document["paths"])):
            described = document["paths"][template].get(method.lower())
            if described and (match := pattern.fullmatch(path.removeprefix(base))):
                names = re.findall(r"\{([^}]*)\}", template)
                return Operation(
                    document,
                    described,
                    dict(zip(names, match.groups(), strict=True)),
                )
        return None

    def _path_problems(self, operation: Operation) -> Iterator[str]:
        for parameter in operation.parameters():
            if parameter["in"] == "path" and parameter["name"] in operation.path:
                yield from self._against(
                    operation, parameter["schema"], operation.path[parameter["name"]], parameter["name"]
                )

    def _query_problems(self, operation: Operation, query: dict[str, str]) -> Iterator[str]:
        offered = {one["name"]: one for one in operation.parameters() if one["in"] == "query"}
        for name, value in query.items():
            if name not in offered:
                yield f"the query option {name} is not offered"
            else:
                yield from self._against(
                    operation, offered[name]["schema"], _typed(value, offered[name]["schema"]), name
                )

    def _answer_problems(
        self, operation: Operation, status: int, headers: Mapping[str, str], body: bytes
    ) -> Iterator[str]:
        described = operation.response(status)
        if described is None:
            yield f"the status {status} is not described"
            return
        for name, held in described.get("headers", {}).items():
            header = operation.resolved(held)
            if name.lower() in headers and "schema" in header and not _is_date(name, headers[name.lower()]):
                yield from self._against(
                    operation, header["schema"], _typed(headers[name.lower()], header["schema"]), name
                )
        content = described.get("content", {})
        if not content:
            if body:
                yield f"an answer {status} has no body"
            return
        media = headers.get("content-type", "").partition(";")[0].strip()
        if media not in content:
            yield f"the media type {media or 'none'} is not described"
            return
        try:
            document = json.loads(body)
        except ValueError:
            yield "the body is no JSON"
            return
        yield from self._against(operation, content[media]["schema"], document, "body")

    def _against(self, operation: Operation, schema: dict[str, Any], value: Any, name: str) -> Iterator[str]:
        for error in self._validator(operation.document, schema).iter_errors(value):
            where = "/".join(map(str, error.instance_path))
            yield f"{name}{f' at {where}' if where else ''}: {error.message[-300:]}"

    def _validator(self, document: dict[str, Any], schema: dict[str, Any]) -> Any:
        import jsonschema_rs

        key = (id(document), json.dumps(schema, sort_keys=True))
        if key not in self._validators:
            whole = {**schema, "components": document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]


@cache
def _patterns(templates: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """Templates as expressions, those with fewer open places first."""
    ordered = sorted(templates, key=lambda template: template.count("{"))
    return [(template, re.compile(_TEMPLATE.sub("([^/]+)", re.escape(template)))) for template in ordered]


def _unpublished(method: str, path: str) -> bool:
    return method == "PATCH" and _SCHEDULE.fullmatch(path.removeprefix("/v1.0/myorg")) is not None


def _is_date(name: str, text: str) -> bool:
    """Whether a header says when to come back by the clock: HTTP (RFC 9110) allows it, where the documents speak of seconds only."""
    if name.lower() != "retry-after":
        return False
    try:
        return parsedate_to_datetime(text) is not None
    except ValueError:
        return False


def _typed(value: str, schema: dict[str, Any]) -> Any:
    """The text of a query option or header as the type that it should have, if it can be one."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    if schema.get("type") == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value
