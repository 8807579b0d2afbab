"""A template on its way: the customer's locale, the senders of it, tagged links, and tests that are nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.store import TemplateStore
from chalicelib.journeys.template import Template, parse
from chalicelib.messages import feedback, trial
from chalicelib.messages.channels.email import mailbox
from chalicelib.messages.compiling import made
from chalicelib.messages.permission import Policy
from tests.messages.samples import DAY, NOW, send
from tests.messages.world import World

LINK = '<a href="https://shop.example/new">New</a> <a href="{{ links.unsubscribe }}">Leave</a> {{ postal_address }}'
LETTER = made(
    parse(
        {
            "name": "hello",
            "class": "marketing",
            "subject": "Hello {{ customer.first_name }}",
            "html": LINK,
            "locales": {
                "ro": {
                    "subject": "{{ 20 | plural: one: 'produs', few: 'produse', other: 'de produse' }}",
                    "html": LINK,
                    "sender": "Prăvălia <salut@shop.example>",
                    "reply_to": "Ajutor <ajutor@shop.example>",
                }
            },
        }
    ),
    {},
)


def world(template: Template = LETTER, **traits: Any) -> World:
    found = World()
    found.customer(**traits)
    TemplateStore(found.db).put(template.name, template.name, template.stored(), NOW, in_force=True)
    return found


def sent(found: World, row: Send) -> dict[str, Any]:
    """The one request that was made for a row."""
    found.plan(row)
    assert found.dispatch(row) is Status.SENT
    (request,) = found.mail.sent
    return dict(request)


def test_everybody_is_written_to_in_their_language_by_its_sender() -> None:
    request = sent(world(language="ro"), send())
    assert request["Content"]["Simple"]["Subject"]["Data"] == "20 de produse"
    assert request["FromEmailAddress"] == mailbox("Prăvălia <salut@shop.example>")
    assert request["FromEmailAddress"].isascii()
    assert request["FromEmailAddress"].endswith("<salut@shop.example>")
    assert request["ReplyToAddresses"] == ["Ajutor <ajutor@shop.example>"]


def test_who_reads_another_language_gets_the_words_outside_by_the_deployments_sender() -> None:
    request = sent(world(locale="fr-FR"), send())
    assert request["Content"]["Simple"]["Subject"]["Data"] == "Hello Ada"
    assert request["FromEmailAddress"] == "Shop <hello@shop.example>"
    assert "ReplyToAddresses" not in request


def test_links_are_tagged_with_journey_and_template_but_for_the_way_out() -> None:
    body = sent(world(), send())["Content"]["Simple"]["Body"]
    html, text = body["Html"]["Data"], body["Text"]["Data"]
    tags = "utm_source=perennial&utm_medium=email&utm_campaign=welcome&utm_content=hello"
    assert f"https://shop.example/new?{tags.replace('&', '&amp;')}" in html
    assert f"https://shop.example/new?{tags}" in text
    assert html.count("utm_") == text.count("utm_") == 4


def test_a_pinned_version_is_sent_as_it_was() -> None:
    found = world()
    newer = made(parse({**LETTER.body(), "subject": "Newer"}), {})
    TemplateStore(found.db).put("hello", "hello", newer.stored(), NOW, in_force=True)
    request = sent(found, send(template_version=2))
    assert request["Content"]["Simple"]["Subject"]["Data"] == "Hello Ada"


class TestTrial:
    def row(self, **test: Any) -> Send:
        kept = LETTER.model_copy(update={"version": 2})
        return trial.row(kept, {"to": "me@shop.example", **test}, "n1", NOW)

    def test_it_goes_to_who_asked_as_whom_it_says(self) -> None:
        request = sent(world(language="ro"), self.row(**{"as": "u#ada"}))
        assert request["Destination"] == {"ToAddresses": ["me@shop.example"]}
        assert request["Content"]["Simple"]["Subject"]["Data"] == "[Test] 20 de produse"
        assert {"Name": "journey", "Value": "test-send"} in request["EmailTags"]

    def test_it_may_be_the_sample_in_any_locale(self) -> None:
        request = sent(world(), self.row(sample={"customer": {"first_name": "Eve"}}, locale="en"))
        assert request["Content"]["Simple"]["Subject"]["Data"] == "[Test] Hello Eve"

    def test_nobodys_consent_or_cap_matters_and_none_is_used_up(self) -> None:
        found = world(consent=False)
        for number in range(3):
            row = trial.row(LETTER.model_copy(update={"version": 2}), {"to": "me@shop.example"}, str(number), NOW)
            found.plan(row)
            assert found.dispatch(row) is Status.SENT
        assert found.db.get(resources.CUSTOMERS, row.customer, "!permit") is None

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [({"to": "eve@example.com"}, "not_allowed_recipient"), ({"to": "nothing"}, "invalid_address")],
    )
    def test_the_lists_of_the_deployment_hold_for_it(self, changes: dict[str, str], reason: str) -> None:
        found = World(policy=Policy(only_to=("*@shop.example", "nothing")))
        found.customer()
        TemplateStore(found.db).put("hello", "hello", LETTER.stored(), NOW, in_force=True)
        row = self.row(**changes)
        found.plan(row)
        assert found.dispatch(row) is Status.SKIPPED
        assert found.row(row).reason == reason

    def test_what_becomes_of_it_is_an_event_of_nobody(self) -> None:
        found = world()
        row = self.row(sample={})
        request = sent(found, row)
        report = {
            "eventType": "Delivery",
            "mail": {
                "messageId": "1",
                "timestamp": times.text(NOW),
                "tags": {tag["Name"]: [tag["Value"]] for tag in request["EmailTags"]},
            },
            "delivery": {"timestamp": times.text(NOW)},
        }
        assert feedback.take(report, found.desk) == [row.id]
        assert found.row(row).outcomes
        assert found.db.query(resources.EVENTS, row.customer).items == []

    def test_it_is_forgotten_after_a_month(self) -> None:
        found = world()
        row = self.row()
        found.dispatcher.sends.plan_test(row)
        item = found.db.get(resources.SENDS, row.customer, row.id)
        assert item is not None
        assert item["expires"] == int((NOW + 30 * DAY).timestamp())


def test_nothing_of_a_test_is_left_in_a_row_of_a_customer() -> None:
    row = send()
    assert "test" not in row.to_item()
    tried = trial.row(LETTER, {"to": "me@shop.example", "sample": {}}, "n", NOW)
    assert Send.from_item(tried.to_item()) == tried
