"""The whole explanation: for everybody, in every language; what it says of figures and of days is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.customers.stages import StageChange
from chalicelib.lifecycle.explain.acts import Situation
from chalicelib.lifecycle.explain.explanation import Explanation, explain
from chalicelib.lifecycle.explain.statements import of_what_if
from chalicelib.lifecycle.explain.voice import Voice
from chalicelib.lifecycle.explain.whatif import WhatIf
from chalicelib.lifecycle.explain.words import language, languages, of_trust
from chalicelib.lifecycle.figures import Calibration, OrderValue, Regression
from chalicelib.lifecycle.fitted import Fitted, Trust
from chalicelib.lifecycle.frame import frames
from chalicelib.lifecycle.parameters import DEFAULT, Parameters
from chalicelib.lifecycle.rules import Stage
from tests.lifecycle.people import TODAY, every, person
from tests.lifecycle.strategies import facts, parameters, times
from tests.lifecycle.test_whatif import histories

FITTED = Fitted(
    version=3,
    source="fit",
    calibration=Calibration(-0.1, 0.9),
    regression=Regression((-1.0, 0.8, -0.7, 0.1, 0.2), 0.4),
    value=OrderValue(50.0, 2.0),
    buyers=900,
    returned=300,
    checks={"loss": 0.4},
    as_of=TODAY,
)
ROME = ZoneInfo("Europe/Rome")


def told(known: Facts, chosen: Parameters = DEFAULT, now: datetime = TODAY, code: str = "en") -> Explanation:
    return explain(Situation(known, True, chosen), now, code=code, zone=ROME, currency="EUR", frames=frames())


def sentences(said: Explanation) -> Iterator[str]:
    yield from (said.outlook, said.trust)
    for why in said.reasons:
        yield why.sentence
        yield from (figure.text for figure in (*why.values, *why.thresholds))
    yield from (sentence for _, _, sentence in said.what_ifs)
    yield from (sentence for _, sentence in said.open_intents)
    yield from (score.sentence for score in said.scores)
    yield from (figure.text for score in said.scores for figure in score.inputs)
    yield from filter(None, (said.next_order, said.overdue, said.reactivated))
    yield from (past.sentence for past in said.history)


@settings(max_examples=120)
@given(facts() | histories(), st.just(DEFAULT) | parameters(), times, st.booleans(), st.sampled_from(languages()))
def test_everybody_is_explained_in_every_language(
    known: Facts, chosen: Parameters, now: datetime, identified: bool, code: str
) -> None:
    said = explain(
        Situation(known, identified, chosen),
        now,
        code=code,
        zone=ROME,
        currency=None,
        frames=frames(),
        reactivated_at=now,
    )
    for sentence in sentences(said):
        assert sentence
        assert not re.search(r"[{}]|\bNone\b|\bnan\b|\binf\b|  ", sentence), sentence
    assert len(said.frames) == len(frames())


@pytest.mark.parametrize("fitted", [Fitted(), FITTED], ids=["the prior", "a fit"])
@pytest.mark.parametrize("known", [person(orders=[40]), person(orders=every(30, 5, 335))], ids=["once", "monthly"])
def test_scores_follow_from_their_inputs(known: Facts, fitted: Fitted) -> None:
    scores = {score.name: score for score in told(known, replace(DEFAULT, fitted=fitted)).scores}
    risk, warmth, value = (
        {figure.name: figure.value for figure in scores[name].inputs}
        for name in ("churn_risk", "warmth", "expected_value")
    )
    chances = [
        value for name, value in risk.items() if name.endswith(("model_chance", "calibrated_chance", "averaged_chance"))
    ]
    assert len(chances) == (3 if fitted.regression else 1)
    assert scores["churn_risk"].figure.value == pytest.approx(1 - _number(chances[-1]), abs=2e-6)
    assert scores["warmth"].figure.value == pytest.approx(
        _number(warmth["model_chance"]) / _number(warmth["last_chance"]), abs=2e-5
    )
    product = _number(value["expected_orders"]) * _number(value["each_worth"])
    assert scores["expected_value"].figure.value == pytest.approx(product, rel=1e-4)
    assert scores["expected_value"].figure.unit == "EUR"


def _number(value: object) -> float:
    assert isinstance(value, (int, float))
    return value


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (24 * 30, "An order before 15 July 2026 leads to Repeat."),
        (30, "An order before 16 June 2026 leads to Repeat."),
        (2, "An order before 15 June 2026, 16:00 Europe/Rome leads to Repeat."),
    ],
)
def test_a_deadline_is_told_to_the_day_where_that_is_enough(hours: float, said: str) -> None:
    act = WhatIf("order", Stage.REPEAT, TODAY + timedelta(hours=hours))
    assert of_what_if(act, Stage.OCCASIONAL, Voice(language("en"), ROME), TODAY) == said


@given(
    st.integers(1, 40 * 86_400_000),
    st.sampled_from([UTC, ROME, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Lima")]),
)
def test_the_day_that_is_told_is_no_later_than_the_moment(milliseconds: int, zone: ZoneInfo) -> None:
    """Whoever acts before the day that is told, acts in time; and the day lies ahead."""
    deadline = TODAY + timedelta(milliseconds=milliseconds)
    voice = Voice(language("en"), zone)
    said = of_what_if(WhatIf("order", Stage.REPEAT, deadline), Stage.LOST, voice, TODAY)
    if "," in said:
        assert deadline - TODAY <= timedelta(days=1)
        return
    day = voice.day_of(deadline)
    assert voice.date(day) in said
    assert TODAY < day <= deadline


def test_a_span_begins_with_the_first_whole_day() -> None:
    act = WhatIf("order", Stage.OCCASIONAL, None, Stage.WAITING, TODAY + timedelta(hours=1), TODAY + timedelta(days=60))
    said = of_what_if(act, Stage.OCCASIONAL, Voice(language("en")), TODAY)
    assert said == "An order from 16 June 2026 on and before 14 August 2026 prevents Waiting."


@pytest.mark.parametrize(
    ("trust", "said"),
    [
        (Fitted().trust, "The prior speaks: nothing of this shop's history is in these figures yet."),
        (
            Trust("little", 1, 0, checked=False, drifted=False, as_of=TODAY),
            "Fitted on 1 buyer up to 15 June 2026, 0 of whom came back; below 200 buyers the prior still weighs as "
            "much as they do.",
        ),
        (
            Trust("shop", 1900, 700, checked=False, drifted=True, as_of=TODAY),
            "Fitted on 1,900 buyers up to 15 June 2026, 700 of whom came back. Not yet held against a window that the "
            "fit did not know. Twice running the number of buyers foretold was more than a quarter off: handle with "
            "care.",
        ),
    ],
)
def test_how_much_to_trust(trust: Trust, said: str) -> None:
    assert of_trust(trust) == of_trust(trust, Voice(language("en"))) == said


def test_the_past_keeps_its_reasons_and_forgives_old_ones() -> None:
    reason = {
        "rule": "quiet.warm",
        "values": {"active_at": "2026-06-01T00:00:00Z"},
        "thresholds": {"activity_warm_days": 30},
    }
    changes = [
        StageChange("lead", "waiting", "time", TODAY, 3, TODAY, reason),
        StageChange("new", "lead", "event", TODAY - timedelta(days=2), 2, None, {**reason, "values": {}}),
        StageChange(None, "new", "first", TODAY - timedelta(days=3), 1, None, {"rule": "of.old"}),
    ]
    said = explain(
        Situation(person(visits=[1]), True, DEFAULT),
        TODAY,
        code="en",
        zone=UTC,
        currency=None,
        frames={},
        history=changes,
    )
    assert [past.sentence for past in said.history] == [
        "Lead → Waiting, on 15 June 2026: by time alone.",
        "New → Lead, on 13 June 2026: by what was done.",
        "New, since 12 June 2026: the first stage of all.",
    ]
    assert [past.reason for past in said.history] == [
        "Waiting: no order yet, last active on 1 June 2026, in the last 30 days.",
        None,
        None,
    ]
