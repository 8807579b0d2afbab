"""customerio: says what argument 1 asks for, and prints what it was told. It speaks https, whatever it is given."""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from customerio import CustomerIO, CustomerIOException

asked = json.loads(sys.argv[1])
person, errors = asked["person"], []
target = urlsplit(asked["target"])

client = CustomerIO(asked["key"], "", host=target.hostname, port=target.port)


def say(call: dict[str, Any]) -> None:
    match call["type"]:
        case "identify":
            client.identify(person, **call["traits"])
        case "track":
            client.track(person, call["event"], call["properties"], id=call.get("id"))
        case "page":
            client.pageview(person, call["name"], **call["properties"])


def operation(call: dict[str, Any]) -> dict[str, Any]:
    """A call in the words of the batch, which has others."""
    of = {"type": "person", "identifiers": {"id": person}}
    match call["type"]:
        case "identify":
            return of | {"action": "identify", "attributes": call["traits"]}
        case "page":
            return of | {"action": "page", "name": call["name"], "attributes": call["properties"]}
    return of | {"action": "event", "name": call["event"], "attributes": call["properties"]}


try:
    if asked["options"].get("batch"):
        client.batch([operation(call) for call in asked["calls"]])
    else:
        for call in asked["calls"]:
            say(call)
except CustomerIOException as error:
    errors.append(str(error))
print(json.dumps({"errors": errors}))
