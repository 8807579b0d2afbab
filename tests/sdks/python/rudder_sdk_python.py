"""rudder-sdk-python: says what argument 1 asks for, and prints what it was told."""

from __future__ import annotations

import json
import sys

from rudderstack.analytics.client import Client

asked = json.loads(sys.argv[1])
person, errors = asked["person"], []

client = Client(
    asked["key"],
    host=asked["target"],
    on_error=lambda error, batch: errors.append(str(error)),
    **asked["options"],
)
for call in asked["calls"]:
    match call["type"]:
        case "identify":
            client.identify(person, call["traits"])
        case "track":
            client.track(person, call["event"], call["properties"])
        case "page":
            client.page(person, None, call["name"], call["properties"])
client.shutdown()
print(json.dumps({"errors": errors}))
