"""Erasing a person: nothing is left anywhere but what must be, whatever happens on the way."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.customers.erased import HASH_KEY as BURIED
from chalicelib.customers.packing import json_of
from chalicelib.customers.packing import unpack as unpack_facts
from chalicelib.customers.suppression import HASH_KEY as SUPPRESSED
from chalicelib.jobs.kind import Around
from chalicelib.jobs.run import Runner
from chalicelib.resources import CUSTOMERS, ENROLMENTS, EVENTS, SENDS, WORK
from chalicelib.tracking.body import unpack as unpack_body
from infra.local.mailbox import events as ses
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.flow.story import joins, orders, says
from tests.operations.test_failures import batch
from tests.review.faults import Crash, counting, crashing

CANARIES = ("canary-user", "canary-device", "canary@", "canary-order", "7700 900123", "canary-trait")
EMAIL = "canary@example.com"
PRIVACY = (Path(__file__).parents[2] / "docs" / "PRIVACY.md").read_text(encoding="utf-8")


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def lives(world: World) -> None:
    """Somebody visits, signs up, orders, is written to, sends what cannot be used, and has a friend; and of both
    something was given up."""
    world.publish("welcome")
    says(world, "page", "", anonymousId="canary-device", messageId="p", name="Home")
    traits = {"email": EMAIL, "phone": "+44 7700 900123", "firstName": "canary-trait"}
    says(world, "identify", "canary-user", anonymousId="canary-device", messageId="i", traits=traits)
    says(world, "track", "canary-user", event="Subscribed", properties={"channel": "email"}, messageId="s")
    orders(world, "canary-user", "canary-order", "10.00")
    joins(world, "friend")
    refused = [
        {"type": "nothing", "userId": "canary-user"},
        {"type": "nothing", "userId": "friend"},
        {"type": "nothing", "traits": {"email": EMAIL.upper()}, "userId": "x"},
    ]
    assert world.post("/v1/batch", {"batch": refused}).status == 200
    world.settle()
    mail = world.mails(EMAIL)[-1]
    for kind in ("Delivery", "Open"):
        world.report(mail, kind)
    world.settle()
    for who in ("canary-user", "friend"):
        world.platform.give_up(resources.WALKS, {"customer": f"u#{who}", "enrolment": "welcome#i"})
    world.platform.give_up(resources.FEEDBACK, ses.record("Bounce", mail, world.now, {}))
    projected = [each.event["Records"] for each in world.delivered if each.function == "project_events"]
    world.platform.give_up_batch("aws/lambda/1", given_up([record for records in projected for record in records]))


def given_up(records: list[Any]) -> Any:
    """What Lambda keeps of a batch of the projector's."""
    return json.loads(batch(payload=json.dumps({"Records": records})))


def erases(world: World, who: str = "canary-user") -> Any:
    answer = world.ask("DELETE", f"/v1/customers/{who}")
    assert answer.status == 202, answer.text
    return answer.json()


def left(world: World, but: tuple[str, ...] = ()) -> list[str]:
    """Where any of the canaries still is: table and keys of the item, the file, or the letter."""
    found = []
    for table in resources.TABLES:
        for item in world.items(table):
            opened = {name: _opened(value) for name, value in item.items()}
            if any(canary in json.dumps(opened, default=str).lower() for canary in CANARIES):
                found.append(f"{table}: {item['pk']} {item['sk']}")
    assert isinstance(world.platform, Fakes)
    files = world.platform.files.held | world.platform.failures.held
    texts = {key: body.decode("latin-1") for key, body in files.items()}
    texts |= {id: letter.text for id, letter in world.platform.letters.held.items()}
    for key, text in texts.items():
        if any(canary in text.lower() for canary in CANARIES):
            found.append(key)
    return found


def _opened(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    for opened in (unpack_body, lambda packed: json_of(unpack_facts(packed)).decode()):
        with suppress(ValueError, KeyError, TypeError, AttributeError, zlib.error):
            return opened(value)
    return value.decode("latin-1")


def test_nothing_is_left_and_the_job_says_what_was_erased(world: World) -> None:
    lives(world)
    assert len(left(world)) > 10
    friend = world.customer("friend")
    job = erases(world)
    assert job["status"] == "queued"
    world.settle()
    assert left(world) == []
    done = world.ask("GET", f"/v1/jobs/{job['id']}").json()
    assert done["status"] == "done"
    counts = done["counts"]
    assert counts["subjects"] >= 2
    assert counts["events"] >= 6
    assert (counts["enrolments"], counts["sends"], counts["parked_calls"]) == (1, 1, 2)
    assert (counts["dead_letters"], counts["failed_records"]) == (2, counts["events"])
    assert counts["kept_address_hashes"] == 2
    assert not [name for name in counts if f"`{name}`" not in PRIVACY], "docs/PRIVACY.md lists every count"
    assert set(done["report"]["kept"]) == {"address_hashes", "tombstones", "backups"}
    assert world.ask("GET", "/v1/customers/canary-user").status == 404
    assert world.ask("DELETE", "/v1/customers/canary-user").status == 404
    assert world.customer("friend") == friend


def test_what_remains_are_hashes(world: World) -> None:
    lives(world)
    erases(world)
    world.settle()
    kept = [item["pk"].partition("#")[0] + "#" for item in world.items(CUSTOMERS) if "friend" not in item["pk"]]
    assert {kind for kind in kept if kind in (BURIED, SUPPRESSED)} == {BURIED, SUPPRESSED}
    assert kept.count(SUPPRESSED) == 2
    assert [item["pk"] for item in world.items(WORK) if item["pk"] == "person"] == []


def test_nobody_is_mailed_who_was_erased_and_is_imported_again(world: World) -> None:
    lives(world)
    erases(world)
    world.settle()
    world.wait(timedelta(days=40))
    sent = len(world.mails(EMAIL))
    says(world, "identify", "other-id", messageId="i2", traits={"email": EMAIL})
    says(world, "track", "other-id", event="Subscribed", properties={"channel": "email"}, messageId="s2")
    world.settle()
    world.wait(timedelta(minutes=1))
    world.tick()
    world.settle()
    (row,) = [item for item in world.items(SENDS) if item["pk"] == "u#other-id"]
    assert (row["status"], row["reason"]) == ("skipped", "suppressed_erased")
    assert len(world.mails(EMAIL)) == sent


def test_a_dead_mailbox_stays_dead(world: World) -> None:
    lives(world)
    world.report(world.mails(EMAIL)[-1], "Bounce", subtype="General")
    world.settle()
    erases(world)
    world.settle()
    items = [item for item in world.items(CUSTOMERS) if item["pk"].startswith(SUPPRESSED)]
    assert sorted(item.get("undeliverable", "") for item in items) == ["", "bounce"]


def test_what_comes_late_brings_nobody_back(world: World) -> None:
    lives(world)
    deliveries = list(world.delivered)
    mail = world.mails(EMAIL)[-1]
    erases(world)
    world.settle()
    world.redeliver([each for each in deliveries if each.function != "work_jobs"])
    world.report(mail, "Click", link="https://shop.example")
    says(world, "page", "", anonymousId="canary-device", messageId="p", name="Home")
    world.settle()
    world.tick()
    world.settle()
    assert left(world) == []


def test_erasing_works_from_any_id_of_the_person(world: World) -> None:
    lives(world)
    erases(world, "a%23canary-device")
    world.settle()
    assert left(world) == []


@pytest.mark.parametrize("acknowledged", [False, True])
def test_an_erasure_that_dies_at_any_call_is_made_good_by_the_next(acknowledged: bool) -> None:
    """Every call of the job, one after the other: the process dies there, and the same change is worked again."""
    at, calls = 0, 1
    while at < calls:
        with over_fakes() as world:
            lives(world)
            erases(world)
            assert isinstance(world.platform, Fakes)
            calls = _worked(world, at, acknowledged)
            world.settle()
            assert left(world) == [], f"died at call {at} of {calls}"
            (job,) = [item for item in world.items(WORK) if item["pk"] == "job"]
            assert job["status"] == "done"
        at += 1 if at < 40 else 7
    assert calls > 60


def _worked(world: World, at: int, acknowledged: bool) -> int:
    """Work the job off, dying once at call `at`; how many calls it takes undisturbed."""
    platform = world.platform
    assert isinstance(platform, Fakes)
    db, count = counting(crashing(platform.db, at, acknowledged=acknowledged))
    for _ in range(50):
        (change,) = [item for item in platform.db.items(WORK) if item["pk"] == "job"]
        if change["status"] == "done":
            break
        ports = platform.ports()
        assert ports.secrets is not None
        around = Around(dead_letters=lambda: platform.letters, failed_batches=lambda: platform.failures)
        runner = Runner(db, platform.files, platform.queues, ports.secrets, lambda: world.now, around=around)
        try:
            runner.work(change)
        except Crash:
            continue
    return count()


def test_a_shop_that_asks_by_address_finds_the_guest(world: World) -> None:
    from chalicelib.tracking.contact import address_id
    from chalicelib.tracking.event import Event

    guest = Event(
        message_id="g",
        type="track",
        name="Order Completed",
        anonymous_id=address_id("email", EMAIL),
        timestamp=world.now,
        at=world.now,
        received_at=world.now,
        properties={"order_id": "canary-order", "total": "5"},
        context={"traits": {"email": EMAIL}},
        source="shopify",
    )
    world.containers["api"].events.store([guest])
    world.settle()
    assert left(world)
    asked = _request("erase", email=EMAIL, reference="r1")
    for _ in range(2):
        world.containers["api"].privacy.start(asked, "shopify")
        world.settle()
    assert left(world) == []
    assert len([item for item in world.items(WORK) if item["pk"] == "job"]) == 1


def _request(kind: str, **given: Any) -> Any:
    import dataclasses

    from chalicelib.tracking.privacy import PrivacyRequest

    names = {field.name for field in dataclasses.fields(PrivacyRequest)}
    more = {"received_at": times.parse("2026-11-22T10:00:00Z")} if "received_at" in names else {}
    return PrivacyRequest(kind=kind, **more, **given)  # type: ignore[arg-type]


def test_enrolments_end_before_anything_else_is_touched() -> None:
    from chalicelib.jobs.persons.erase import STEPS

    assert list(STEPS)[:2] == ["bury", "stop"]
    assert {ENROLMENTS, SENDS, EVENTS} < set(resources.TABLES)
