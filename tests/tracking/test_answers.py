"""What comes back of messages: one table of names, and who acted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from chalicelib.customers.activity import is_own_activity
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.tracking import answers
from chalicelib.tracking.answers import ANSWERS, AnsweringChannel, Said, by_machine, names
from chalicelib.tracking.event import statement
from chalicelib.tracking.sources.ses import NAMES as OF_SES

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def told(name: str, **properties: Any) -> bool:
    return is_own_activity(statement(name, "m", "u#ada", properties, at=AT, source="ses"))


def test_every_channel_that_answers_is_in_the_table_and_no_name_stands_for_two_things() -> None:
    assert set(ANSWERS) == set(get_args(AnsweringChannel))
    every = [name for said in get_args(Said) for channel in ANSWERS if (name := ANSWERS[channel].name(said))]
    every += [name for each in ANSWERS.values() for name in (*each.reports, *each.doings, each.failed) if name]
    assert len(every) == len(set(every))


def test_a_name_of_one_channel_or_of_all() -> None:
    assert names("clicked", "push") == {"Push Notification Tapped"}
    assert names("opened", "sms") == frozenset()
    assert names("opened") == {"Email Opened", "On-site Message Viewed"}


@pytest.mark.parametrize("name", sorted(answers.REPORTS))
def test_what_is_told_of_a_message_makes_nobody_active(name: str) -> None:
    assert not told(name)


def test_what_ses_tells_is_in_the_table() -> None:
    assert set(OF_SES.values()) <= answers.REPORTS | answers.CLICKS


@pytest.mark.parametrize("name", sorted([*answers.CLICKS, "SMS Received", "On-site Form Submitted"]))
def test_what_somebody_does_with_a_message_is_activity(name: str) -> None:
    assert told(name)
    assert told(name, actor="unknown")


@pytest.mark.parametrize("name", sorted(answers.OPENS | answers.CLICKS))
@pytest.mark.parametrize("marked", [{"actor": "machine"}, {"machine": True}])
def test_what_a_machine_did_counts_in_no_fact(name: str, marked: dict[str, Any]) -> None:
    event = statement(name, "m", "u#ada", marked, at=AT, source="ses")
    facts = fold(Facts(), [event])
    assert by_machine(name, marked)
    assert not is_own_activity(event)
    assert facts.happenings.by_name == {}
    assert facts.last_at is None


def test_only_opens_and_clicks_can_be_a_machines() -> None:
    assert not by_machine("Order Completed", {"actor": "machine"})
    assert not by_machine("Email Opened", {"actor": "person"})
