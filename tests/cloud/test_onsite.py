"""A message on the site, through the real gateway and the real index; the script as it was packaged."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import resources
from chalicelib.api import onsite
from tests.cloud.asking import ask, eventually
from tests.cloud.deployed import Deployed
from tests.messages.onsite.test_answers import waiting

VISITOR = "olga-browser"
TEXT = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://shop.example"}


def test_a_message_is_found_and_answered(deployed: Deployed) -> None:
    api, now = deployed.api, datetime.now(UTC)
    assert api.track("/v1/page", {"anonymousId": VISITOR, "messageId": "olga-looks"}).status == 200
    eventually("Olga's browser is known", lambda: api.find(f"a#{VISITOR}"))
    row = waiting(
        customer=f"a#{VISITOR}", planned_at=now, deadline=now + timedelta(days=1), todo=now + timedelta(days=1)
    )
    deployed.database.put(resources.SENDS, row.to_item())

    def found() -> list[dict[str, Any]]:
        query = f"writeKey={api.write_key}&anonymousId={VISITOR}&locale=it"
        answer = ask("GET", f"{api.endpoint}/v1/onsite?{query}", {"Origin": "https://shop.example"})
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    (message,) = eventually("the message waits", found)
    assert message["title"] == "Restiamo in contatto"
    said = {"writeKey": api.write_key, "anonymousId": VISITOR, "id": message["id"], "did": "dismissed"}
    answer = ask("POST", f"{api.endpoint}/v1/onsite", TEXT, json.dumps(said).encode())
    assert (answer.status, answer.json()) == (200, {"success": True})
    eventually("nothing waits", lambda: not found())
    assert any(id.startswith("onsite-") for id in deployed.stored(f"a#{VISITOR}"))
    script = ask("GET", f"{api.endpoint}/onsite.js", {})
    assert (script.status, script.text) == (200, onsite.script()), "the package has it"
