"""What visitors do with a message: on its row, and as events that are made of the row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.journeys.send import Send, Status
from chalicelib.messages import onsite
from chalicelib.messages.onsite import DEEDS, NAMES, Did, Filled, Visitor
from chalicelib.messages.onsite.form import LONGEST_ANSWER, filled
from chalicelib.tracking.answers import ACTOR, ANSWERS, by_machine
from chalicelib.tracking.problems import Invalid
from tests.messages.onsite.samples import ASK, CHIEDI, row
from tests.messages.samples import DAY, MINUTE, NOW

WORDS = {"en": {**ASK, "close": "Close", "failed": "x"}, "it": CHIEDI}
VISITOR = Visitor("a#x")


def waiting(**changes: Any) -> Send:
    said = {"locale": "en", "words": WORDS, "show": {}, "personal": False}
    return row(**{"status": Status.SENT, "said": said, "todo": NOW + DAY, "due_at": None, **changes})


def test_each_deed_has_the_name_by_which_all_channels_are_counted() -> None:
    told = ANSWERS["onsite"]
    assert (NAMES["viewed"], NAMES["clicked"]) == (told.opened, told.clicked)
    assert {NAMES["dismissed"], NAMES["submitted"]} == set(told.doings)


@pytest.mark.parametrize("did", DEEDS)
def test_looking_alone_ends_nothing(did: Did) -> None:
    over = did != "viewed"
    found = onsite.answered(waiting(), did, NOW)
    assert (found.todo is None) is over
    assert found.outcomes == {f"{did}_at": NOW}
    assert found.v == waiting().v + 1
    assert onsite.waits(found, NOW) is not over


@pytest.mark.parametrize("did", DEEDS)
def test_what_is_said_twice_is_said_once(did: Did) -> None:
    first = onsite.answered(waiting(), did, NOW)
    again = onsite.answered(first, did, NOW + MINUTE)
    assert again is first
    given = Filled("ada@example.com", True, {"more": "x"})
    assert onsite.events(first, did, VISITOR, "en", "/x", given) == onsite.events(
        again, did, VISITOR, "en", "/x", given
    )


@pytest.mark.parametrize(
    ("did", "actor"), [("viewed", "unknown"), ("clicked", "person"), ("dismissed", "person"), ("submitted", "person")]
)
def test_the_event_says_of_which_message_and_who_acted(did: Did, actor: str) -> None:
    (event, *_) = onsite.events(onsite.answered(waiting(), did, NOW), did, VISITOR, "it", "/products/1", Filled())
    said = event.properties
    assert (event.name, event.subject, event.at, event.source) == (NAMES[did], "a#x", NOW, "onsite")
    assert {name: said[name] for name in ("send_id", "journey", "step", "template", "channel", "locale", "page")} == {
        "send_id": row().id,
        "journey": "welcome",
        "step": "hello",
        "template": "ask",
        "channel": "onsite",
        "locale": "it",
        "page": "/products/1",
    }
    assert said[ACTOR] == actor
    assert not by_machine(event.name, said)


def test_a_form_becomes_an_answer_an_address_and_a_consent_with_its_words() -> None:
    done = onsite.answered(waiting(), "submitted", NOW)
    given = Filled("ada@example.com", True, {"looking_for": "gift"})
    answer, identify, consent = onsite.events(done, "submitted", VISITOR, "it", None, given)
    assert answer.properties["answers"] == {"looking_for": "gift"}
    assert (answer.properties["email_given"], answer.properties["consent_given"]) == (True, True)
    assert "ada@example.com" not in str(answer.properties), "an address is a trait, and in no other place"
    assert (identify.type, identify.traits) == ("identify", {"email": "ada@example.com"})
    assert consent.name == "Subscribed"
    assert consent.properties == {
        "channel": "email",
        "topic": "news",
        "source": "onsite",
        "send_id": row().id,
        "wording": "2026-1-it",
        "said": "Scrivetemi delle novità.",
        "locale": "it",
    }
    assert {event.unproven for event in (answer, identify, consent)} == {True}


def test_a_wording_without_a_version_of_its_own_has_the_workspaces() -> None:
    bare = {**ASK["form"], "consent": {"label": "Yes", "to": "email"}}
    words = {"en": {**WORDS["en"], "form": bare}}
    done = onsite.answered(waiting(said={"locale": "en", "words": words}), "submitted", NOW)
    *_, consent = onsite.events(done, "submitted", VISITOR, "en", None, Filled(None, True, None, "2025-3"))
    assert consent.properties["wording"] == "2025-3"


def test_who_proves_to_be_somebody_is_taken_at_her_word() -> None:
    done = onsite.answered(waiting(), "submitted", NOW)
    told = onsite.events(done, "submitted", Visitor("u#ada", proven=True), "en", None, Filled("a@b.example", True))
    assert {(event.subject, event.unproven) for event in told} == {("u#ada", False)}


@pytest.mark.parametrize(
    ("customer", "personal", "proven", "may"),
    [
        pytest.param("a#x", True, False, True, id="what is the visitor's own"),
        pytest.param("u#ada", True, False, False, id="what is Ada's, if anybody may have said that the visitor is Ada"),
        pytest.param("u#ada", False, False, True, id="what says the same to everybody"),
        pytest.param("u#ada", True, True, True, id="what is Ada's, if it is proven"),
    ],
)
def test_who_may_see_it(customer: str, personal: bool, proven: bool, may: bool) -> None:
    said = {**(waiting().said or {}), "personal": personal}
    assert onsite.may_see(waiting(customer=customer, said=said), "a#x", proven=proven) is may


def test_what_does_not_wait() -> None:
    assert onsite.waits(waiting(), NOW)
    for changes in ({"todo": NOW}, {"todo": None}, {"said": None}, {"status": Status.SKIPPED}, {"channel": "task"}):
        assert not onsite.waits(waiting(**changes), NOW), changes
    assert not onsite.waits(replace(waiting(), todo=NOW - timedelta(seconds=1)), NOW)


FORM = {**ASK["form"], "questions": [{**ASK["form"]["questions"][0], "required": True}, ASK["form"]["questions"][1]]}
FORM |= {"consent": {**ASK["form"]["consent"], "required": True}}


def test_a_form_that_is_filled_in() -> None:
    given = filled(FORM, " ada@example.com ", True, {"looking_for": "gift", "more": "  "})
    assert given == Filled("ada@example.com", True, {"looking_for": "gift"})


@pytest.mark.parametrize(
    ("email", "consent", "answers", "path"),
    [
        ("ada", True, {"looking_for": "gift"}, "email"),
        (None, True, {"looking_for": "gift"}, "email"),
        ("ada@example.com,bob@example.com", True, {"looking_for": "gift"}, "email"),
        ("ada@example.com", False, {"looking_for": "gift"}, "consent"),
        ("ada@example.com", True, {}, "answers.looking_for"),
        ("ada@example.com", True, {"looking_for": "trouble"}, "answers.looking_for"),
        ("ada@example.com", True, {"looking_for": "gift", "admin": "1"}, "answers.admin"),
        ("ada@example.com", True, {"looking_for": "gift", "more": "x" * (LONGEST_ANSWER + 1)}, "answers.more"),
    ],
)
def test_what_was_not_asked_is_not_taken(email: str | None, consent: bool, answers: dict[str, str], path: str) -> None:
    with pytest.raises(Invalid) as wrong:
        filled(FORM, email, consent, answers)
    assert [problem.path for problem in wrong.value.problems] == [path]


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        (" +40 (721) 234-567 ", "+40721234567"),
        ("0040721234567", "+40721234567"),
        ("0721 234 567", None),  # of which country?
        ("+40 721 CALL NOW", None),
        ("=+40721234567", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_taken_with_its_country_code_only(typed: str | None, taken: str | None) -> None:
    form = {"phone": "Your number", "consent": {"label": "Text me.", "to": "sms", "required": True}}
    if taken is not None:
        assert filled(form, None, True, {}, typed).traits == {"phone": taken}
        return
    with pytest.raises(Invalid) as wrong:
        filled(form, None, True, {}, typed)
    assert [problem.path for problem in wrong.value.problems] == ["phone"]


def test_a_form_without_address_takes_none() -> None:
    survey = {"questions": FORM["questions"]}
    for email, consent, path in (("ada@example.com", False, "email"), (None, True, "consent")):
        with pytest.raises(Invalid) as wrong:
            filled(survey, email, consent, {"looking_for": "gift"})
        assert [problem.path for problem in wrong.value.problems] == [path]
    with pytest.raises(Invalid, match="no number"):
        filled(survey, None, False, {"looking_for": "gift"}, "+40721234567")
