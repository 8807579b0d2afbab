"""Frames: whoever it is, and whatever is known of her, there is one phase in each; and the cases that say which."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.frame import Frame, Row, frames, phase
from chalicelib.lifecycle.own_frames import Frames
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.stage import DEFAULT, judge
from chalicelib.segments.problems import validated
from chalicelib.tracking.problems import Invalid
from tests.customers.events import event
from tests.lifecycle.people import TODAY, ago, every, person
from tests.lifecycle.strategies import facts, parameters, times

NOBODY = Facts()
VISITOR = person(visits=[1])
READER = person(visits=[1, 3])
WANTS = person(wanted={1: 10})
ONCE = person(orders=[9])
TWICE = person(orders=[200, 9])
OFTEN = person(orders=every(30, 5, 335))
SUBSCRIBED = fold(Facts(), [event("Subscription Started", ago(90)), event("Payment Failed", ago(9))])
TRIED = fold(Facts(), [event("Trial Started", ago(20))])
KNOWN = ("nine_stages", "race", "retention", "attract_sell_wow", "five_steps", "decision_journey")

# stage, facts -> phase in race, retention, attract_sell_wow, five_steps, decision_journey
CASES: list[tuple[str, Stage, Facts, tuple[str, str, str, str, str]]] = [
    ("a visitor", Stage.GHOST, VISITOR, ("reach", "acquisition", "attract", "reach", "consider")),
    ("one who fills a cart", Stage.GHOST, WANTS, ("act", "acquisition", "attract", "acquisition", "evaluate")),
    ("one who comes again", Stage.GHOST, READER, ("reach", "acquisition", "attract", "acquisition", "consider")),
    ("an unknown buyer", Stage.GHOST, ONCE, ("convert", "development", "attract", "conversion", "buy")),
    ("just signed up", Stage.NEW, VISITOR, ("act", "acquisition", "attract", "conversion", "consider")),
    ("signed up and looking", Stage.NEW, WANTS, ("act", "acquisition", "sell", "conversion", "consider")),
    ("interested", Stage.LEAD, WANTS, ("act", "acquisition", "sell", "conversion", "evaluate")),
    ("a reader", Stage.LEAD, VISITOR, ("act", "acquisition", "sell", "conversion", "evaluate")),
    ("quiet, no order", Stage.WAITING, VISITOR, ("act", "acquisition", "attract", "acquisition", "consider")),
    ("quiet, with a wish", Stage.WAITING, WANTS, ("act", "acquisition", "sell", "acquisition", "evaluate")),
    ("first order", Stage.OCCASIONAL, ONCE, ("convert", "development", "wow", "conversion", "buy")),
    ("second order", Stage.OCCASIONAL, TWICE, ("engage", "development", "wow", "retention", "enjoy")),
    ("first term of a contract", Stage.OCCASIONAL, VISITOR, ("convert", "development", "wow", "conversion", "buy")),
    ("bought once, browsing", Stage.WAITING, ONCE, ("engage", "development", "wow", "retention", "enjoy")),
    ("a payment that failed", Stage.AT_RISK, SUBSCRIBED, ("engage", "churn", "wow", "retention", "consider")),
    ("a trial that ran out", Stage.WAITING, TRIED, ("act", "acquisition", "sell", "acquisition", "evaluate")),
    ("three orders", Stage.REPEAT, OFTEN, ("engage", "loyalty", "wow", "retention", "advocate")),
    ("a hero", Stage.HERO, OFTEN, ("engage", "loyalty", "wow", "loyalty", "bond")),
    ("a hero gone quiet", Stage.AT_RISK, OFTEN, ("engage", "churn", "wow", "retention", "consider")),
    ("one order, long ago", Stage.AT_RISK, ONCE, ("engage", "churn", "wow", "retention", "consider")),
    ("quiet, at risk", Stage.AT_RISK, VISITOR, ("reach", "acquisition", "attract", "acquisition", "consider")),
    ("lost, no order", Stage.LOST, VISITOR, ("reach", "acquisition", "attract", "reach", "consider")),
    ("lost, had bought", Stage.LOST, OFTEN, ("reach", "churn", "attract", "reach", "consider")),
    ("a name on a list", Stage.LOST, NOBODY, ("reach", "acquisition", "attract", "reach", "consider")),
]  # fmt: skip


def test_there_are_six() -> None:
    assert sorted(frames()) == sorted(KNOWN)


@pytest.mark.parametrize(("who", "stage", "known", "phases"), CASES, ids=[case[0] for case in CASES])
def test_the_phase_of(who: str, stage: Stage, known: Facts, phases: tuple[str, ...]) -> None:
    assert tuple(phase(frames()[name], stage, known) for name in KNOWN[1:]) == phases
    assert phase(frames()["nine_stages"], stage, known) == stage


@pytest.mark.parametrize("name", KNOWN[1:])
def test_somebody_is_in_each_phase(name: str) -> None:
    place = KNOWN.index(name) - 1
    assert {case[3][place] for case in CASES} == set(frames()[name].phases)


@settings(max_examples=150)
@given(facts(), parameters(), times, st.booleans(), st.sampled_from(Stage))
def test_everybody_has_a_phase_in_every_frame(
    known: Facts, chosen: Parameters, now: datetime, identified: bool, any_stage: Stage
) -> None:
    for stage in (judge(known, identified, chosen, now).stage, any_stage):
        for frame in frames().values():
            assert phase(frame, stage, known) in frame.phases


def test_a_frame_without_a_phase_for_everybody_is_none() -> None:
    with pytest.raises(ValueError, match="at_risk, lost without a phase"):
        Frame(
            title="Half",
            phases={"in": "In"},
            rows=(
                Row(phase="in", stages=frozenset(Stage) - {Stage.AT_RISK, Stage.LOST}),
                Row(phase="in", orders_at_least=1),
            ),
        )
    with pytest.raises(ValueError, match="no phase out"):
        Frame(title="Half", phases={"in": "In"}, rows=(Row(phase="out"),))


# --- a workspace's own ---

CLUB: dict[str, Any] = {
    "name": "club",
    "title": {"en": "The club", "it": "Il club"},
    "phases": [
        {"name": "guest", "title": {"en": "Guest", "it": "Ospite"}},
        {"name": "member", "title": {"en": "Member"}},
        {"name": "gold", "title": {"en": "Gold"}},
    ],
    "rows": [
        {"phase": "gold", "stages": ["hero"]},
        {"phase": "gold", "orders_at_least": 10, "subscribed": True},
        {"phase": "member", "customer": True},
        {"phase": "guest"},
    ],
}
TICKED = {"email": Consent(granted=True, at=ago(1), message_id="tick")}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (VISITOR, "guest"),
        (ONCE, "member"),
        (OFTEN, "gold"),
        (person(orders=every(60, 400, 1000)), "member"),
        (Facts(orders=person(orders=every(60, 400, 1000)).orders, consent=TICKED), "gold"),
    ],
)
def test_own_frames_stand_beside_the_others(known: Facts, expected: str) -> None:
    own = Frames.model_validate({"frames": [CLUB]}).by_name()
    assert sorted(frames(own)) == sorted([*KNOWN, "club"])
    stage = judge(known, True, DEFAULT, TODAY).stage
    assert phase(frames(own)["club"], stage, known) == expected


def _with(**changes: object) -> dict[str, object]:
    return {"frames": [CLUB | changes]}


@pytest.mark.parametrize(
    ("wrong", "path", "problem", "hint"),
    [
        (
            _with(rows=[{"phase": "gold"}, {"phase": "member"}, {"phase": "silver"}]),
            "frames[0]",
            "Row 3 leads to 'silver', which is no phase of this frame",
            "Use one of: guest, member, gold; or add it to `phases`.",
        ),
        (
            _with(rows=[{"phase": "gold", "stages": ["hero"]}, {"phase": "guest"}]),
            "frames[0]",
            "Nobody can ever be in member",
            "Add a row that leads there.",
        ),
        (
            _with(
                rows=[
                    {"phase": "gold", "orders_at_least": 3},
                    {"phase": "member", "stages": ["hero"]},
                    {"phase": "guest", "customer": False},
                ]
            ),
            "frames[0]",
            "Somebody in ghost, new, lead, waiting, occasional, repeat, at_risk, lost may be in no phase",
            "End with a row that has no conditions: `stages` that names them, or nothing but `phase`.",
        ),
        (_with(name="race"), "", "race is a frame already", "Use a name of your own."),
        ({"frames": [CLUB, CLUB]}, "", "There are two of the frame club", "Rename or remove one."),
        (
            _with(phases=[CLUB["phases"][0]] * 2),
            "frames[0]",
            "There are two of the phase guest",
            "Rename or remove one.",
        ),
        (_with(rows=[]), "frames[0].rows", None, None),
        (_with(title={}), "frames[0].title", None, None),
        (_with(rows=[{"phase": "gold", "stages": ["champion"]}]), "frames[0].rows[0].stages[0]", None, None),
    ],
)
def test_a_frame_that_cannot_be_used_says_why(wrong: object, path: str, problem: str | None, hint: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        validated(Frames, wrong)
    (found, *_) = refused.value.problems
    assert found.path == path
    assert problem in (None, found.problem)
    assert hint in (None, found.hint)
