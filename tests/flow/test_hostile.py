"""Ten thousand hostile calls under a public key, against people who exist: nothing protected of anybody changes.

The attacker has read the page's source, so the write key is known, and knows every user id, address and anonymous id
there is. What no attacker has: a secret key, a user's hash, the moment of receipt. What is posted goes the whole way:
route, pipeline, table, stream, projector.
"""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random
from typing import Any, Final

from chalicelib import times
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World

CALLS: Final = 10_000
EACH: Final = 100  # calls in a request
PEOPLE: Final = tuple(f"person-{number}" for number in range(20))
SEED: Final = 20261122
WORDS: Final = ("email", "Email", "EMAIL ", "phone", "externalId", "external_ids", "external_id:crm")
EPOCHS: Final = (
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "1999-01-01T00:00:00Z",
    "2001-01-01T00:00:00Z",
    "2200-01-01T00:00:00Z",
)


def test_ten_thousand_hostile_calls_change_nothing_protected() -> None:
    with over_fakes() as world:
        _people(world)
        before = {who: _protected(world, who) for who in PEOPLE}
        random = Random(SEED)
        calls = [_hostile(world, random, number) for number in range(CALLS)]
        for first in range(0, CALLS, EACH):
            body: dict[str, Any] = {"batch": calls[first : first + EACH]}
            if random.random() < 0.3:
                body["context"] = {"traits": {"email": "evil@evil.example", "phone": "+40700000666"}}
            if random.random() < 0.2:
                body["sentAt"] = random.choice(EPOCHS)
            assert world.post("/v1/batch", body).status == 200
            world.wait(timedelta(seconds=random.choice((0, 1, 600))))
            if first % (20 * EACH) == 0:
                world.settle()
        world.settle()
        _rebuilt(world)
        after = {who: _protected(world, who) for who in PEOPLE}
        assert after == before
        parked = {item["reason"] for item in world.items("work") if item["pk"] == "parked"}
        assert {"wrong_user_hash", "reserved_id"} <= parked


def test_no_made_up_time_takes_a_visitor_from_anybody() -> None:
    with over_fakes() as world:
        _people(world)
        for number, moment in enumerate(EPOCHS):
            said = {"userId": "eve", "anonymousId": "device-1", "timestamp": moment, "messageId": f"e-{number}"}
            assert world.post("/v1/identify", said).status == 200
            assert world.post("/v1/alias", {**said, "previousId": "device-1", "messageId": f"a-{number}"}).status == 200
        world.settle()
        found = world.ask("GET", f"/v1/customers/{PEOPLE[1]}/subjects").json()["subjects"]
        assert [one["subject"] for one in found] == ["a#device-1"]
        assert world.ask("GET", "/v1/customers/eve/subjects").json()["subjects"] == []


def _people(world: World) -> None:
    """Each known for a day: by a server, and by the shop's page, where they signed up and agreed."""
    server = {"Authorization": f"Bearer {world.secret_key}"}
    for number, who in enumerate(PEOPLE):
        traits = {"email": f"{who}@shop.example", "phone": f"+4070000{number:04}", "external_id": f"crm-{number}"}
        said = [
            {"type": "identify", "userId": who, "anonymousId": f"device-{number}", "traits": traits},
            {"type": "track", "event": "Subscribed", "userId": who, "properties": {"channel": "email"}},
            {"type": "track", "event": "Unsubscribed", "userId": who, "properties": {"channel": "sms"}},
        ]
        if number % 2:
            assert world.post("/v1/batch", {"batch": said}).status == 200
        else:
            assert (
                world.http.request(
                    "POST", "/v1/batch", headers=server, body=json.dumps({"batch": said}).encode()
                ).status
                == 200
            )
    world.settle()
    world.wait(timedelta(days=1))


def _hostile(world: World, random: Random, number: int) -> Any:
    who = PEOPLE[(number // EACH * 2 + random.randrange(2)) % len(PEOPLE)]  # two in a request: it is not slower then
    other = random.choice(PEOPLE)
    call: dict[str, Any] = {"type": "identify", "userId": who, "messageId": f"h-{random.randrange(CALLS)}"}
    call["timestamp"] = random.choice((*EPOCHS, times.text(world.now), times.text(world.now - timedelta(days=2))))
    evil = {random.choice(WORDS): random.choice(("evil@evil.example", "+40700000666", None, "", ["x"])), "plan": number}
    match random.randrange(9):
        case 0 | 1 | 2:
            call["traits"] = evil
        case 3:
            ids = [{"id": f"crm-{random.randrange(20)}", "type": random.choice(("crm", "shopify"))}]
            call["context"] = {"traits": evil, "active": True, "externalIds": ids}
        case 4:
            consent = {"channel": random.choice(("email", "sms", "push", "post")), "source": "perennial"}
            said = {"type": "track", "event": random.choice(("Subscribed", "Unsubscribed")), "properties": consent}
            call |= said
        case 5:
            call |= {
                "type": "alias",
                "previousId": random.choice((other, f"u#{other}", f"device-{number % len(PEOPLE)}", "email:00")),
            }
        case 6:
            call |= {"traits": evil, "context": {"userHash": random.choice(("0" * 64, "", 7, world.write_key))}}
        case 7:
            reserved = random.choice(
                ("email:0123", "phone:0123", "cart:7", f"device-{number % len(PEOPLE)}", f"own-{number}")
            )
            call |= {"traits": evil, "anonymousId": reserved}
        case _:
            event = random.choice(
                ("Email Bounced", "Email Marked as Spam", "Customers Merged", "Customer Split", "Cart Viewed")
            )
            properties = {
                "bounce_type": "Permanent",
                "into": f"u#{other}",
                "source": "ses",
                "cart_token": "x" * 20,
                **evil,
            }
            call |= {
                "type": random.choice(("track", "group")),
                "event": event,
                "properties": properties,
                "groupId": "g",
                "traits": evil,
            }
    return call


def _protected(world: World, who: str) -> Any:
    found = world.customer(who)
    traits = {
        name: value
        for name, value in found["traits"].items()
        if name.startswith("external_id") or name.strip().lower() in {word.lower().strip() for word in WORDS}
    }
    return found["id"], traits, found["consents"], found["suppressions"]


def _rebuilt(world: World) -> None:
    """From the stored events alone it is the same."""
    for who in PEOPLE:
        world.containers["review_due"].customers.mark(f"u#{who}", "test", world.now)
    world.tick()
    world.settle()
