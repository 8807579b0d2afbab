"""An address that was suppressed is written to again: who may have it so, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.aws.account import Listed
from chalicelib.customers import suppression
from chalicelib.customers.store import CustomerStore
from chalicelib.customers.suppression import Suppressed
from chalicelib.messages.suppressing import suppressed as heard
from chalicelib.tracking.store import EventStore
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.flow.story import joins

ADA = "ada@example.com"
PROVEN = {"action": "subscribe", "source": "support", "proof": {"ticket": "4711"}}


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        made.publish("welcome")
        joins(made, "ada")
        made.settle()
        yield made


def lift(world: World, address: str = ADA, status: int = 200, **more: str) -> Any:
    asked = {"address": address, "asked_by": "Ada, by telephone", "why": "The mailbox works again.", **more}
    answered = world.ask("POST", "/v1/suppressions/lift", asked)
    assert answered.status == status, answered.text
    later(world)
    return answered.json()


def later(world: World) -> None:
    """Two minutes: what was marked for a rebuild is rebuilt."""
    world.settle()
    world.wait(timedelta(minutes=2))
    world.tick()
    world.settle()


def suppressed(world: World, who: str = "ada") -> list[str]:
    return [each["reason"] for each in world.customer(who)["suppressions"]]


def reported(world: World, kind: str, **more: str) -> None:
    (mail, *_) = world.mails(ADA)
    world.report(mail, kind, recipient=ADA, **more)
    world.settle()
    world.wait(timedelta(hours=1))


def again(world: World, why: str) -> None:
    """Another mail comes to the same."""
    EventStore(platform(world).db).store([heard("u#ada", ADA, why, world.now, f"again at {world.now}")])
    world.settle()
    world.wait(timedelta(hours=1))


def bounces(world: World) -> None:
    reported(world, "Bounce", subtype="General")
    assert suppressed(world) == ["bounce"]


def complains(world: World) -> None:
    reported(world, "Complaint")
    assert suppressed(world) == ["complaint"]


def platform(world: World) -> Fakes:
    assert isinstance(world.platform, Fakes)
    return world.platform


def ses(world: World) -> dict[str, Any]:
    return platform(world).mail_account.listed


def listed(world: World, address: str, reason: Listed) -> None:
    ses(world)[address] = (reason, world.now - timedelta(hours=1))


def allowed(world: World, who: str = "ada") -> str | None:
    answers = world.ask("GET", f"/v1/customers/{who}/permission?class=transactional").json()["channels"]
    reason: str | None = next(each["reason"] for each in answers if each["channel"] == "email")
    return reason


def test_a_mailbox_that_works_again_is_written_to_again(world: World) -> None:
    bounces(world)
    assert allowed(world) == "suppressed_bounce"
    assert ADA in ses(world)
    assert lift(world)["customers"] == ["u#ada"]
    assert (suppressed(world), allowed(world), ses(world)) == ([], None, {})
    (told,) = [each for each in world.customer("ada")["timeline"] if each["title"] == "Suppression Lifted"]
    assert told["details"]["properties"]["asked_by"] == "Ada, by telephone"
    assert told["details"]["properties"]["why"] == "The mailbox works again."


def test_the_night_does_not_bring_it_back_and_a_new_bounce_does(world: World) -> None:
    bounces(world)
    world.night()
    lift(world)
    world.night()
    world.settle()
    assert (suppressed(world), allowed(world)) == ([], None)
    again(world, "bounce")
    assert (suppressed(world), allowed(world)) == (["bounce"], "suppressed_bounce")


def test_a_rebuild_comes_to_the_same(world: World) -> None:
    bounces(world)
    lift(world)
    store = CustomerStore(platform(world).db)
    before = store.load("u#ada").facts
    store.mark("u#ada", "to see", world.now)
    later(world)
    after = CustomerStore(platform(world).db).load("u#ada").facts
    assert (after.suppressed, after.lifted) == (before.suppressed, before.lifted)
    assert after.lifted


def test_a_complaint_is_lifted_when_its_person_has_agreed_anew_and_not_before(world: World) -> None:
    complains(world)
    refused = lift(world, status=409)
    assert (refused["code"], refused["details"]) == ("consent_needed", {"customers": ["u#ada"]})
    assert "preference centre" in refused["message"]
    assert suppressed(world) == ["complaint"]
    assert ADA in ses(world)
    unproven = {name: said for name, said in PROVEN.items() if name != "proof"}
    for statement, status in ((unproven, 409), (PROVEN, 200)):
        assert world.ask("POST", "/v1/customers/ada/consents", statement).status == 200
        later(world)
        lift(world, status=status)
    assert (suppressed(world), allowed(world), ses(world)) == ([], None, {})


def test_who_complains_after_having_agreed_anew_has_complained(world: World) -> None:
    complains(world)
    assert world.ask("POST", "/v1/customers/ada/consents", PROVEN).status == 200
    later(world)
    agreed_at = world.now
    again(world, "complaint")
    ses(world).clear()
    lift(world)  # as far as facts tell: of several complaints they know the first
    (held,) = world.customer("ada")["suppressions"]
    assert (held["reason"], times.parse(held["at"]) >= agreed_at) == ("complaint", True)
    assert lift(world, status=409)["code"] == "consent_needed"


@pytest.mark.parametrize("reason", ["BOUNCE", "COMPLAINT"])
def test_what_only_sess_list_says_is_lifted_likewise(world: World, reason: Listed) -> None:
    listed(world, "Eve@example.com", reason)
    world.ask("POST", "/v1/suppressions/sync")
    world.settle()
    joins(world, "eve")
    later(world)
    assert allowed(world, "eve") == f"suppressed_{reason.lower()}"
    if reason == "COMPLAINT":
        assert lift(world, "eve@example.com", 409)["code"] == "consent_needed"
        assert world.ask("POST", "/v1/customers/eve/consents", PROVEN).status == 200
        later(world)
    assert lift(world, "eve@example.com")["customers"] == ["u#eve"]
    assert (allowed(world, "eve"), ses(world)) == (None, {})


def test_an_address_that_nobody_has_is_lifted_for_whoever_comes_with_it(world: World) -> None:
    listed(world, "fay@example.com", "BOUNCE")
    listed(world, "gil@example.com", "COMPLAINT")
    world.ask("POST", "/v1/suppressions/sync")
    world.settle()
    assert lift(world, "fay@example.com")["customers"] == []
    assert lift(world, "gil@example.com", 409)["details"] == {"customers": []}
    for who in ("fay", "gil"):
        joins(world, who)
    later(world)
    assert (allowed(world, "fay"), allowed(world, "gil")) == (None, "suppressed_complaint")


def test_what_an_erasure_left_behind_is_never_lifted(world: World) -> None:
    mark = suppression.mark("pepper", "email", ADA)
    CustomerStore(platform(world).db).suppress(mark, Suppressed(world.now, "bounce"))
    listed(world, ADA, "BOUNCE")
    assert lift(world, status=409)["code"] == "suppressed_by_erasure"
    assert (allowed(world), list(ses(world))) == ("suppressed_bounce", [ADA])


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"address": ADA}, 404, "not_suppressed"),
        ({"address": "ada at example"}, 400, "invalid_address"),
        ({"address": "0721234567", "channel": "sms"}, 400, "invalid_address"),
        ({"address": "+40721234567", "channel": "sms"}, 404, "not_suppressed"),
        ({"address": ADA, "why": " "}, 400, "invalid_body"),
        ({"address": ADA, "channel": "push"}, 400, "invalid_body"),
    ],
)
def test_what_is_no_question_of_it_is_said(world: World, asked: dict[str, str], status: int, code: str) -> None:
    assert lift(world, status=status, **asked)["code"] == code


def test_where_ses_does_not_answer_nothing_is_lifted_and_it_is_asked_again(world: World) -> None:
    bounces(world)
    platform(world).mail_account.silent = True
    lift(world, status=503)
    assert suppressed(world) == ["bounce"]
    platform(world).mail_account.silent = False
    lift(world)
    lift(world, status=404)
    assert suppressed(world) == []
