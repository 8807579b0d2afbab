"""Double opt-in from the form to the proof, and leaving one topic or all of them, as people see it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.customers.facts import address_mark
from chalicelib.tracking import event as events
from infra.local.mailbox.mail import Mail
from tests.api.recipients import LETTER
from tests.fakes.world import World
from tests.flow.story import says, unsubscribe_path

CONSENT = {
    "topics": [
        {
            "name": "letter",
            "title": {"en": "The <letter>", "de": "Der Brief"},
            "description": {"en": "Once a month."},
            "wording": "2026-11",
            "double_opt_in": True,
        },
        {"name": "offers", "title": {"en": "Offers"}},
    ]
}
TEMPLATES = {
    "letter": {
        "class": "marketing",
        "topic": "letter",
        "subject": "{{ topic.title }}",
        "text": "News. {{ links.unsubscribe }} {{ postal_address }}",
    }
}


@pytest.fixture
def asking(world: World) -> World:
    """A shop whose letter asks for double opt-in; bob is known, and wants it."""
    answer = world.ask("PUT", "/v1/settings/consent", CONSENT)
    assert answer.status == 200, answer.text
    world.define(LETTER, TEMPLATES)
    says(world, "identify", "bob", traits={"email": "bob@example.com"})
    subscribes(world, "bob", "letter")
    world.settle()
    return world


def subscribes(world: World, user: str, topic: str, number: int = 1, **more: Any) -> None:
    properties = {"channel": "email", "topic": topic, "source": "footer form", **more}
    says(world, "track", user, event="Subscribed", messageId=f"{user}-{topic}-{number}", properties=properties)


def confirm_path(mail: Mail) -> str:
    found = re.search(r"https://shop\.example/api(/c/[A-Za-z0-9_-]+)", str(mail.text))
    assert found is not None, mail
    return found[1]


def standing(world: World, user: str = "bob") -> dict[str, str]:
    answer = world.ask("GET", f"/v1/customers/{user}/consents")
    assert answer.status == 200, answer.text
    return {one["to"]: one["status"] for one in answer.json()["consents"]}


def letter_due(world: World, user: str = "bob") -> tuple[str, str | None, str | None]:
    """The letter is due: what became of it, why not, and on whose word."""
    world.wait(timedelta(days=2))
    number = str(world.now.timestamp())
    says(world, "track", user, event="Letter Due", messageId=f"{user}-{number}")
    world.settle()
    world.pass_through(world.now + timedelta(minutes=2))
    row = max(
        (item for item in world.items(resources.SENDS) if item["template"] == "letter" and item["pk"] == f"u#{user}"),
        key=lambda item: item["planned_at"],
    )
    return row["status"], row.get("reason"), row.get("permitted")


def test_a_subscription_waits_until_the_person_confirms_it(asking: World) -> None:
    assert standing(asking) == {"email/letter": "pending"}
    (mail,) = asking.mails("bob@example.com")
    assert mail.subject == "Please confirm your subscription"
    assert "The &lt;letter&gt;" in str(mail.html)
    assert "The <letter>" in str(mail.text)
    assert letter_due(asking) == ("skipped", "unconfirmed", None)

    shown = asking.http.request("GET", confirm_path(mail))
    assert (shown.status, "You asked for: The &lt;letter&gt;" in shown.text) == (200, True)
    assert standing(asking) == {"email/letter": "pending"}, "scanners follow links"
    done = asking.http.request("POST", confirm_path(mail), body=b"confirm=yes")
    assert (done.status, "You are subscribed" in done.text) == (200, True)
    asking.settle()
    assert standing(asking) == {"email/letter": "granted"}
    assert letter_due(asking) == ("sent", None, "topic_consent")


def test_the_proof_holds_what_law_asks_for_and_no_address(asking: World) -> None:
    (mail,) = asking.mails("bob@example.com")
    asking.wait(timedelta(minutes=1))
    for _ in range(3):
        asking.http.request("POST", confirm_path(mail))
        asking.wait(timedelta(seconds=1))
        asking.settle()
    stored = [events.from_item(item) for item in asking.items(resources.EVENTS) if item["name"] == "Subscribed"]
    (said,) = [event for event in stored if event.source == "perennial"]
    proof = said.properties["proof"]
    assert set(proof) == {"token", "confirmed_at", "statement", "send_id", "wording", "of"}
    assert proof["of"] == address_mark("bob@example.com")
    assert (proof["statement"], proof["wording"], said.properties["wording"]) == ("bob-letter-1", "2026-11", "2026-11")
    history = asking.ask("GET", "/v1/customers/bob/consents").json()["history"]
    assert [(one["action"], one["status"], one["source"]) for one in history] == [
        ("subscribed", "granted", "double_opt_in"),
        ("subscribed", "pending", "footer form"),
    ]
    assert history[0]["proof"] == proof


def test_ten_forms_a_day_bring_one_mail(asking: World) -> None:
    for number in range(2, 11):
        asking.wait(timedelta(minutes=5))
        subscribes(asking, "bob", "letter", number)
        asking.settle()
    assert len(asking.mails("bob@example.com")) == 1
    asking.wait(timedelta(days=1))
    subscribes(asking, "bob", "letter", 11)
    asking.settle()
    assert len(asking.mails("bob@example.com")) == 2


def test_the_address_may_come_a_moment_after_the_subscription(asking: World) -> None:
    subscribes(asking, "eva", "letter")
    asking.settle()
    asking.wait(timedelta(seconds=2))
    says(asking, "identify", "eva", traits={"email": "eva@example.com"})
    asking.settle()
    assert asking.mails("eva@example.com") == []
    asking.pass_through(asking.now + timedelta(seconds=28))
    assert [mail.subject for mail in asking.mails("eva@example.com")] == ["Please confirm your subscription"]


def test_a_journey_may_begin_with_the_confirmation(asking: World) -> None:
    rule = {"consent": "email", "topic": "letter", "is": "granted"}
    greeting = LETTER | {"name": "greeting", "trigger": {"on": "event", "name": "Subscribed"}, "entry": rule}
    asking.define(greeting | {"re_entry": "once"}, TEMPLATES)
    asking.wait(timedelta(seconds=31))
    says(asking, "identify", "eva", traits={"email": "eva@example.com"})
    subscribes(asking, "eva", "letter")
    asking.settle()
    (mail,) = asking.mails("eva@example.com")
    asking.wait(timedelta(minutes=1))
    asking.http.request("POST", confirm_path(mail))
    asking.settle()
    assert [mail.subject for mail in asking.mails("eva@example.com")[1:]] == ["The <letter>"]


def test_anybody_may_ask_for_somebody_and_nobody_can_answer_but_the_person(asking: World) -> None:
    asking.wait(timedelta(days=1))
    subscribes(asking, "bob", "letter", 2)  # the write key stands in every page's source
    subscribes(asking, "bob", "letter", 3, proof={"confirmed_at": "yesterday"})
    asking.settle()
    assert standing(asking) == {"email/letter": "pending"}


def test_a_name_that_somebody_invents_brings_no_mail_and_is_reported(asking: World) -> None:
    subscribes(asking, "bob", "invented")
    asking.settle()
    assert len(asking.mails("bob@example.com")) == 1
    assert [one["topic"] for one in asking.ask("GET", "/v1/topics").json()["unknown"]] == ["email/invented"]


def test_who_withdraws_before_confirming_cannot_be_subscribed_by_the_old_mail(asking: World) -> None:
    (mail,) = asking.mails("bob@example.com")
    asking.wait(timedelta(minutes=1))
    says(asking, "track", "bob", event="Unsubscribed", properties={"topic": "letter"}, messageId="no")
    asking.settle()
    assert asking.http.request("POST", confirm_path(mail)).status == 404
    assert standing(asking) == {"email/letter": "withdrawn"}


def test_a_mail_that_asked_long_ago_confirms_nothing(asking: World) -> None:
    (mail,) = asking.mails("bob@example.com")
    asking.wait(timedelta(days=31))
    assert asking.http.request("GET", confirm_path(mail)).status == 404
    assert asking.http.request("POST", confirm_path(mail)).status == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_is_good_for_its_purpose_only(asking: World, method: str) -> None:
    (mail,) = asking.mails("bob@example.com")
    assert asking.http.request(method, confirm_path(mail).replace("/c/", "/u/")).status == 404
    assert asking.http.request(method, "/c/1nothing").status == 404


def test_the_mail_may_be_rewritten_and_must_still_ask(asking: World) -> None:
    path = "/v1/templates/confirm-subscription"
    silent = asking.ask("PUT", path, {"class": "transactional", "subject": "Hello", "text": "Hello"})
    assert (silent.status, "links.confirm" in silent.text) == (400, True)
    marketing = {"class": "marketing", "subject": "Hello", "text": "{{ links.confirm }}"}
    assert asking.ask("PUT", path, marketing).status == 400
    own = {"class": "transactional", "subject": "{{ topic.title }}: ja?", "text": "{{ links.confirm }}"}
    assert asking.ask("PUT", path, own).status == 200
    asking.wait(timedelta(days=1))
    says(asking, "identify", "eva", traits={"email": "eva@example.com", "language": "de"})
    subscribes(asking, "eva", "letter")
    asking.settle()
    (mail,) = asking.mails("eva@example.com")
    assert mail.subject == "Der Brief: ja?"


@pytest.mark.parametrize(
    ("language", "subject", "button"),
    [
        ("it", "Conferma la tua iscrizione", "Confermo"),
        ("es-MX", "Confirma tu suscripción", "Confirmar"),
        ("ro", "Confirmă abonarea", "Confirm abonarea"),
        ("fr", "Please confirm your subscription", "Confirm"),
    ],
)
def test_the_mail_that_asks_and_its_page_speak_the_readers_language(
    asking: World, language: str, subject: str, button: str
) -> None:
    asking.wait(timedelta(days=1))
    says(asking, "identify", "eva", traits={"email": "eva@example.com", "language": language})
    subscribes(asking, "eva", "letter")
    asking.settle()
    (mail,) = asking.mails("eva@example.com")
    assert mail.subject == subject
    assert f">{button}</button>" in asking.http.request("GET", confirm_path(mail)).text


# --- leaving ---


@pytest.fixture
def reading(asking: World) -> World:
    """Bob has confirmed, agrees to mail as such, and has got a letter."""
    (mail,) = asking.mails("bob@example.com")
    asking.http.request("POST", confirm_path(mail))
    asking.settle()
    assert letter_due(asking)[0] == "sent"
    return asking


def test_one_click_leaves_the_topic_and_nothing_else(reading: World) -> None:
    mail = reading.mails("bob@example.com")[-1]
    page = reading.http.request("GET", unsubscribe_path(mail)).text
    assert "No more of The &lt;letter&gt;" in page
    assert "No more marketing mail at all" in page
    answer = reading.http.request("POST", unsubscribe_path(mail), body=b"List-Unsubscribe=One-Click")
    assert "no more of The &lt;letter&gt;" in answer.text
    reading.settle()
    assert standing(reading) == {"email/letter": "withdrawn"}
    assert letter_due(reading) == ("skipped", "unsubscribed_from_topic", None)


def test_the_other_button_leaves_everything(reading: World) -> None:
    mail = reading.mails("bob@example.com")[-1]
    reading.http.request("POST", unsubscribe_path(mail), body=b"from=all")
    reading.settle()
    assert standing(reading) == {"email": "withdrawn", "email/letter": "granted"}
    assert letter_due(reading) == ("skipped", "unsubscribed", None)
