"""The description of the API for programs (OpenAPI 3.1), generated from the operations and their types."""

import inspect
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from faultbook import __version__
from faultbook.settings import Settings
from faultbook.web.operation import PREFIX, Operation
from faultbook.web.problem import TYPE, ProblemBody

_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = (400, 401, 403, 421, 429)
_SAID: Final = {
    400: "The request is not as it has to be.",
    401: "Somebody has to sign in.",
    403: "Whoever is signed in may not do this.",
    404: "There is no such thing.",
    409: "It is still being made.",
    410: "It was there, and has expired or was deleted.",
    413: "Too much was sent.",
    415: "The body is of a type that is not taken.",
    421: "The service is not known under this name.",
    422: "The request is well-formed and makes no sense for this book or this evidence.",
    429: "Too many requests; Retry-After says when to come back.",
    503: "Too busy, or the work ran out of memory; Retry-After says when to come back.",
    504: "The work took too long.",
    507: "No more diagnoses can be kept at the moment.",
}


def description(operations: Iterable[Operation], settings: Settings) -> dict[str, Any]:
    """The whole document."""
    operations = tuple(operations)
    types = [
        ProblemBody,
        *(kind for one in operations for kind in (one.answer, one.later, one.body, one.query) if kind is not None),
    ]
    references, components = msgspec.json.schema_components(types, schema_hook=_any, ref_template=_REF)
    for schema in components.values():
        _tidy(schema)
    named = {id(kind): reference for kind, reference in zip(types, references, strict=True)}
    paths: dict[str, Any] = {}
    for one in operations:
        paths.setdefault(f"{PREFIX}{one.path}", {})[one.method.lower()] = _operation(one, named, components, settings)
    for one in operations:
        if one.query is not None:
            components.pop(named[id(one.query)]["$ref"].rpartition("/")[2], None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Faultbook",
            "version": __version__,
            "summary": "Error pages that run.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.serve.base_url or "/"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(one: Operation, named: dict[int, Any], components: dict[str, Any], settings: Settings) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": one.id, "summary": one.title, "description": one.detail}
    parameters = _in_path(one) + _in_query(one, named, components)
    if parameters:
        made["parameters"] = parameters
    if one.body is not None:
        made["requestBody"] = {"required": True, "content": _content(one, named, components, settings)}
    made["responses"] = {
        **_answers(one, named),
        **({"304": {"description": "The client has it already (If-None-Match)."}} if one.cached else {}),
        **{str(status): _problem(status) for status in sorted({*_ALWAYS, *one.problems})},
    }
    return made


def _answers(one: Operation, named: dict[int, Any]) -> dict[str, Any]:
    """What is answered where nothing is wrong."""
    if one.answer is None:
        if not one.media:
            return {"204": {"description": "Done."}}
        return {
            "200": {
                "description": "As asked.",
                "content": {one.media: {"schema": {"type": "string", "format": "binary"}}},
            }
        }
    fine: dict[str, Any] = {
        "description": "As asked.",
        "content": {"application/json": {"schema": named[id(one.answer)]}},
    }
    if one.cached:
        fine["headers"] = {"ETag": {"schema": {"type": "string"}}}
    if one.later is None:
        return {"200": fine}
    where = {"Location": {"schema": {"type": "string"}}, "Retry-After": {"schema": {"type": "integer"}}}
    later = {"application/json": {"schema": named[id(one.later)]}}
    return {
        "200": fine,
        "202": {"description": "It is being made; look again at Location.", "headers": where, "content": later},
    }


def _in_path(one: Operation) -> list[dict[str, Any]]:
    if "{name}" in one.path:
        schema = {"type": "string", "minLength": 32, "maxLength": 32, "pattern": "^[A-Za-z0-9_-]{32}$"}
        return [
            {
                "name": "name",
                "in": "path",
                "required": True,
                "description": "The name of a diagnosis.",
                "schema": schema,
            }
        ]
    if "{code}" not in one.path:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return [
        {
            "name": "code",
            "in": "path",
            "required": True,
            "description": "A code, however it is spelt.",
            "schema": schema,
        }
    ]


def _in_query(one: Operation, named: dict[int, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = components[named[id(one.query)]["$ref"].rpartition("/")[2]]
    needed = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _content(one: Operation, named: dict[int, Any], components: dict[str, Any], settings: Settings) -> dict[str, Any]:
    reference = named[id(one.body)]
    schema = components[reference["$ref"].rpartition("/")[2]]
    content: dict[str, Any] = {}
    if schema["properties"] or not one.files:
        content["application/json"] = {"schema": reference}
    if one.files:
        file = {"contentMediaType": "application/octet-stream"}  # without a type, as OpenAPI 3.1 asks for raw bytes
        files = {
            "type": "array",
            "minItems": 0 if schema["properties"] else 1,
            "maxItems": settings.limits.upload_files,
            "items": file,
            "description": "Exported files, or zips of them.",
        }
        fields = {name: _plain(part) for name, part in schema["properties"].items()}
        content["multipart/form-data"] = {
            "schema": {
                "type": "object",
                "properties": {**fields, "evidence": files},
                "required": schema.get("required") or ["evidence"],
                "additionalProperties": False,
            }
        }
    return content


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    """A field of a form, which holds a text or is not there."""
    kinds = [one for one in part.get("anyOf", ()) if one.get("type") != "null"]
    return kinds[0] if kinds else part


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name="ProblemBody")}
    answer: dict[str, Any] = {"description": _SAID[status], "content": {TYPE: {"schema": schema}}}
    if status in {429, 503}:
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return answer


def _any(_: Any) -> dict[str, Any]:
    """JSON of any shape."""
    return {"description": "Any JSON value."}


def _tidy(schema: dict[str, Any]) -> None:
    """Doc strings without their indentation."""
    if "description" in schema:
        schema["description"] = inspect.cleandoc(schema["description"])
