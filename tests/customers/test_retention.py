"""What expires by itself, and that nothing is counted from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.retention import REPORTS, Retention, is_report, seal_date
from chalicelib.tracking.event import OURS, STAGE_CHANGED, Event
from tests.customers.events import DAY, event, histories


def report(name: str, minutes: int) -> Event:
    at = DAY - timedelta(minutes=minutes)
    return event(name, at, message_id=f"r{minutes}", source="ses", user_id=None, anonymous_id="b1")


@given(histories(30), st.lists(st.builds(report, st.sampled_from(sorted(REPORTS)), st.integers(0, 999)), max_size=9))
def test_a_fold_without_what_expires_is_the_same(history: list[Event], reports: list[Event]) -> None:
    try:
        assert fold(Facts(), [*history, *reports]) == fold(Facts(), history)
    except NeedsRebuild:
        fold(Facts(), [])


@pytest.mark.parametrize(
    ("given_", "expires"),
    [
        (report("Email Opened", 0), True),
        (event("Email Opened", source="segment"), False),
        (event("Email Link Clicked", source="ses"), False),
        (event("Email Bounced", source="ses"), False),
        (event("Page"), False),
        (event("Order Completed"), False),
        (event("Subscribed", source="ses"), False),
        (event("products/create", source="shopify"), False),
    ],
)
def test_only_reports_of_people_expire(given_: Event, expires: bool) -> None:
    assert is_report(given_) is expires
    assert (Retention().event_expires(given_) is not None) is expires
    assert Retention(mail_reports=None).event_expires(given_) is None


def test_what_a_source_says_of_itself_has_days_of_its_own() -> None:
    product = event("products/create", source="shopify", user_id=None)
    assert Retention().event_expires(product) == int((DAY + timedelta(days=90)).timestamp())
    assert Retention(sources=7).event_expires(product) == int((DAY + timedelta(days=7)).timestamp())
    assert Retention(sources=None).event_expires(product) is None


def test_changes_of_stage_have_days_of_their_own_and_a_clients_event_of_that_name_has_none() -> None:
    changed = event(STAGE_CHANGED, source=OURS)
    assert Retention().event_expires(changed) == int((DAY + timedelta(days=800)).timestamp())
    assert Retention(stage_changes=None).event_expires(changed) is None
    assert Retention().event_expires(event(STAGE_CHANGED)) is None
    assert Retention().event_expires(event("Subscribed", source=OURS)) is None


def test_the_days_are_counted_from_receipt_and_from_the_plan() -> None:
    opened = report("Email Opened", 0)
    assert Retention(mail_reports=60).event_expires(opened) == int((DAY + timedelta(days=60)).timestamp())
    assert Retention(messages=90).message_expires(DAY) == int((DAY + timedelta(days=90)).timestamp())
    assert Retention(messages=None).message_expires(DAY) is None


def test_browsing_has_a_date_on_which_it_is_sealed_and_no_ttl() -> None:
    assert Retention().events is None
    assert Retention(events=90).event_expires(event("Page")) is None
    day = DAY.toordinal()
    dates = [seal_date(f"u#{number}", day, 90) for number in range(50)]
    assert all(date is not None and date.toordinal() == day + 90 for date in dates)
    assert len(set(dates)) > 40, "midnight is not everybody's"
    assert seal_date("u#ann", None, 90) is None
    assert seal_date("u#ann", day, None) is None


@pytest.mark.parametrize(
    "body", [{"events": 30}, {"mail_reports": 1}, {"messages": 30}, {"page": 400}, {"messages": 9999}]
)
def test_what_cannot_be_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Retention.model_validate(body)
