"""The channel `onsite`: the contract of channels, and a message that is where the visitor's page finds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.send import Send, Status, on_pages
from chalicelib.journeys.store import TemplateStore
from chalicelib.messages import onsite
from chalicelib.messages.channels import Message, Unsendable
from chalicelib.messages.onsite.store import WaitingStore
from chalicelib.messages.render import Rendered
from chalicelib.messages.store import SendStore
from tests.messages.channel_contract import SENDER, ChannelContract, message
from tests.messages.onsite.samples import ASK, SALE, asking, row
from tests.messages.samples import DAY, NOW
from tests.messages.world import World

SAID = {"title": "Hello", "close": "Close", "failed": "Again", "show": {"as": "dialog", "times": 3, "pause": 60}}


class TestOnsite(ChannelContract):
    name = "onsite"
    address = ""

    def message(self, **changes: Any) -> Message:
        words = Rendered("Hello", None, None, "en", onsite=SAID)
        return message(self.address, **{"words": words, "unsubscribe_url": None, **changes})

    def test_words_of_any_length_are_not_kept(self) -> None:
        words = Rendered("Hello", None, None, "en", onsite={**SAID, "text": "x" * 30_000})
        with pytest.raises(Unsendable, match="too long"):
            self.channel.prepare(self.message(words=words), SENDER)


def world(template: dict[str, Any] | None = None, **traits: Any) -> World:
    """Ada, who has agreed to nothing."""
    at = World()
    at.customer(**{"email": None, "first_name": "Ada", **traits}, consent=None)
    TemplateStore(at.db).put("ask", "ask", {"name": "ask", **(template or asking())}, NOW, in_force=True)
    return at


def says(at: World, granted: bool) -> None:
    """Ada says something of messages on the site."""
    store = CustomerStore(at.db)
    standing = store.load("u#ada")
    changed = Facts(consent={"onsite": Consent(granted, NOW - DAY, "m")})
    store.save(replace(standing, v=standing.v + 1, facts=changed), permission_changed=True)


def waiting(at: World, customer: str = "u#ada") -> list[Send]:
    return WaitingStore(at.db, SendStore(at.db)).of(customer, at.now)


def test_it_waits_for_the_visitors_page_until_it_is_no_longer_worth_it() -> None:
    at = world()
    planned = at.plan(row())
    assert at.dispatch(planned) == Status.SENT
    found = at.row(planned)
    assert (found.due_at, found.todo, found.provider_id) == (None, planned.deadline, planned.id)
    assert [each.id for each in waiting(at)] == [planned.id]
    at.wait(planned.deadline - at.now)
    assert waiting(at) == []


def test_no_tick_ever_looks_at_it() -> None:
    at = world()
    at.dispatch(at.plan(row()))
    item = at.db.get(resources.SENDS, "u#ada", row().id)
    assert item is not None
    assert item["due_shard"] == on_pages("u#ada") == "onsite#u#ada"
    assert Send.from_item(item).to_item() == {name: value for name, value in item.items() if name != "expires"}


def test_nobody_needs_to_have_agreed_and_a_no_is_a_no() -> None:
    at = world()
    says(at, granted=False)
    planned = at.plan(row())
    assert at.dispatch(planned) == Status.SKIPPED
    assert at.row(planned).reason == "unsubscribed"
    assert waiting(at) == []


def test_it_counts_for_no_cap_of_mails() -> None:
    at = world(email="ada@example.com")
    for number in range(4):
        assert at.dispatch(at.plan(row(id=f"20261122T0900-{number}"))) == Status.SENT
    at.says(consent=True)
    from tests.messages.samples import send

    mail = at.plan(send())
    assert at.dispatch(mail) == Status.SENT


def test_who_names_a_language_gets_it_and_for_others_the_page_decides() -> None:
    at = world(language="it")
    planned = at.plan(row())
    at.dispatch(planned)
    assert set((at.row(planned).said or {})["words"]) == {"it"}
    other = world()
    planned = other.plan(row())
    other.dispatch(planned)
    found = other.row(planned)
    assert set((found.said or {})["words"]) == {"en", "it"}
    assert [onsite.words(found, each)[0] for each in ("it-CH", "it", "fr", None)] == ["it", "it", "en", "en"]


@pytest.mark.parametrize(("template", "personal"), [(asking(), False), ({"class": "marketing", "onsite": SALE}, True)])
def test_what_says_the_same_to_everybody_is_not_personal(template: dict[str, Any], personal: bool) -> None:
    at = world(template)
    planned = at.plan(row())
    at.dispatch(planned)
    assert (at.row(planned).said or {})["personal"] is personal


def test_a_template_that_says_nothing_on_the_site_is_skipped_and_says_so() -> None:
    at = world()
    planned = at.plan(row(template="hello"))
    assert at.dispatch(planned) == Status.SKIPPED
    assert at.row(planned).reason == "template_of_another_channel"


def test_a_worker_that_died_before_it_was_marked_puts_it_there_the_second_time() -> None:
    at = world()
    planned = at.plan(row())
    claimed = replace(planned, status=Status.CLAIMED, owner="dead", v=2, due_at=NOW + timedelta(minutes=20))
    assert SendStore(at.db).save(planned, claimed)
    at.wait(timedelta(minutes=20))
    assert at.dispatch(planned) == Status.SENT
    assert [each.id for each in waiting(at)] == [planned.id]


def test_those_that_may_be_shown_the_longest_are_looked_at_and_what_is_over_is_not_in_their_way() -> None:
    at = world()
    for number in range(8):
        at.dispatch(at.plan(row(id=f"20261122T0900-{number}", deadline=NOW + timedelta(hours=number + 1))))
    at.wait(timedelta(hours=5))
    assert [each.id[-1] for each in waiting(at)] == ["7", "6", "5"]


def test_the_words_of_a_form_are_kept_with_it() -> None:
    at = world()
    planned = at.plan(row())
    at.dispatch(planned)
    said = (at.row(planned).said or {})["words"]["en"]
    assert said["form"]["consent"] == {**ASK["form"]["consent"], "required": True}
    assert "show" not in said
