"""Messages on the site, by the API: who gets what, and what becomes of what a page says was done with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.api import onsite
from chalicelib.customers.consent import ConsentSettings
from chalicelib.tracking import event as events
from chalicelib.tracking import proof
from chalicelib.tracking.keys import hashed
from tests.fakes.gateway import Answer
from tests.fakes.world import World
from tests.flow.visitors import visitors_are_asked
from tests.messages.onsite.samples import SALE, asking

JOURNEY: dict[str, Any] = {
    "name": "ask",
    "title": "Ask",
    "class": "marketing",
    "trigger": {"on": "event", "name": "Product Viewed"},
    "re_entry": "always",
    "steps": [{"id": "ask", "do": "send", "template": "ask", "channel": "onsite", "within": "P7D"}],
}


def says(world: World, call: str, **body: Any) -> None:
    """A page's SDK says something of its visitor."""
    assert world.post(f"/v1/{call}", {"anonymousId": "x", **body}).status == 200
    world.settle()


@pytest.fixture
def site(world: World) -> World:
    """A visitor x, for whom a form waits."""
    world.define(JOURNEY, {"ask": asking()})
    says(world, "track", event="Product Viewed", messageId="m1")
    return world


@pytest.fixture
def sale(world: World) -> World:
    """A visitor x, for whom something personal waits."""
    world.define(JOURNEY, {"ask": {"class": "marketing", "onsite": SALE}})
    says(world, "track", event="Product Viewed", messageId="m1", properties={"category": "Hats"})
    return world


def ask(world: World, **query: str) -> Answer:
    """A page asks; it is that of x unless somebody else is named."""
    sent = {"writeKey": world.write_key, **(query or {"anonymousId": "x"})}
    return world.http.request("GET", "/v1/onsite", query=sent, headers={"Origin": "https://shop.example"})


def found(world: World, **query: str) -> list[dict[str, Any]]:
    answer = ask(world, **query)
    assert answer.status == 200, answer.text
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


def tell(world: World, did: str, **more: Any) -> Answer:
    """A page says what was done with the message that waits, or waited."""
    if "id" not in more:
        (row,) = (item for item in world.items(resources.SENDS) if item["channel"] == "onsite")
        more["id"] = row["sk"]
    body = {"writeKey": world.write_key, "anonymousId": "x", "did": did, "page": "/products/1", **more}
    headers = {"Content-Type": "text/plain;charset=UTF-8"}  # as fetch sends a text: no preflight
    return world.http.request("POST", "/v1/onsite", headers=headers, body=json.dumps(body).encode())


def stored(world: World, subject: str = "a#x") -> list[dict[str, Any]]:
    """What x did with messages, by its names."""
    return [item for item in world.items(resources.EVENTS) if item["pk"] == subject and "onsite-" in item["sk"]]


def user_hash(world: World, user: str) -> str:
    """What the shop's server puts into Ada's page."""
    (master, *_) = world.containers["api"].secrets_named(proof.PURPOSE)
    return proof.user_hash(proof.identity_secret(master, hashed(world.write_key)), user)


# --- what waits ---


def test_a_page_gets_what_waits_for_its_visitor_and_nobody_else(site: World) -> None:
    (message,) = found(site)
    assert message["title"] == "Stay in touch"
    assert message["show"]["pages"] == ["/products/*"]
    assert message["form"]["consent"]["to"] == "email/news"
    for query in ({"anonymousId": "y"}, {"anonymousId": "X"}, {"userHash": "0"}, {"anonymousId": "email:abc"}):
        assert found(site, **query) == [], query


def test_it_is_told_in_the_language_of_the_page(site: World) -> None:
    titles = {locale: found(site, anonymousId="x", locale=locale)[0]["title"] for locale in ("it-IT", "de", "%00")}
    assert titles == {"it-IT": "Restiamo in contatto", "de": "Stay in touch", "%00": "Stay in touch"}


def test_a_browser_may_remember_the_answer_for_a_minute_and_nobody_else_may(site: World) -> None:
    for query in ({"anonymousId": "x"}, {"anonymousId": "y"}):
        headers = ask(site, **query).headers
        assert headers["cache-control"] == "private, max-age=60"
        assert headers["access-control-allow-origin"] == "*"


def test_it_waits_as_long_as_it_is_worth_sending(site: World) -> None:
    site.wait(timedelta(days=6, hours=23))
    assert len(found(site)) == 1
    site.wait(timedelta(hours=2))
    assert found(site) == []


def test_who_leaves_the_journey_or_reaches_its_goal_is_not_asked_any_more(world: World) -> None:
    """The address came by another way: no page asks for it again, as no mail would."""
    goal = {"goal": {"when": {"event": "Signed Up"}, "within": "P7D"}}
    world.define(
        {**JOURNEY, **goal, "steps": [*JOURNEY["steps"], {"id": "rest", "do": "wait", "for": "P7D"}]}, {"ask": asking()}
    )
    says(world, "track", event="Product Viewed", messageId="m1")
    assert len(found(world)) == 1
    world.wait(timedelta(minutes=1))
    says(world, "track", event="Signed Up", messageId="m2")
    assert found(world) == []


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({"writeKey": "", "anonymousId": "x"}, (401, "unknown_write_key")),
        ({"writeKey": f"pk_{'0' * 43}", "anonymousId": "x"}, (401, "unknown_write_key")),
        ({"userId": "ada"}, (403, "no_user_hash")),
        ({"userId": "ada", "userHash": "0" * 64}, (403, "wrong_user_hash")),
        ({"anonymousId": "x", "userId": "ada", "userHash": "0" * 64}, (403, "wrong_user_hash")),
        ({"anonymousId": "x" * 300}, (400, "invalid_parameters")),
    ],
)
def test_who_may_not_ask_is_told_why(site: World, query: dict[str, str], refused: tuple[int, str]) -> None:
    answer = ask(site, **query)
    assert (answer.status, answer.code) == refused
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_key_of_one_site_is_not_for_another(site: World) -> None:
    site.ask("PATCH", f"/v1/keys/{hashed(site.write_key)}", {"origins": ["https://other.example"]})
    site.wait(timedelta(minutes=2))
    assert ask(site).code == "origin_not_allowed"


def test_what_is_personal_is_for_who_proves_to_be_it(sale: World) -> None:
    """Whoever knows Ada's user id can say under the public key that a browser is hers. They read nothing of hers."""
    says(sale, "identify", userId="ada", traits={"first_name": "Ada"}, messageId="m2")
    says(sale, "track", anonymousId=None, userId="ada", event="Product Viewed", messageId="m3")
    says(sale, "identify", anonymousId="evil", userId="ada", messageId="m4")
    assert found(sale, anonymousId="evil") == []
    titles = [message["title"] for message in found(sale, userId="ada", userHash=user_hash(sale, "ada"))]
    assert "Ada, it is the last day" in titles
    assert [message["title"] for message in found(sale)] == ["Hello, it is the last day"], "what was the visitor's own"


def test_a_browser_whose_link_is_proven_gets_what_is_hers(sale: World) -> None:
    context = {"userHash": user_hash(sale, "ada")}
    says(sale, "identify", userId="ada", traits={"first_name": "Ada"}, context=context, messageId="m2")
    says(sale, "track", anonymousId=None, userId="ada", event="Product Viewed", messageId="m3", context=context)
    assert "Ada, it is the last day" in [message["title"] for message in found(sale)]


def test_who_says_no_is_shown_nothing_more(site: World) -> None:
    said = {"action": "unsubscribe", "channel": "onsite", "source": "call"}
    assert site.ask("POST", "/v1/customers/a%23x/consents", said).status == 200
    site.settle()
    assert found(site) == []
    says(site, "track", event="Product Viewed", messageId="m2")
    reasons = [item.get("reason") for item in site.items(resources.SENDS)]
    assert sorted(reasons, key=str) == [None, "unsubscribed"]


def test_who_says_no_to_its_topic_is_not_shown_what_waits_about_it(world: World) -> None:
    world.define(JOURNEY, {"ask": asking(topic="news")})
    says(world, "track", event="Product Viewed", messageId="m1")
    assert len(found(world)) == 1
    for topic, left in (("other", 1), ("news", 0)):
        said = {"action": "unsubscribe", "channel": "onsite", "topic": topic, "source": "call"}
        assert world.ask("POST", "/v1/customers/a%23x/consents", said).status == 200
        world.settle()
        assert len(found(world)) == left, topic


def test_whoever_is_erased_takes_the_messages_along(sale: World) -> None:
    """The message is its row, so there is no second place to forget."""
    assert len(found(sale)) == 1
    assert sale.ask("DELETE", "/v1/customers/a%23x").status == 202
    sale.settle()
    assert found(sale) == []
    assert "half price" not in str(sale.items(resources.SENDS))


# --- what was done with it ---


def test_looking_is_an_event_and_an_outcome_and_says_nothing_of_the_person(site: World) -> None:
    before = site.customer("a%23x")["last_active_at"]
    site.wait(timedelta(hours=1))
    for _ in range(3):
        assert tell(site, "viewed").json() == {"success": True}
    site.settle()
    (event,) = stored(site)
    assert event["name"] == "On-site Message Viewed"
    assert len(found(site)) == 1, "it may be shown again"
    assert site.customer("a%23x")["last_active_at"] == before, "who was only shown something has done nothing"
    assert figures(site)["viewed"] == 1


@pytest.mark.parametrize("did", ["clicked", "dismissed"])
def test_whatever_answers_it_ends_it_on_every_page(site: World, did: str) -> None:
    assert tell(site, did).status == 200
    assert tell(site, did).status == 200
    site.settle()
    assert [event["name"] for event in stored(site)] == [f"On-site Message {did.capitalize()}"]
    assert found(site) == []
    assert figures(site)[did] == 1


def test_a_form_makes_the_visitor_somebody_who_agreed(site: World) -> None:
    answer = tell(
        site, "submitted", locale="it", email="ada@example.com", consent=True, answers={"looking_for": "gift"}
    )
    assert answer.status == 200, answer.text
    site.settle()
    assert {event["name"] for event in stored(site)} == {"On-site Form Submitted", "Identify", "Subscribed"}
    ada = site.customer("a%23x")
    assert ada["traits"]["email"] == "ada@example.com"
    (said,) = site.ask("GET", "/v1/customers/a%23x/consents").json()["history"]
    assert (said["to"], said["status"], said["wording"], said["source"]) == (
        "email/news",
        "granted",
        "2026-1-it",
        "onsite",
    )
    assert found(site) == []


def test_a_form_that_comes_twice_or_from_another_visitor_is_taken_once(site: World) -> None:
    first = {"email": "ada@example.com", "consent": True, "answers": {"looking_for": "gift"}}
    assert tell(site, "submitted", **first).status == 200
    before = stored(site)
    site.wait(timedelta(minutes=1))
    assert tell(site, "submitted", **{**first, "email": "eve@example.com"}).status == 200
    stolen = tell(site, "submitted", **{**first, "anonymousId": "y", "email": "eve@example.com"})
    assert (stolen.status, stolen.code) == (404, "message_not_found")
    site.settle()
    assert stored(site) == before
    assert site.customer("a%23x")["traits"]["email"] == "ada@example.com"


def test_of_a_page_only_its_path_is_kept(site: World) -> None:
    assert tell(site, "viewed", page="/reset?token=secret#top").status == 200
    site.settle()
    timeline = site.customer("a%23x", timeline=10)["timeline"]
    assert "secret" not in str(timeline)
    (event,) = stored(site)
    assert events.from_item(event).properties["page"] == "/reset"


def test_where_the_workspace_asks_for_it_the_consent_waits_for_a_confirmation(site: World) -> None:
    topic = {"name": "news", "title": {"en": "News"}, "double_opt_in": True}
    put = site.ask(
        "PUT", "/v1/settings/consent", ConsentSettings.model_validate({"topics": [topic]}).model_dump(mode="json")
    )
    assert put.status == 200, put.text
    site.wait(timedelta(minutes=2))
    assert tell(site, "submitted", email="ada@example.com", consent=True).status == 200
    site.settle()
    (said,) = site.ask("GET", "/v1/customers/a%23x/consents").json()["history"]
    assert said["status"] == "pending"
    (mail,) = site.mails("ada@example.com")
    assert "confirm" in mail.subject.lower()


def test_nobody_changes_anothers_address_by_a_form(site: World) -> None:
    says(site, "identify", anonymousId=None, userId="bob", traits={"email": "bob@example.com"}, messageId="m2")
    site.wait(timedelta(hours=1))
    says(site, "identify", userId="bob", messageId="m3")
    assert tell(site, "submitted", email="evil@example.com", consent=True).status == 200
    site.settle()
    bob = site.customer("bob")
    assert bob["traits"]["email"] == "bob@example.com"
    assert bob["consents"] == []


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"id": "20261122T1000-" + "0" * 32}, (404, "message_not_found")),
        ({"anonymousId": "y"}, (404, "message_not_found")),
        ({"anonymousId": None}, (404, "message_not_found")),
        ({"did": "stolen"}, (400, "invalid_body")),
        ({"did": "submitted"}, (400, "invalid_answer")),
        (
            {"did": "submitted", "email": "a@b.example", "consent": True, "answers": {"x": "y"}},
            (400, "invalid_answer"),
        ),
        ({"did": "submitted", "email": "ada@example.com", "consent": 1}, (400, "invalid_body")),
        ({"admin": True}, (400, "invalid_body")),
        ({"writeKey": "pk_no"}, (401, "unknown_write_key")),
    ],
)
def test_what_cannot_be_taken_is_refused_and_changes_nothing(
    site: World, more: dict[str, Any], refused: tuple[int, str]
) -> None:
    before = site.items(resources.SENDS)
    did = more.pop("did", "viewed")
    answer = tell(site, did, **more)
    assert (answer.status, answer.code) == refused, answer.text
    assert stored(site) == []
    assert site.items(resources.SENDS) == before


def test_a_page_that_says_it_again_after_a_crash_says_the_same(site: World) -> None:
    """The row was written and the event was not: the page heard no answer and says it once more, later."""
    perennial = site.containers["api"]
    (item,) = (item for item in site.items(resources.SENDS) if item["channel"] == "onsite")
    from chalicelib.messages import onsite as messages

    row = perennial.waiting.find(item["pk"], item["sk"])
    assert row is not None
    assert perennial.waiting.save(row, messages.answered(row, "clicked", site.now))
    at = site.now
    site.wait(timedelta(minutes=3))
    assert tell(site, "clicked").status == 200
    (event,) = stored(site)
    assert event["sk"].startswith(f"{at:%Y-%m-%dT%H:%M}")


def figures(world: World) -> Mapping[str, int]:
    """What became of the messages of the step, as the journey's page has it."""
    (step,) = world.ask("GET", "/v1/journeys/ask").json()["statistics"]["messages"]
    counted: dict[str, int] = step["outcomes"]
    return counted


def test_the_playbook_asks_for_the_address_and_the_code_follows_the_confirmation(world: World) -> None:
    visitors_are_asked(world)


# --- the script ---


def test_the_script_is_small_and_asks_nobody_else() -> None:
    import gzip

    said = onsite.script()
    assert len(said.encode()) < 15_000
    assert len(gzip.compress(said.encode())) < 5_500
    assert "//" not in said.replace("https?://", ""), "no address of anybody stands in it, and no comment"
    for word in ("eval(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "Function(", ".src ="):
        assert word not in said, word


def test_the_script_is_kept_for_an_hour_by_anybody(world: World) -> None:
    answer = world.http.request("GET", "/onsite.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.text == onsite.script()
