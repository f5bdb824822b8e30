"""Schemas for OpenAPI of bodies that are read by hand, and of replies."""

from typing import Any

from pydantic import BaseModel

_FIELDS: dict[str, dict[str, Any]] = {
    "picture": {"type": "string", "format": "binary"},
    "string": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string"}},
}
_REASONS = {
    400: "The request, or its picture, cannot be read.",
    401: "A token is needed.",
    404: "There is no such thing, or no database.",
    408: "The request did not arrive in time.",
    409: "It is there already, was changed meanwhile, or there are as many as there may be.",
    413: "Too many bytes or pixels.",
    415: "No Content-Type that is read here.",
    422: "A parameter is not of its kind.",
    429: "Too many pictures are waiting; Retry-After says when to try again.",
    502: "The camera cannot be seen.",
    503: "Too many pictures are waiting, or the database cannot be used.",
    504: "The camera did not send a frame in time.",
}
_FAULT = {"application/json": {"schema": {"type": "object"}}}


def form_of(**fields: str) -> dict[str, Any]:
    """For `openapi_extra`: a form with these fields, each a "picture", a "string" or a "list"."""
    schema = {
        "type": "object",
        "properties": {name: _FIELDS[kind] for name, kind in fields.items()},
        "required": [name for name, kind in fields.items() if kind == "picture"],
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def json_of(document: type[BaseModel]) -> dict[str, Any]:
    """For `openapi_extra`: a body of JSON that is read as such a document."""
    schema = document.model_json_schema()
    schema = _resolved(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _resolved(schema: Any, definitions: dict[str, Any]) -> Any:
    """With each definition in the place that refers to it."""
    if isinstance(schema, list):
        return [_resolved(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _resolved(value, definitions) for name, value in schema.items()}


def responses(success: int, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses`: a JSON object for success and for each refusal."""
    found: dict[int | str, dict[str, Any]] = {success: {"description": "Done.", "content": _FAULT}}
    for status in sorted({*statuses, 401, 403, 421}):
        found[status] = {"description": _REASONS.get(status, "Refused."), "content": _FAULT}
    return found
