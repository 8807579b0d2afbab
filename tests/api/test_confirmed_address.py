"""What the owner of one address confirmed, and another address that the same visitor names: anybody can confirm an
address of her own, and then enter somebody else's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from tests.api.recipients import LETTER, path_in
from tests.api.test_confirmation import CONSENT, confirm_path
from tests.fakes.world import World

OWN, OTHER = "own@example.com", "other@example.com"
TEMPLATES = {
    "letter": {
        "class": "marketing",
        "topic": "letter",
        "subject": "News",
        "text": "{{ event.of }} {{ links.unsubscribe }} {{ links.preferences }} {{ postal_address }}",
    }
}


@pytest.fixture
def shop(world: World) -> World:
    """A shop whose letter asks for double opt-in, and a visitor who has confirmed an address of her own."""
    assert world.ask("PUT", "/v1/settings/consent", CONSENT).status == 200
    world.define(LETTER, TEMPLATES)
    enters(world, OWN)
    subscribes(world)
    confirms(world, OWN)
    return world


def calls(world: World, type: str, **said: Any) -> None:
    """The visitor's browser, with the public key that stands in every page."""
    call = {"type": type, "anonymousId": "visitor", "messageId": f"{type}-{world.now.timestamp()}", **said}
    assert world.post("/v1/batch", {"batch": [call]}).status == 200
    world.settle()
    world.wait(timedelta(seconds=2))


def enters(world: World, address: str) -> None:
    calls(world, "identify", traits={"email": address})


def subscribes(world: World) -> None:
    calls(world, "track", event="Subscribed", properties={"channel": "email", "topic": "letter"})


def confirms(world: World, address: str) -> None:
    """Whoever reads the mails of an address presses the button of the last that asks."""
    asking = [mail for mail in world.mails(address) if "confirm" in mail.subject]
    assert world.http.request("POST", confirm_path(asking[-1])).status == 200
    world.settle()


def letter_due(world: World) -> tuple[str, str | None]:
    """The letter is due: what became of it, and why not."""
    world.wait(timedelta(days=2))
    calls(world, "track", event="Letter Due", properties={"of": str(world.now)})
    world.pass_through(world.now + timedelta(minutes=2))
    rows = [item for item in world.items(resources.SENDS) if item["template"] == "letter"]
    row = max(rows, key=lambda item: item["planned_at"])
    return row["status"], row.get("reason")


def subjects(world: World, address: str) -> list[str]:
    return [mail.subject for mail in world.mails(address)]


def test_the_address_that_was_confirmed_is_written_to(shop: World) -> None:
    assert letter_due(shop) == ("sent", None)
    assert subjects(shop, OWN)[1:] == ["News"]


def test_another_that_the_visitor_enters_is_not(shop: World) -> None:
    enters(shop, OTHER)
    assert letter_due(shop) == ("skipped", "unconfirmed")
    assert subjects(shop, OTHER) == []


def test_a_page_that_says_it_long_ago_makes_no_difference(shop: World) -> None:
    early = (shop.now - timedelta(seconds=3)).isoformat()  # after the first address, before the confirmation
    calls(shop, "identify", traits={"email": OTHER}, timestamp=early)
    assert letter_due(shop) == ("skipped", "unconfirmed")
    assert subjects(shop, OTHER) == []


def test_neither_is_it_when_the_visitor_says_a_name(shop: World) -> None:
    calls(shop, "identify", userId="eve", traits={"email": OTHER})
    assert letter_due(shop) == ("skipped", "unconfirmed")
    assert subjects(shop, OTHER) == []


def test_nor_does_the_confirmation_count_that_comes_after_the_change(world: World) -> None:
    assert world.ask("PUT", "/v1/settings/consent", CONSENT).status == 200
    world.define(LETTER, TEMPLATES)
    enters(world, OWN)
    subscribes(world)
    enters(world, OTHER)
    confirms(world, OWN)
    assert letter_due(world) == ("skipped", "unconfirmed")
    assert subjects(world, OTHER) == []


def test_the_other_is_asked_when_it_subscribes_and_may_say_yes(shop: World) -> None:
    shop.wait(timedelta(days=1))
    enters(shop, OTHER)
    subscribes(shop)
    assert subjects(shop, OTHER) == ["Please confirm your subscription"]
    confirms(shop, OTHER)
    assert letter_due(shop) == ("sent", None)
    assert subjects(shop, OTHER)[1:] == ["News"]
    enters(shop, OWN)
    assert letter_due(shop) == ("skipped", "unconfirmed"), "the last word is the other's"


def test_who_subscribes_again_with_the_same_address_is_not_asked_again(shop: World) -> None:
    shop.wait(timedelta(days=1))
    subscribes(shop)
    assert len(subjects(shop, OWN)) == 1
    assert letter_due(shop) == ("sent", None)


def test_whom_the_shop_says_it_is_the_same_person_it_is(shop: World) -> None:
    call = {"type": "identify", "anonymousId": "visitor", "messageId": "account", "traits": {"email": OTHER}}
    headers = {"Authorization": f"Bearer {shop.secret_key}"}
    body = json.dumps({"batch": [call]}).encode()
    assert shop.http.request("POST", "/v1/batch", headers=headers, body=body).status == 200
    shop.settle()
    assert letter_due(shop) == ("sent", None)
    assert subjects(shop, OTHER) == ["News"]


def test_what_is_ticked_on_our_page_is_of_the_address_that_got_the_link(shop: World) -> None:
    assert letter_due(shop) == ("sent", None)
    page = path_in(shop.mails(OWN)[-1], "p")
    for form in (b"save=yes&on=email&shown=email/letter", b"save=yes&on=email&on=email/letter"):
        shop.wait(timedelta(minutes=1))
        assert shop.http.request("POST", page, body=form).status == 200
        shop.settle()
    assert [one["status"] for one in standing(shop) if one["to"] == "email/letter"] == ["granted"]
    assert letter_due(shop) == ("sent", None)
    enters(shop, OTHER)
    assert letter_due(shop) == ("skipped", "unconfirmed")
    assert subjects(shop, OTHER) == []


def standing(shop: World) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = shop.ask("GET", "/v1/customers/a%23visitor/consents").json()["consents"]
    return found
