"""What docs/WEBHOOKS.md shows is so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

from chalicelib.api.source_work import READY
from chalicelib.tracking import webhook
from chalicelib.tracking.mapping import MOST_EVENTS
from chalicelib.tracking.paths import MOST
from chalicelib.tracking.pipeline import LONGEST_EVENT
from chalicelib.tracking.webhooks.take import LONGEST_BODY
from tests.fakes.world import World
from tests.tracking.test_sources import HERE

PAGE = (Path(__file__).parent.parent.parent.parent / "docs" / "WEBHOOKS.md").read_text(encoding="utf-8")
EXAMPLES: list[Any] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.S)]


def test_the_secret_is_put_as_it_is_shown(world: World) -> None:
    (shown,) = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
    command = shlex.split(shown.replace("$ENDPOINT", "").replace("$SECRET_KEY", world.secret_key))
    assert command[:3] == ["curl", "-X", "PUT"]
    headers = dict([command[5].split(": ", 1)])
    answer = world.http.request("PUT", command[3], headers=headers, body=command[7].encode())
    assert answer.json() == {"name": "shopify", "secrets": 2}


def test_the_mapping_reads_the_payload_as_it_is_shown(world: World) -> None:
    definition, payload, expected = EXAMPLES
    assert world.ask("PUT", "/v1/sources/lantern-club", definition).status == 200
    body = json.dumps({"payload": payload}).replace('"fee": 4.5', '"fee": 4.50').encode()
    headers = {"Authorization": f"Bearer {world.secret_key}"}
    answer = world.http.request("POST", "/v1/sources/lantern-club/preview", headers=headers, body=body)
    (event,) = answer.json()["events"]
    assert {name: event[name] for name in expected} == expected
    assert event["message_id"] == "lantern-club-booking-88"


def test_every_definition_on_the_page_can_be_put(world: World) -> None:
    shown = re.findall(r"`(\{\"(?:reads|ready)\".*?\})`", PAGE)
    assert len(shown) == 3
    for number, definition in enumerate(map(json.loads, shown)):
        name = "stripe" if definition.get("reads") == "stripe" else f"shown-{number}"
        assert world.ask("PUT", f"/v1/sources/{name}", definition).status == 200
    for signature in map(json.loads, re.findall(r"`(\{\"kind\".*?\})`", PAGE)):
        definition = {"reads": "standard", "signature": signature}
        assert world.ask("PUT", "/v1/sources/signed", definition).status == 200


def test_every_source_ready_mapping_and_limit_is_on_the_page() -> None:
    for name in (*webhook.names(), *(path.stem for path in READY.glob("*.json"))):
        assert f"| `{name}` |" in PAGE
    assert (LONGEST_BODY, LONGEST_EVENT) == (4 * 1024 * 1024, 32 * 1024)
    assert (f"at most {MOST};", f"up to {MOST_EVENTS}.") == ("at most 200;", "up to 50.")
    assert "at most 200;" in PAGE
    assert "up to 50." in PAGE


def test_every_topic_with_a_recording_is_on_the_page() -> None:
    routes = {json.loads(path.read_text())["route"] for path in HERE.glob("shopify/*.json") if ".exp" not in path.name}
    unknown = {"fulfillment_orders/on_the_way", "products/update", "app/uninstalled"}
    assert {route for route in routes - unknown if f"`{route}`" not in PAGE} == set()
