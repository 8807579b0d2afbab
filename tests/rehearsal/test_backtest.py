"""The job `backtest`: what it reports of a period in which the journeys really ran, in one slice or in many."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from chalicelib import times
from tests.fakes.world import NOW
from tests.rehearsal.jobs import work
from tests.rehearsal.shop import JOURNEYS, LENGTH, played, shoppers
from tests.rehearsal.stored import Remains

UNTIL = NOW + LENGTH


@pytest.fixture(scope="module")
def shop() -> Remains:
    return played(*JOURNEYS)


def asked(**more: Any) -> dict[str, Any]:
    period = {"since": times.text(NOW), "until": times.text(UNTIL)}
    return {"journey": "thanks", "version": 1, "exactly": True, **period, **more}


@pytest.fixture(scope="module")
def told(shop: Remains) -> dict[str, Any]:
    job, _ = work("backtest", asked(), shop.db, UNTIL)
    assert job.report is not None
    return dict(job.report)


def test_it_counts_what_really_happened(shop: Remains, told: dict[str, Any]) -> None:
    rows = [row for user in shoppers() for row in shop.messages(f"u#{user}") if row[0] == "thanks"]
    trail = [row for user in shoppers() for row in shop.trail(f"u#{user}") if row[0] == "thanks"]
    assert told["sent"] == sum(left is not None for _, _, left, _ in rows) > 0
    assert told["entered"] == sum(step == "a-day" and why.startswith("waiting") for _, step, _, why in trail) > 0
    skipped = Counter(why for _, _, left, why in rows if left is None)
    assert told["held_back"]["skipped"] == dict(skipped)
    assert told["customers"] == {"rehearsed": len(shoppers()), "of_about": len(shoppers())}


def test_steps_come_in_the_order_of_the_journey(told: dict[str, Any]) -> None:
    assert [step["id"] for step in told["steps"]] == ["a-day", "news", "two-hours", "more"]
    by_id = {step["id"]: step for step in told["steps"]}
    assert by_id["news"]["sent"] + by_id["more"]["sent"] == told["sent"]
    assert by_id["more"]["skipped"]["capped"] > 0


def test_days_add_up_to_the_whole(told: dict[str, Any]) -> None:
    for what in ("entered", "sent"):
        assert sum(day.get(what, 0) for day in told["days"].values()) == told[what]


def test_who_was_not_let_in_is_told_with_the_reason(told: dict[str, Any]) -> None:
    assert told["not_let_in"].keys() >= {"entry_rule"}


def test_it_says_whom_it_meets(told: dict[str, Any]) -> None:
    met = {one["journey"]: one for one in told["overlaps"]}
    assert met.keys() <= {"welcome", "win_back", *JOURNEYS} - {"thanks"}
    assert met["again"]["customers"] > 0


def test_costs_come_with_their_prices(told: dict[str, Any]) -> None:
    assert told["cost"]["sending"]["currency"] == "USD"
    assert "SES" in told["cost"]["prices"]["email"]


def test_many_slices_come_to_the_same_as_one(shop: Remains, told: dict[str, Any]) -> None:
    job, slices = work("backtest", asked(), shop.db, UNTIL, patient=False)
    assert (dict(job.report or {}), slices >= 1) == (told, True)
    assert job.counts == {"customers": len(shoppers())}


def test_a_sample_is_scaled_and_says_how_far_it_may_be_off(shop: Remains, told: dict[str, Any]) -> None:
    job, _ = work("backtest", asked(sample=4), shop.db, UNTIL)
    report = dict(job.report or {})
    assert report["customers"] == {"rehearsed": 4, "of_about": len(shoppers())}
    sent = report["for_everybody"]["sent"]
    assert report["sent"] <= sent["low"] <= sent["likely"] <= sent["high"]


def test_a_version_that_is_gone_is_a_failure_with_a_reason(shop: Remains) -> None:
    from chalicelib.errors import Permanent

    with pytest.raises(Permanent, match="no version 9"):
        work("backtest", asked(version=9), shop.db, UNTIL)
