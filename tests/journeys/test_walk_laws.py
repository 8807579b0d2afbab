"""What no journey can make the interpreter do, whatever its steps, whoever the customer, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import Consent
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.enrolment import entered, sends
from chalicelib.journeys.goal import Goal
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.walk import Position, Walked, walk
from chalicelib.messages.permission import Permit, Policy, Recipient, Skipped, permitted
from chalicelib.segments.view import View
from tests.journeys.definitions import journey, journeys, send
from tests.segments.people import DAY, NOW, customer

PEOPLE = [
    customer(),
    customer(orders=((1, "10"),), name="u#buyer"),
    customer(traits={"renewal_date": "2026-12-24", "timezone": "Europe/Rome"}, name="u#rome"),
    customer(traits={"renewal_date": "soon", "timezone": "Mars/Phobos"}, name="u#mars"),
]
BOUGHT = Effect("e", "event", NOW, {"kind": "event", "name": "Order Completed", "properties": {}})
SEEN = Effect("f", "event", NOW, {"kind": "event", "name": "Cart Viewed", "properties": {}})
START = Position(None, NOW)

people = st.sampled_from(PEOPLE)
origins = st.sampled_from(["o", "p", "q", "r"])
happenings = st.lists(st.tuples(st.integers(0, 48), st.sampled_from([None, None, BOUGHT, SEEN])), max_size=6)
ON_TIME = [(0, None)] * 90


def whole(plan: Journey, who: View, origin: str, happening: Sequence[tuple[int, Effect | None]]) -> list[Walked]:
    """Walk to the end: each walk some hours late, or early, because something was heard; those behind them on time."""
    walks = [walk(plan, START, who, NOW, origin=origin)]
    now = NOW
    for hours, heard in [*happening, *ON_TIME]:
        last = walks[-1]
        if last.due_at is None:
            break
        late = timedelta(hours=hours)
        now = max(now, last.due_at + late) if heard is None else max(now, min(now + late, last.due_at))
        walks.append(walk(plan, last.position, who, now, origin=origin, heard=heard, variables=last.variables))
    return walks


@settings(max_examples=60)
@given(journeys(), people, origins, happenings)
def test_a_walk_is_determined_leads_forward_and_ends(
    plan: Journey, who: View, origin: str, happening: list[tuple[int, Effect | None]]
) -> None:
    walks = whole(plan, who, origin, happening)
    assert walks == whole(plan, who, origin, happening), "the same position, customer and time give the same walk"
    for walked in walks:
        assert (walked.due_at is None) is (walked.ended is not None)
        if walked.due_at is not None:
            assert walked.position.step is not None
            assert plan.route[walked.position.step].step.do in ("wait", "wait_until")
    taken = [passed.step for walked in walks for passed in walked.trail if not passed.why.startswith("waiting")]
    places = [list(plan.route).index(step) for step in taken]
    assert places == sorted(set(places)), "walks lead forward only, and no step is taken twice"
    decided = [decision.step for walked in walks for decision in walked.decisions]
    assert len(decided) == len(set(decided)), "nothing is decided twice"


@settings(max_examples=40)
@given(journeys(), people, origins)
def test_every_journey_comes_to_its_end(plan: Journey, who: View, origin: str) -> None:
    assert whole(plan, who, origin, ())[-1].ended


@settings(max_examples=40)
@given(journeys(), people, origins)
def test_nothing_is_decided_after_a_step_by_which_somebody_leaves(plan: Journey, who: View, origin: str) -> None:
    walks = whole(plan, who, origin, ())
    for walked in walks:
        leaving = [place for place, passed in enumerate(walked.trail) if plan.route[passed.step].step.do == "exit"]
        assert leaving in ([], [len(walked.trail) - 1]), "an exit is the last step of a walk"
    assert all(walked.ended is None for walked in walks[:-1]), "and the walk with it is the last"


@settings(max_examples=50)
@given(journeys(), people, origins, happenings, st.integers(0, 20))
def test_nothing_is_decided_after_the_exit_or_the_goal(
    plan: Journey, who: View, origin: str, happening: list[tuple[int, Effect | None]], after: int
) -> None:
    walks = whole(plan, who, origin, happening)
    here = walks[min(after, len(walks) - 1)].position
    always = {"stage": ["new"]}
    holds = replace(who, stage=customer().stage)
    exited = plan.model_copy(update={"exit_when": journey(send("x"), exit_when=always).exit_when})
    reached = plan.model_copy(update={"goal": Goal.model_validate({"when": always})})
    bought = plan.model_copy(
        update={"exit_when": None, "goal": Goal.model_validate({"when": {"event": "Order Completed"}})}
    )
    for changed, heard in ((exited, None), (reached, None), (bought, BOUGHT)):
        left = walk(changed, here, holds, NOW + 30 * DAY, origin=origin, heard=heard)
        assert (left.decisions, left.ended) == ((), "exited")


@settings(max_examples=50)
@given(journeys(), people, origins, happenings, st.integers(0, 20))
def test_no_marketing_leaves_after_consent_was_withdrawn(
    plan: Journey, who: View, origin: str, happening: list[tuple[int, Effect | None]], after: int
) -> None:
    """The walk decides, and the ledger says why it was not sent: permission is asked when a message leaves."""
    here = whole(plan, who, origin, happening)[: after + 1][-1].position
    withdrawn = replace(who, facts=replace(who.facts, consent={"email": Consent(False, NOW, "m")}))
    left = [walk(plan, here, withdrawn, NOW + 60 * DAY, origin=origin)]
    left += whole(plan, withdrawn, origin, happening)
    for walked in left:
        row = entered(withdrawn.customer, plan.name, 1, "once", {"id": "x"}, NOW)
        for mail in (one for one in sends(row, walked, NOW) if one.channel == "email"):
            asked = Recipient("ada@example.com", withdrawn.facts.consent_status("email"))
            assert permitted(mail, asked, Permit(), Policy(), NOW) == Skipped("unsubscribed")
