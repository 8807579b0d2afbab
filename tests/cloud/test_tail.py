"""The live tail and the view of what was parked, on the real streams and through the real gateway."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from tests.cloud.asking import ask, eventually
from tests.cloud.deployed import Deployed
from tests.fakes import vendors


class Tail:
    """Somebody who follows the events of everybody."""

    def __init__(self, deployed: Deployed, **query: str) -> None:
        self._api = deployed.api
        self._query = query
        self.cursor: str = self._ask(query)["cursor"]
        self.seen: list[str] = []
        self.gaps = 0

    def look(self) -> list[str]:
        """The message ids that were seen so far."""
        page = self._ask({**self._query, "after": self.cursor})
        self.cursor = page["cursor"]
        self.seen += [event["id"] for event in page["events"]]
        self.gaps += page["gap"]
        return self.seen

    def has_seen(self, ids: list[str]) -> bool:
        return set(ids) <= set(self.look())

    def _ask(self, query: dict[str, str]) -> Any:
        answer = self._api.ask("GET", f"/v1/events?{urlencode(query)}")
        while answer.status == 503:  # the projector and somebody else read the shard at this moment
            answer = self._api.ask("GET", f"/v1/events?{urlencode(query)}")
        assert answer.status == 200, answer.text
        return answer.json()


def says(deployed: Deployed, person: str, *ids: str) -> None:
    """One request after the other: what is in one request is stored side by side, in any order."""
    for id in ids:
        call = {"type": "track", "userId": person, "event": "Looked", "messageId": id}
        assert deployed.api.track("/v1/track", call).status == 200


def test_events_are_seen_in_order_and_after_goes_on_from_there(deployed: Deployed) -> None:
    tail = Tail(deployed, name="Looked")
    first = [f"tail-{number:02d}" for number in range(12)]
    says(deployed, "tailed", *first)
    eventually("all are seen", lambda: tail.has_seen(first))
    assert [id for id in tail.seen if id in first] == first
    again, elsewhere = tail.cursor, ["tail-20", "tail-21"]
    says(deployed, "tailed", *elsewhere)
    eventually("what came since is seen", lambda: tail.has_seen(elsewhere))
    assert tail.seen == [*first, *elsewhere], "each once, and nothing of before"
    assert tail.gaps == 0
    follower = Tail(deployed, name="Looked")
    follower.cursor = again
    eventually("the cursor is good for anybody", lambda: follower.has_seen(elsewhere))
    assert follower.seen == elsewhere


def test_what_is_sent_again_is_not_seen_again(deployed: Deployed) -> None:
    tail = Tail(deployed, name="Looked")
    at = datetime.now(UTC).isoformat()
    call = {"type": "track", "userId": "retried", "event": "Looked", "messageId": "retry-1", "timestamp": at}
    for _ in range(3):
        assert deployed.api.track("/v1/batch", {"batch": [call]}).status == 200
    says(deployed, "retried", "retry-2")
    eventually("the last is seen", lambda: tail.has_seen(["retry-2"]))
    assert tail.seen == ["retry-1", "retry-2"]


def test_one_customers_events_are_read_from_the_table(deployed: Deployed) -> None:
    says(deployed, "narrowed", "narrow-1", "narrow-2")
    page = deployed.api.get("/v1/events?customer=narrowed")
    assert [event["id"] for event in page["events"]] == ["narrow-1", "narrow-2"]
    says(deployed, "narrowed", "narrow-3")
    after = urlencode({"customer": "narrowed", "after": page["cursor"]})
    assert [event["id"] for event in deployed.api.get(f"/v1/events?{after}")["events"]] == ["narrow-3"]


def test_what_came_before_is_followed_from_the_oldest_on(deployed: Deployed) -> None:
    says(deployed, "followed", "follow-1", "follow-2")
    tail = Tail(deployed, name="looked", source="segment")
    tail.cursor = "oldest"
    eventually("both are found", lambda: tail.has_seen(["follow-1", "follow-2"]))
    assert [id for id in tail.seen if id.startswith("follow-")] == ["follow-1", "follow-2"]


def parked(deployed: Deployed, **query: str) -> list[Any]:
    return list(deployed.api.get(f"/v1/parked?{urlencode(query)}")["parked"])


def test_what_was_not_accepted_is_shown_and_is_discarded(deployed: Deployed) -> None:
    call = {"type": "track", "userId": "parker", "messageId": "nameless"}
    assert deployed.api.track("/v1/batch", {"batch": [call]}).status == 200
    (one,) = (each for each in parked(deployed, reason="no_event_name") if "nameless" in json.dumps(each["call"]))
    assert (one["kind"], one["source"], one["count"], one["replayable"]) == ("call", "segment", 1, True)
    path = f"/v1/parked/{quote(one['id'], safe='')}"
    assert deployed.api.get(path) == one
    again = deployed.api.ask("POST", f"{path}/replay").json()
    assert (again["stored"], again["refused"]) == (0, {"no_event_name": 1})
    assert deployed.api.ask("DELETE", path).status == 200
    assert deployed.api.ask("GET", path).status == 404


def test_a_webhook_is_replayed_when_its_mapping_is_right(deployed: Deployed) -> None:
    def club(where: str) -> None:
        mapping = {"events": [{"event": "Game Won", "userId": where}]}
        answer = deployed.api.ask("PUT", "/v1/sources/club", {"reads": "standard", "mapping": mapping})
        assert answer.status == 200, answer.text

    club("$.nobody")
    secret = {"secret": vendors.SECRETS["standard"]}
    assert deployed.api.ask("PUT", "/v1/sources/club/secret", secret).status == 200
    sent = vendors.signed("standard", "", {"member": "gamer", "moves": 31}, datetime.now(UTC))
    headers = {"Content-Type": "application/json", **sent.headers}
    assert ask("POST", f"{deployed.api.endpoint}/webhooks/club", headers, sent.body).status == 200
    (one,) = parked(deployed, source="club")
    assert (one["reason"], json.loads(one["call"])) == ("no_user_anon_id", {"member": "gamer", "moves": 31})
    club("$.member")
    replayed: dict[str, int] = {}

    def taken_in() -> bool:  # a container trusts what it read of a source for half a minute
        done = deployed.api.ask("POST", "/v1/parked/replay", {"source": "club"})
        assert done.status == 200, done.text
        replayed.update(done.json())
        return bool(replayed["stored"])

    eventually("the mapping of now is known", taken_in, every=2)
    assert parked(deployed, source="club") == []
    eventually("the event is counted", lambda: deployed.api.find("gamer") and not deployed.differences("u#gamer"))
    assert deployed.api.ask("POST", "/v1/parked/replay", {"source": "club"}).json()["items"] == 0


def test_many_are_discarded_by_their_reason(deployed: Deployed) -> None:
    calls = [{"type": "sing", "userId": "parker", "messageId": f"song-{number}"} for number in range(3)]
    assert deployed.api.track("/v1/batch", {"batch": calls}).status == 200
    assert len(parked(deployed, reason="unknown_type", limit="200")) >= 3
    assert deployed.api.ask("POST", "/v1/parked/discard", {"reason": "unknown_type"}).json()["items"] >= 3
    assert parked(deployed, reason="unknown_type") == []
