"""Rules in the API's description: every kind with its conditions, once, and a reference wherever a rule may stand."""

from __future__ import annotations

from typing import Any, Final

from chalicelib.segments.rule import KINDS
from chalicelib.segments.schema import RULE

_REFERENCE: Final = "#/components/schemas/"
_NAME: Final = "Rule"


def components() -> dict[str, Any]:
    """The schemas of rules by name: `Rule`, one of its kinds; each kind, `RuleHappened`; and what they consist of."""
    kinds: dict[str, Any] = {}
    for model in KINDS.values():
        schema = model.model_json_schema(ref_template=_REFERENCE + _NAME + "{model}") | {"title": _named(model)}
        kinds |= {_NAME + name: inner for name, inner in schema.pop("$defs", {}).items()}
        kinds[_NAME + _named(model)] = schema
    either = [{"$ref": f"{_REFERENCE}{_NAME}{_named(model)}"} for model in KINDS.values()]
    return {_NAME: {**RULE, "oneOf": either}} | {name: referring(schema) for name, schema in kinds.items()}


def referring(schema: Any) -> Any:
    """A schema with a reference to `Rule` in place of each rule in it."""
    if isinstance(schema, list):
        return [referring(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("title") == RULE["title"] and schema.get("description") == RULE["description"]:
        return {"$ref": _REFERENCE + _NAME}
    return {name: referring(inner) for name, inner in schema.items()}


def _named(model: type[Any]) -> str:
    return model.__name__.rstrip("_")
