"""The debugger's view: what was not accepted and why, taken in again once the cause is gone, or forgotten."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.resources import EVENTS
from chalicelib.tracking.counts import CountStore
from chalicelib.tracking.keys import hashed
from chalicelib.tracking.parked import Way
from chalicelib.tracking.reading import Arrival, Reason, Refusal
from tests.fakes import vendors
from tests.fakes.world import World
from tests.tracking.test_sources import HERE

RECEIVED = "2026-11-22T10:00:00.000Z"


def batch(world: World, *calls: Any, **envelope: Any) -> None:
    assert world.post("/v1/batch", {"batch": list(calls), **envelope}).status == 200


def shown(world: World, **query: Any) -> list[Any]:
    answer = world.ask("GET", "/v1/parked", **query)
    assert answer.status == 200, answer.text
    found: list[Any] = answer.json()["parked"]
    return found


def events(world: World) -> list[dict[str, Any]]:
    return world.ask("GET", "/v1/events", after="oldest").json()["events"]  # type: ignore[no-any-return]


@pytest.fixture
def crowded(world: World) -> World:
    """The public key has met as many people as it may today; ada comes, with a call that says no time."""
    key = world.ask("POST", "/v1/keys", {"kind": "public", "label": "web", "new_profiles": 1}).json()
    world.write_key = key["key"]
    CountStore(world.containers["api"].db).met(hashed(world.write_key)[:8], 1, world.now)
    batch(world, {"type": "track", "event": "Seen", "userId": "ada", "messageId": "m-1"}, context={"ip": "203.0.113.9"})
    batch(world, 7, {"type": "track", "userId": "ada"}, {"type": "track", "event": "Again", "userId": "bob"})
    return world


def test_everything_parked_is_seen_with_its_reason(crowded: World) -> None:
    found = {one["reason"]: one for one in shown(crowded)}
    assert set(found) == {"too_many_profiles", "not_an_object", "no_event_name"}
    assert found["not_an_object"]["call"] == 7
    assert all(one["source"] == "segment" and one["received_at"] == RECEIVED for one in found.values())
    assert crowded.write_key not in str(found)
    one = shown(crowded, reason="not_an_object")[0]
    assert crowded.ask("GET", f"/v1/parked/{one['id']}").json() == one


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 4),
        ({"source": "segment"}, 4),
        ({"source": "ses"}, 0),
        ({"reason": "too_many_profiles"}, 2),
        ({"limit": 3}, 3),
    ],
)
def test_a_filter_and_pages_show_each_once(crowded: World, query: dict[str, Any], count: int) -> None:
    found = shown(crowded, **query)
    assert len(found) == count
    seen, cursor = (
        [one["id"] for one in shown(crowded, limit=2)],
        crowded.ask("GET", "/v1/parked", limit=2).json()["cursor"],
    )
    seen += [one["id"] for one in shown(crowded, limit=50, cursor=cursor)]
    assert len(set(seen)) == len(seen) == 4
    assert len(shown(crowded, key=hashed(crowded.write_key)[:8])) == 4


def test_once_the_cause_is_gone_a_call_is_taken_in_as_of_its_receipt(crowded: World) -> None:
    key = hashed(crowded.write_key)
    assert crowded.ask("PATCH", f"/v1/keys/{key}", {"new_profiles": 100}).status == 200
    crowded.wait(timedelta(hours=2))
    done = crowded.ask("POST", "/v1/parked/replay", {"reason": "too_many_profiles"}).json()
    assert (done["items"], done["stored"], done["refused"], done["cursor"]) == (2, 2, {}, None)
    crowded.settle()
    first = next(event for event in events(crowded) if event["customer"] == "u#ada")
    assert (first["received_at"], first["timestamp"], first["at"]) == (RECEIVED,) * 3
    assert first["context"] == {"ip": "203.0.113.9"}, "what its envelope said"
    assert first["unproven"] is True, "whoever replays proves nothing"
    assert {one["reason"] for one in shown(crowded)} == {"not_an_object", "no_event_name"}


def test_a_replay_that_comes_twice_stores_once(crowded: World) -> None:
    crowded.ask("PATCH", f"/v1/keys/{hashed(crowded.write_key)}", {"new_profiles": 100})
    crowded.wait(timedelta(minutes=1))
    parked = crowded.parked()
    for number in range(2):
        done = crowded.ask("POST", "/v1/parked/replay", {"reason": "too_many_profiles"}).json()
        assert (done["stored"], done["known"]) == ((2, 0) if number == 0 else (0, 2))
        for item in parked:  # as if the answer had been lost before anything was removed
            crowded.platform.put("work", item)
    assert len(crowded.items(EVENTS)) == 2


def test_what_is_refused_again_stays_with_its_reason_of_now(crowded: World) -> None:
    (one, _) = shown(crowded, reason="too_many_profiles")
    crowded.ask("PATCH", f"/v1/keys/{hashed(crowded.write_key)}", {"new_profiles": 9, "require_user_hash": True})
    done = crowded.ask("POST", f"/v1/parked/{one['id']}/replay").json()
    assert (done["stored"], done["refused"]) == (0, {"no_user_hash": 1})
    assert crowded.ask("GET", f"/v1/parked/{one['id']}").json()["reason"] == "no_user_hash"


def test_a_key_that_is_gone_gives_no_call_more_than_a_public_key(crowded: World) -> None:
    crowded.ask("DELETE", f"/v1/keys/{hashed(crowded.write_key)}")
    done = crowded.ask("POST", "/v1/parked/replay", {"reason": "too_many_profiles"}).json()
    assert done["stored"] == 2
    assert all(event["unproven"] for event in events(crowded))


def test_what_a_public_key_may_not_do_no_replay_does(world: World) -> None:
    evil = {"userId": "eve", "anonymousId": "email:0123", "traits": {"email": "eve@evil.example"}}
    assert world.post("/v1/identify", evil).status == 200
    (one,) = shown(world)
    assert one["call"] == evil, "a request of one call is kept whole"
    assert world.ask("POST", f"/v1/parked/{one['id']}/replay").json()["refused"] == {"reserved_id": 1}
    assert world.items(EVENTS) == []


def test_what_was_too_long_to_keep_cannot_be_replayed(world: World) -> None:
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=700_000))
    batch(world, {"type": "track", "event": "Seen", "userId": "ada", "properties": {"noise": noise}})
    (one,) = shown(world)
    assert (one["reason"], one["replayable"]) == ("too_long", False)
    answer = world.ask("POST", f"/v1/parked/{one['id']}/replay")
    assert (answer.status, answer.code) == (409, "not_replayable")
    assert world.ask("POST", "/v1/parked/replay", {}).json()["skipped"] == 1


def test_what_is_discarded_is_forgotten(crowded: World) -> None:
    one = shown(crowded, reason="not_an_object")[0]
    assert crowded.ask("DELETE", f"/v1/parked/{one['id']}").json()["items"] == 1
    assert crowded.ask("GET", f"/v1/parked/{one['id']}").code == "parked_not_found"
    assert crowded.ask("POST", "/v1/parked/discard", {"reason": "no_event_name"}).json()["items"] == 1
    assert crowded.ask("POST", "/v1/parked/discard", {}).json()["items"] == 2
    assert shown(crowded) == []


def test_an_event_that_could_not_be_counted_is_in_the_same_view(world: World) -> None:
    item = {"pk": "u#ada", "sk": f"{RECEIVED}#m-1", "name": "Seen", "received_at": RECEIVED}
    world.containers["project_events"].parked_events.park(item, "ValueError in chalicelib/x.py:1", world.now)
    (one,) = shown(world)
    assert (one["kind"], one["reason"], one["replayable"]) == ("event", "ValueError in chalicelib/x.py:1", False)
    assert one["call"] == {"pk": "u#ada", "sk": f"{RECEIVED}#m-1", "name": "Seen"}
    assert times.text(world.now) == one["received_at"]
    assert world.ask("POST", f"/v1/parked/{one['id']}/replay").code == "not_replayable"
    assert world.ask("GET", f"/v1/parked/{one['id']}").json() == one
    assert world.ask("DELETE", f"/v1/parked/{one['id']}").status == 200
    assert shown(world) == []


@pytest.mark.parametrize("id", ["none", "Y2FsbHw", "x" * 500, "ZXZlbnR8eA", "%F0%9F%8C%B1"])
def test_an_unknown_id_is_not_found(world: World, id: str) -> None:
    for method, path in (("GET", ""), ("DELETE", "")):
        answer = world.ask(method, f"/v1/parked/{id}{path}")
        assert (answer.status, answer.code) == (404, "parked_not_found")


@pytest.mark.parametrize("cursor", ["none", "eA", "x" * 3_001, "Y2FsbHwA"])
def test_a_forged_cursor_is_refused(world: World, cursor: str) -> None:
    assert world.ask("GET", "/v1/parked", cursor=cursor).status == 400


def test_a_webhook_is_read_anew_by_the_mapping_that_was_corrected(world: World) -> None:
    def club(where: str) -> None:
        mapping = {"events": [{"event": "Game Won", "userId": where}]}
        answer = world.ask("PUT", "/v1/sources/club", {"reads": "standard", "mapping": mapping})
        assert answer.status == 200, answer.text
        world.wait(timedelta(minutes=2))

    club("$.nobody")
    vendors.entrust(world, "club", vendors.SECRETS["standard"])
    received = times.text(world.now)
    sent = vendors.signed("standard", "", {"member": "ada", "moves": 31}, world.now)
    assert sent.to(world, "club").status == 200
    (one,) = shown(world, source="club")
    assert (one["reason"], one["key"], one["replayable"]) == ("no_user_anon_id", None, True)
    assert not {name for name in one if "signature" in name}
    assert world.ask("POST", f"/v1/parked/{one['id']}/replay").json()["refused"] == {"no_user_anon_id": 1}
    club("$.member")
    done = world.ask("POST", "/v1/parked/replay", {"source": "club"}).json()
    assert (done["items"], done["stored"], done["refused"]) == (1, 1, {})
    assert shown(world) == []
    (event,) = events(world)
    assert (event["customer"], event["name"], event["received_at"]) == ("u#ada", "Game Won", received)
    assert world.ask("POST", "/v1/parked/replay", {"source": "club"}).json()["items"] == 0
    assert sent.to(world, "club").status == 200
    world.settle()
    assert len(world.items(EVENTS)) == 1, "the vendor's retry is the same event"


def test_what_came_from_a_source_that_is_gone_stays(world: World) -> None:
    refusal = Refusal(Reason.NOBODY, "nobody", "{}")
    store = world.containers["api"].parked
    store.park_sent([(refusal, Way(whole=True))], Arrival("gone", "", world.now, 2))
    (one,) = shown(world)
    assert world.ask("POST", f"/v1/parked/{one['id']}/replay").code == "not_replayable"
    assert world.ask("POST", "/v1/parked/replay", {}).json()["skipped"] == 1
    assert len(shown(world)) == 1


def recorded(name: str) -> Any:
    return json.loads((HERE / "shopify" / f"{name}.json").read_text())


def delivers(world: World, name: str) -> None:
    case = recorded(name)
    assert vendors.signed("shopify", case["route"], case["payload"], world.now).to(world).status == 200


BUYER = "7300112233445566778"


def revenue(world: World) -> str:
    world.settle()
    return str(world.customer(BUYER)["orders"]["revenue"])


def test_a_shops_parked_refund_is_taken_in_for_whoever_ordered(world: World) -> None:
    vendors.entrust(world, "shopify")
    delivers(world, "refund")
    delivers(world, "order_created")
    assert revenue(world) == "36.45", "it waited for its order"
    (one,) = shown(world)
    done = world.ask("POST", f"/v1/parked/{one['id']}/replay").json()
    assert (done["stored"], done["known"], done["refused"]) == (0, 1, {})
    assert (shown(world), revenue(world)) == ([], "36.45")


@pytest.mark.parametrize(("secret", "counts"), [(True, True), (False, False)])
def test_a_parked_refund_looks_for_its_orders_owner_unless_a_public_key_brought_it(
    world: World, secret: bool, counts: bool
) -> None:
    order = recorded("order_created")["payload"]["id"]
    call = {"type": "track", "event": "Order Refunded", "properties": {"order_id": str(order), "total": "20"}}
    key = world.secret_key if secret else world.write_key
    headers = {"Authorization": f"Bearer {key}"} if secret else {"X-Write-Key": key}
    body = json.dumps({"batch": [{**call, "messageId": "back"}]}).encode()
    assert world.http.request("POST", "/v1/batch", headers=headers, body=body).status == 200
    (one,) = shown(world)
    replay = f"/v1/parked/{one['id']}/replay"
    assert world.ask("POST", replay).json()["refused"] == {"no_user_anon_id": 1}, "nobody has told of the order"
    vendors.entrust(world, "shopify")
    delivers(world, "order_created")
    assert revenue(world) == "61.40"
    done = world.ask("POST", replay).json()
    assert (done["stored"], done["refused"]) == ((1, {}) if counts else (0, {"no_user_anon_id": 1}))
    assert revenue(world) == ("41.40" if counts else "61.40")
