"""The OpenAPI 3.1 document, made from the declared endpoints and their pydantic models: it cannot fall behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.api.http import Endpoint, Error

VERSION = "0.1.0"
_PARAMETER = re.compile(r"{(\w+)}")
_REFERENCE = "#/components/schemas/{model}"
_CONVENTIONS = """\
Secret keys ask and change: `Authorization: Bearer sk_...`; each key has its scopes. Write keys (`pk_...`) post events
and nothing else: as the user of Basic authorization, as `X-Write-Key`, or as `writeKey` in the body or the query.

Every answer of 400 and above is `{"code", "message", "details"}`; programs branch on `code`. 503 `try_again` and 429
`too_many_requests` say in `Retry-After` how many seconds to wait.

Times are RFC 3339 in UTC, durations ISO 8601, money decimal text with its currency. Lists take `limit` and `cursor`.
Definitions are PUT by name, each PUT makes a version, and publishing puts one in force; 409 `version_conflict` means
that somebody else was faster.
"""


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The whole document as JSON has it."""
    from chalicelib.segments import described  # rules are imported by who asks for the document, not by every Lambda

    served = list(endpoints)
    models = {model for endpoint in served for model in (endpoint.request, endpoint.response) if model} | {Error}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, _mode(model, served)) for model in ordered], ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in served:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Perennial",
            "version": VERSION,
            "summary": "Always-on lifecycle marketing in your own AWS account.",
            "description": _CONVENTIONS,
        },
        "servers": [{"url": "..", "description": "Where this document came from."}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in served)],
        "paths": paths,
        "components": {
            "schemas": described.referring(schemas.get("$defs", {})) | described.components(),
            "securitySchemes": {
                "secretKey": {"type": "http", "scheme": "bearer", "description": "A secret key, `sk_...`."},
                "writeKey": {"type": "http", "scheme": "basic", "description": "A write key as user, no password."},
            },
        },
    }


def _mode(model: type[BaseModel], served: Iterable[Endpoint]) -> Any:
    return "validation" if any(endpoint.request is model for endpoint in served) else "serialization"


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.run.__name__,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": endpoint.description,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": _responses(endpoint),
    }
    if endpoint.scope is not None:
        operation["security"] = [{"secretKey": []}]
        operation["description"] = f"{endpoint.description}\n\nScope: `{endpoint.scope}`.".strip()
    if endpoint.write_key:
        operation["security"] = [{"writeKey": []}]
    if endpoint.request is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(endpoint.request)}},
        }
    return operation


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    schema = endpoint.query.model_json_schema(ref_template=_REFERENCE)
    definitions = schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": field.get("description", ""),
            "schema": _inlined(field, definitions),
        }
        for name, field in schema["properties"].items()
    ]


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """A query's schema with its references put in their place: parameters share no components."""
    if isinstance(schema, list):
        return [_inlined(inner, definitions) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(inner, definitions) for name, inner in schema.items() if name != "description"}


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    schema = {"schema": _ref(endpoint.response)} if endpoint.response else {}
    refused = {"application/json": {"schema": _ref(Error)}}
    if endpoint.content_type != "application/json":  # people get a page; what fails before or in it is said in JSON
        refused[endpoint.content_type] = {}
    codes = ", ".join(f"`{code}`" for code in endpoint.codes)
    sheet = {"text/csv": {"schema": {"type": "string"}}} if endpoint.sheet else {}
    later = {"202": {"description": "A job does it.", "content": {endpoint.content_type: schema}}}
    return {
        "200": {"description": "Done.", "content": {endpoint.content_type: schema, **sheet}},
        **(later if endpoint.later else {}),
        "default": {"description": f"Refused: {codes}.", "content": refused},
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model.__name__)}
