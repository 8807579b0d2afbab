"""What is offered in the preference centre, and what a choice states."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.consent import ConsentSettings, Topic
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.messages.pages.choices import Group, Stated, chosen, nothing, offered, statements
from chalicelib.tracking.event import statement

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SETTINGS = ConsentSettings(
    topics=[
        Topic(name="letter", title={"en": "The letter", "it": "La lettera"}, description={"en": "Once a month."}),
        Topic(name="events", title={"en": "Events"}, own_consent=True),
        Topic(name="drops", channel="sms", title={"en": "Drops"}),
    ]
)
KEYS = ("email", "email/letter", "email/events", "sms", "sms/drops")
PHONE = {"phone": "+40712345678"}


def facts(**said: str) -> Facts:
    """What stands: `email="granted"`, `email_letter="withdrawn"`."""
    events = [
        statement(
            "Unsubscribed" if status == "withdrawn" else "Subscribed",
            f"m{number}",
            "u#ada",
            {
                "channel": key.partition("_")[0],
                **({"topic": key.partition("_")[2]} if "_" in key else {}),
                **({"confirmation": "required"} if status == "pending" else {}),
            },
            at=NOW,
            source="api",
        )
        for number, (key, status) in enumerate(said.items())
    ]
    return fold(Facts(), events)


def boxes(groups: tuple[Group, ...]) -> dict[str, bool]:
    return {choice.key: choice.on for group in groups for choice in (group.channel, *group.topics)}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({}, {"email": False, "email/letter": False, "email/events": False}),
        ({"email": "granted"}, {"email": True, "email/letter": True, "email/events": False}),  # asks for its own
        ({"email": "withdrawn"}, {"email": False, "email/letter": False, "email/events": False}),
        ({"email_letter": "granted"}, {"email": True, "email/letter": True, "email/events": False}),
        (
            {"email": "withdrawn", "email_letter": "granted"},
            {"email": False, "email/letter": False, "email/events": False},
        ),
        (
            {"email": "granted", "email_letter": "withdrawn", "email_events": "granted"},
            {"email": True, "email/letter": False, "email/events": True},
        ),
        ({"email": "pending"}, {"email": False, "email/letter": False, "email/events": False}),
    ],
)
def test_a_box_is_ticked_where_messages_come(said: dict[str, str], shown: dict[str, bool]) -> None:
    assert boxes(offered(facts(**said), SETTINGS, {}, "en")) == shown


def test_a_channel_is_offered_to_who_can_be_reached_or_has_said_something_of_it() -> None:
    def channels(facts: Facts, traits: dict[str, Any]) -> list[str]:
        return [group.channel.key for group in offered(facts, SETTINGS, traits, "en")]

    assert channels(facts(), {}) == ["email"]
    assert channels(facts(), PHONE) == ["email", "sms"]
    assert channels(facts(sms="withdrawn"), {}) == ["email", "sms"]
    assert channels(facts(advertising="granted"), {}) == ["email", "advertising"]


def test_topics_are_called_as_the_reader_calls_them() -> None:
    (mail,) = offered(facts(), SETTINGS, {}, "it")
    assert [topic.title for topic in mail.topics] == ["La lettera", "Events"]
    assert mail.topics[0].description == "Once a month."
    assert [topic.language for topic in mail.topics] == ["it", "en"]


@pytest.mark.parametrize(
    ("said", "ticked", "stated"),
    [
        # what nobody changes states nothing
        ({"email": "granted"}, {"email", "email/letter"}, []),
        ({}, set(), []),
        ({"email": "withdrawn"}, set(), []),
        # one topic less, one more
        ({"email": "granted"}, {"email"}, [("email/letter", False)]),
        ({"email": "granted"}, {"email", "email/letter", "email/events"}, [("email/events", True)]),
        # a channel off is off, and its topics stay as they were said
        ({"email": "granted"}, set(), [("email", False)]),
        ({"email": "granted"}, {"email/letter"}, [("email", False)]),
        # back again: what stands unticked is not wanted
        ({"email": "withdrawn"}, {"email", "email/letter"}, [("email", True)]),
        ({"email": "withdrawn"}, {"email"}, [("email", True), ("email/letter", False)]),
        ({}, {"email", "email/events"}, [("email", True), ("email/letter", False), ("email/events", True)]),
        # keys of nothing that is offered
        ({}, {"sms", "email/none", "", "EMAIL"}, []),
    ],
)
def test_a_choice_states_what_somebody_changed(
    said: dict[str, str], ticked: set[str], stated: list[tuple[str, bool]]
) -> None:
    groups = offered(facts(**said), SETTINGS, {}, "en")
    shown = {key for key, on in boxes(groups).items() if on}
    assert [(one.key, one.granted) for one in statements(groups, ticked, shown)] == stated


def test_an_answer_that_comes_before_the_last_one_was_counted_is_not_lost() -> None:
    stale = offered(facts(email="granted"), SETTINGS, {}, "en")  # ada has just left, and the page shows it
    assert statements(stale, {"email", "email/letter"}, shown=set())[0] == Stated("email", True)


def test_who_wants_nothing_says_no_to_every_way_there_is() -> None:
    said = nothing(facts(email="granted", sms="withdrawn"))
    assert {one.key for one in said} >= {"email", "push", "phone", "post", "advertising"}
    assert "sms" not in {one.key for one in said}
    assert not any(one.granted for one in said)


def test_what_waits_for_a_confirmation_is_not_ticked() -> None:
    groups = offered(facts(email="granted"), SETTINGS, PHONE, "en")
    (_, sms) = chosen(groups, [replace(Stated("sms", True), pending=True)])
    assert (sms.channel.on, sms.channel.pending) == (False, True)


@given(
    st.dictionaries(
        st.sampled_from([key.replace("/", "_") for key in KEYS]), st.sampled_from(["granted", "withdrawn", "pending"])
    ),
    st.sets(st.sampled_from(KEYS)),
)
def test_what_the_page_shows_afterwards_is_what_was_ticked_and_what_is_counted(
    said: dict[str, str], ticked: set[str]
) -> None:
    before = facts(**said)
    groups = offered(before, SETTINGS, PHONE, "en")
    shown = {key for key, on in boxes(groups).items() if on}
    stated = statements(groups, ticked, shown)
    after = boxes(chosen(groups, stated))
    for group in groups:
        channel = group.channel.key
        topics = {topic.key for topic in group.topics}
        if channel in ticked:
            assert {key for key in topics if after[key]} == ticked & topics
        else:
            assert not any(after[key] for key in (channel, *topics))
    counted = facts(**(said | {one.key.replace("/", "_"): str(one.status) for one in stated}))
    assert boxes(offered(counted, SETTINGS, PHONE, "en")) == after
