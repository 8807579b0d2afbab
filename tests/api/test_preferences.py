"""The preference centre, as people, scanners and machines use it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib import resources
from chalicelib.journeys.send import Send
from chalicelib.tracking import event as events
from tests.api.recipients import open_shop, path_in
from tests.fakes.gateway import Answer
from tests.fakes.world import World
from tests.flow.story import says

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LEAVES = "Why did you leave?"


@pytest.fixture
def path(world: World) -> str:
    return path_in(open_shop(world, phone="+40712345678"), "p")


def look(world: World, path: str, **headers: str) -> Answer:
    answer = world.http.request("GET", path, headers=headers)
    assert answer.status == 200, answer.text
    return answer


def save(world: World, path: str, *on: str, often: str = "any", page: str | None = None, **more: str) -> Answer:
    """Send the form as a browser would: with what the page had in its hidden fields."""
    page = look(world, path).text if page is None else page
    hidden = re.findall(r'<input type="hidden" name="([a-z-]+)" value="([^"]*)">', page)
    sent = [*hidden, *(("on", key) for key in on), ("often", often), *({"save": "yes"} | more).items()]
    answer = world.http.request("POST", path, headers=FORM, body=urlencode(sent).encode())
    world.settle()
    return answer


def boxes(page: str) -> dict[str, bool]:
    found = re.findall(r'<input type="checkbox" id="[^"]+" name="on" value="([^"]+)"( checked)?', page)
    return {key: bool(checked) for key, checked in found}


def standing(world: World) -> dict[str, str]:
    return {one["to"]: one["status"] for one in world.ask("GET", "/v1/customers/bob/consents").json()["consents"]}


def said(world: World) -> list[events.Event]:
    found = [events.from_item(item) for item in world.items(resources.EVENTS)]
    return [event for event in found if event.properties.get("source") == "preference_centre"]


def test_it_shows_what_comes(world: World, path: str) -> None:
    page = look(world, path).text
    assert boxes(page) == {
        "email": True,
        "email/letter": True,
        "email/offers": False,
        "sms": False,
        "sms/drops": False,
    }
    assert "The &lt;letter&gt;" in page
    assert "Once a month." in page
    assert re.search(r'value="any" checked', page)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scanner_that_follows_the_link_changes_nothing(world: World, path: str, method: str) -> None:
    before = world.everything()
    world.http.request(method, path)
    world.settle()
    assert world.everything() == before


@pytest.mark.parametrize("body", [b"", b"on=email", b"save=maybe", b"\x00\xff", b"{}", b"save=no&" + b"a=1&" * 2_000])
def test_what_is_not_the_form_changes_nothing(world: World, path: str, body: bytes) -> None:
    before = world.everything()
    assert world.http.request("POST", path, headers=FORM, body=body).status == 200
    world.settle()
    assert world.everything() == before


def test_what_is_saved_as_it_was_states_nothing(world: World, path: str) -> None:
    answer = save(world, path, "email", "email/letter")
    assert "Your choice is saved." in answer.text
    assert said(world) == []


def test_a_topic_less_and_another_one_more(world: World, path: str) -> None:
    answer = save(world, path, "email", "email/offers")
    assert boxes(answer.text) | {"email/letter": False, "email/offers": True} == boxes(answer.text)
    assert standing(world) == {"email": "granted", "email/letter": "withdrawn", "email/offers": "granted"}
    assert boxes(look(world, path).text) == boxes(answer.text)


def test_a_yes_has_its_proof_and_no_network_address(world: World, path: str) -> None:
    save(world, path, "email", "email/letter", "email/offers")
    (word,) = said(world)
    assert (word.name, word.source) == ("Subscribed", "perennial")
    assert word.properties["topic"] == "offers"
    assert set(word.properties["proof"]) == {"token", "given_at", "send_id"}
    assert "203.0.113.7" not in str(word)


def test_leaving_a_channel_and_coming_back(world: World, path: str) -> None:
    gone = save(world, path)
    assert standing(world) == {"email": "withdrawn"}
    assert LEAVES in gone.text
    world.wait(timedelta(seconds=2))
    back = save(world, path, "email", "email/letter", page=gone.text)
    assert standing(world) == {"email": "granted"}
    assert LEAVES not in back.text


def test_nothing_any_more_by_any_way(world: World, path: str) -> None:
    answer = save(world, path, "email", "email/letter", save="none")
    assert not any(boxes(answer.text).values())
    assert set(standing(world).values()) == {"withdrawn"}
    assert {"email", "sms", "push", "phone", "post", "advertising"} <= set(standing(world))


def test_a_mail_proves_nobodys_telephone(world: World, path: str) -> None:
    """Consent to text messages that must be confirmed waits for it, though the rest is taken at once."""
    answer = save(world, path, "email", "email/letter", "sms", "sms/drops")
    assert standing(world) == {"email": "granted", "sms": "granted", "sms/drops": "pending"}
    assert "Not confirmed yet" in answer.text


@pytest.mark.parametrize(("often", "trait"), [("weekly", "weekly"), ("monthly", "monthly"), ("daily", None)])
def test_how_often_is_a_trait(world: World, path: str, often: str, trait: str | None) -> None:
    answer = save(world, path, "email", "email/letter", often=often)
    assert world.customer("bob")["traits"].get("message_frequency") == trait
    assert f'value="{trait or "any"}" checked' in answer.text
    world.wait(timedelta(seconds=2))
    save(world, path, "email", "email/letter", often="any")
    assert "message_frequency" not in world.customer("bob")["traits"]


def test_a_wish_holds_whatever_the_workspace_allows(world: World, path: str) -> None:
    """One letter came today; the next one, worth two days, is too much within a week, and is not on the eighth."""
    save(world, path, "email", "email/letter", often="weekly")
    became = {}
    for days in (2, 6):
        world.wait(timedelta(days=days))
        says(world, "track", "bob", event="Letter Due", messageId=f"due-{days}", properties={"about": f"{days}"})
        world.settle()
        row = max(world.items(resources.SENDS), key=lambda item: str(item["planned_at"]))
        became[days] = (row["status"], row.get("reason"))
    assert became == {2: ("skipped", "own_frequency"), 6: ("sent", None)}


def test_the_same_twice_is_said_once(world: World, path: str) -> None:
    page = look(world, path).text
    for _ in range(3):
        save(world, path, "email", often="weekly", page=page)
    assert [(word.name, word.properties["topic"]) for word in said(world)] == [("Unsubscribed", "letter")]


@pytest.mark.parametrize(
    ("traits", "accepted", "language", "words"),
    [
        ({"language": "it"}, "es", "it", "La &lt;lettera&gt;"),
        ({"locale": "ro-RO"}, "", "ro", "Ce dorești să primești?"),
        ({}, "de, es;q=0.9", "es", "¿Qué quieres recibir?"),
        ({"language": "de"}, "", "en", "What would you like to get?"),
    ],
)
def test_it_speaks_the_readers_language(
    world: World, traits: dict[str, Any], accepted: str, language: str, words: str
) -> None:
    answer = look(world, path_in(open_shop(world, **traits), "p"), **{"Accept-Language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text
    assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")


def test_the_link_of_a_visitor_holds_for_the_customer_that_she_turned_out_to_be(world: World) -> None:
    open_shop(world)
    visitor: dict[str, Any] = {"anonymousId": "visitor"}
    says(world, "identify", "", messageId="v-1", traits={"email": "eve@example.com", "language": "es"}, **visitor)
    says(world, "track", "", messageId="v-2", event="Subscribed", properties={"channel": "email"}, **visitor)
    says(world, "track", "", messageId="v-3", event="Letter Due", properties={"about": "the sea"}, **visitor)
    world.settle()
    path = path_in(world.mails("eve@example.com")[-1], "p")
    world.wait(timedelta(minutes=1))
    says(world, "identify", "eve", traits={"language": "it"}, **visitor)
    world.settle()
    page = look(world, path).text
    assert '<html lang="it">' in page
    save(world, path, "email", often="monthly", page=page)
    eve = world.customer("eve")
    assert eve["traits"]["message_frequency"] == "monthly"
    consents = world.ask("GET", "/v1/customers/eve/consents").json()["consents"]
    assert {one["to"]: one["status"] for one in consents} == {"email": "granted", "email/letter": "withdrawn"}


def test_whoever_was_erased_has_no_preferences(world: World, path: str) -> None:
    assert world.ask("DELETE", "/v1/customers/bob").status == 202
    for _ in range(3):
        world.settle()
        world.wait(timedelta(minutes=5))
        world.tick()
    before = world.everything()
    for method in ("GET", "POST"):
        assert world.http.request(method, path, headers=FORM, body=b"save=none").status == 404
    world.settle()
    assert world.everything() == before


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("page", ["p", "w", "v", "u", "c"])
def test_a_link_is_good_for_its_purpose_only_and_every_other_gets_one_answer(
    world: World, path: str, method: str, page: str
) -> None:
    before = world.everything()
    token = path.removeprefix("/p/")
    bad = [token[::-1], token[:-1], f"{token}A", "x", "1", "%00", *([] if page == "p" else [token])]
    if page == "v" and method == "POST":
        return  # there is nothing to do there
    answers = [world.http.request(method, f"/{page}/{one}", headers=FORM, body=b"save=none&why=other") for one in bad]
    assert {(answer.status, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert "This link does not work" in answers[0].text
    world.settle()
    assert world.everything() == before


def test_the_author_of_a_test_sees_the_page_and_changes_nothing(world: World, path: str) -> None:
    sent = world.ask("POST", "/v1/templates/letter/test", {"to": "author@shop.example"})
    assert sent.status in (200, 202), sent.text
    world.settle()
    pages = {page: path_in(world.mails("author@shop.example")[-1], page) for page in "pvu"}
    before = world.everything()
    assert "email" in boxes(look(world, pages["p"]).text)
    assert world.http.request("POST", pages["p"], headers=FORM, body=b"save=none").status == 200
    assert world.http.request("POST", pages["u"], headers=FORM, body=b"from=all").status == 200
    assert "Dear" in look(world, pages["v"]).text
    world.settle()
    assert world.everything() == before


# --- by the short link of a text message ---


@pytest.fixture
def short(world: World, path: str) -> str:
    """Bob's letter came as a text message."""
    (item,) = world.items(resources.SENDS)
    row = replace(Send.from_item(item), channel="sms", short="Zz0123456789")
    world.platform.put(resources.SENDS, row.to_item())
    return "/s/Zz0123456789"


def test_a_short_link_leads_to_the_same_page(world: World, path: str, short: str) -> None:
    assert boxes(look(world, short).text) == boxes(look(world, path).text)
    answer = save(world, short, "email")
    assert standing(world) == {"email": "granted", "email/letter": "withdrawn"}
    assert "../w/" in answer.text


def test_a_text_message_proves_the_telephone_that_it_came_to(world: World, short: str) -> None:
    save(world, short, "email", "email/letter", "sms", "sms/drops")
    assert standing(world) == {"email": "granted", "sms": "granted", "sms/drops": "granted"}


@pytest.mark.parametrize("bad", ["Zz012345678", "Zz01234567890", "zZ0123456789", "............", "%00", "é", "x#y"])
def test_every_bad_short_link_gets_the_same_answer(world: World, short: str, bad: str) -> None:
    for method in ("GET", "POST"):
        answer = world.http.request(method, f"/s/{bad}".encode().decode("latin-1"), headers=FORM, body=b"save=none")
        assert (answer.status, "This link does not work" in answer.text) == (404, True)


# --- why did you leave ---


def why_path(page: str) -> str:
    found = re.search(r'action="\.\.(/w/[A-Za-z0-9_-]+)"', page)
    assert found is not None, page
    return found[1]


def test_who_leaves_may_say_why_once(world: World) -> None:
    path = path_in(open_shop(world), "u")
    assert "/w/" not in world.http.request("GET", path).text  # nobody is asked who has not left
    why = why_path(world.http.request("POST", path, body=b"from=all").text)
    assert LEAVES in world.http.request("GET", why).text
    for answer in (b"why=too_many", b"why=other"):
        page = world.http.request("POST", why, headers=FORM, body=answer)
        assert (page.status, "Thank you" in page.text) == (200, True)
    world.settle()
    found = [events.from_item(item) for item in world.items(resources.EVENTS)]
    (reason,) = [event for event in found if event.name == "Unsubscribe Reason Given"]
    assert reason.properties["reason"] == "too_many"
    assert (reason.properties["channel"], reason.properties["topic"]) == ("email", "letter")


@pytest.mark.parametrize("body", [b"", b"why=", b"why=<script>", b"why=TOO_MANY", b"\xff"])
def test_nobody_has_to_say_why(world: World, body: bytes) -> None:
    why = why_path(world.http.request("POST", path_in(open_shop(world), "u"), body=b"from=all").text)
    world.settle()
    before = world.everything()
    page = world.http.request("POST", why, headers=FORM, body=body)
    assert (page.status, LEAVES in page.text) == (200, True)  # no answer is said to be noted
    world.settle()
    assert world.everything() == before
