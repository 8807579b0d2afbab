"""DynamoDB's typed values to and from plain Python, without boto3's wrappers.

Plain means str, int, Decimal, bool, None, bytes, list and dict. A float is refused: money and thresholds are Decimal.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Item = dict[str, Any]


def encode(value: object) -> dict[str, Any]:
    """A plain value as DynamoDB writes it, `{"S": "..."}`. TypeError for anything that it cannot hold."""
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | Decimal):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, Mapping):
        return {"M": {key: encode(inner) for key, inner in value.items()}}
    if isinstance(value, list | tuple):
        return {"L": [encode(inner) for inner in value]}
    raise TypeError(f"DynamoDB cannot hold a {type(value).__name__}: {value!r}")


def decode(value: Mapping[str, Any]) -> Any:
    """A plain value from DynamoDB's form; whole numbers become int, others Decimal."""
    ((kind, held),) = value.items()
    if kind == "S":  # nearly always
        return held
    match kind:
        case "BOOL" | "B":
            return held
        case "N":
            return int(held) if held.lstrip("-").isdigit() else Decimal(held)
        case "NULL":
            return None
        case "M":
            return {key: decode(inner) for key, inner in held.items()}
        case "L":
            return [decode(inner) for inner in held]
        case _:
            raise TypeError(f"a DynamoDB type that Perennial never writes: {kind}")


def encode_item(item: Mapping[str, object]) -> dict[str, Any]:
    """A whole item, attribute by attribute."""
    return {name: encode(value) for name, value in item.items()}


def decode_item(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """A whole item, attribute by attribute."""
    return {name: decode(value) for name, value in item.items()}
