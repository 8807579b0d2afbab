"""The interpreter: what each step does, and what no journey can make it do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chalicelib.journeys.journey import Journey
from chalicelib.journeys.step import SendMessage
from chalicelib.journeys.steps.wait import WaitStep
from chalicelib.journeys.walk import Position, Walked, walk
from chalicelib.segments.view import View
from tests.journeys.definitions import branch, journey, leave, send, wait
from tests.segments.people import DAY, NOW, customer

NOBODY = customer()
BUYER = customer(orders=((1, "10"),))
START = Position(None, NOW)
BOUGHT = {"fact": "order_count", "above": 0}

WELCOME = journey(
    send("hello"),
    wait("three-days", "P3D"),
    branch("bought", (BOUGHT, [leave("done", reason="has ordered")]), otherwise=[send("nudge")]),
    send("after"),
)


def sent(walked: Walked) -> list[str]:
    return [decision.step for decision in walked.decisions if isinstance(decision, SendMessage)]


@pytest.mark.parametrize(
    ("plan", "who", "position", "now", "steps", "due_at", "ended", "why"),
    [
        (WELCOME, NOBODY, START, NOW, ["hello"], NOW + 3 * DAY, None, "waiting until 2026-11-25T09:00:00.000Z"),
        # a wait that is not over waits on, from when it began
        (WELCOME, NOBODY, Position("three-days", NOW), NOW + DAY, [], NOW + 3 * DAY, None, "waiting"),
        (WELCOME, NOBODY, Position("three-days", NOW), NOW + 3 * DAY, ["nudge", "after"], None, "done", "completed"),
        (WELCOME, BUYER, Position("three-days", NOW), NOW + 9 * DAY, [], None, "exited", "has ordered"),
        # a branch without steps goes straight on
        (journey(branch("b", (BOUGHT, [])), send("z")), BUYER, START, NOW, ["z"], None, "done", "completed"),
        (journey(branch("b", (BOUGHT, []))), NOBODY, START, NOW, [], None, "done", "completed"),
        # the first branch that holds is taken, and only that
        (
            journey(branch("b", (BOUGHT, [send("x")]), (BOUGHT, [send("y")]), otherwise=[send("z")])),
            BUYER,
            START,
            NOW,
            ["x"],
            None,
            "done",
            "completed",
        ),
        (journey(send("a"), exit_when=BOUGHT), BUYER, START, NOW, [], None, "exited", "exit_when: fact order_count"),
        (journey(send("a"), exit_when=BOUGHT), NOBODY, START, NOW, ["a"], None, "done", "completed"),
        # a step that is gone from the journey ends it, and says so
        (WELCOME, NOBODY, Position("gone", NOW), NOW, [], None, "exited", "step gone is not in the journey"),
        # waits follow each other from the moment of arrival
        (
            journey(wait("a", "PT1H"), wait("b", "P1D")),
            NOBODY,
            Position("a", NOW),
            NOW + 2 * DAY,
            [],
            NOW + 3 * DAY,
            None,
            "waiting",
        ),
    ],
)
def test_walks(
    plan: Journey,
    who: View,
    position: Position,
    now: datetime,
    steps: list[str],
    due_at: datetime | None,
    ended: str | None,
    why: str,
) -> None:
    walked = walk(plan, position, who, now, origin="o")
    assert sent(walked) == steps
    assert (walked.due_at, walked.ended) == (due_at, ended)
    assert walked.why.startswith(why)


def test_a_walk_goes_into_nested_steps_and_comes_out_behind_them() -> None:
    inner = branch("inner", (BOUGHT, [send("deep"), wait("pause", "P1D")]), otherwise=[send("no")])
    plan = journey(branch("outer", (BOUGHT, [inner, send("level")])), send("after"))
    first = walk(plan, START, BUYER, NOW, origin="o")
    assert (sent(first), first.position.step) == (["deep"], "pause")
    second = walk(plan, first.position, BUYER, NOW + DAY, origin="o")
    assert (sent(second), second.ended) == (["level", "after"], "done")


def test_a_decision_to_send_says_all_that_the_ledger_needs() -> None:
    plan = journey(send("hello", within="PT6H"), class_="transactional")
    assert walk(plan, START, NOBODY, NOW, origin="o").decisions == (
        SendMessage("hello", "hello-mail", "email", "transactional", timedelta(hours=6)),
    )


def test_the_trail_says_what_came_of_each_step() -> None:
    walked = walk(WELCOME, Position("three-days", NOW), NOBODY, NOW + 3 * DAY, origin="o")
    assert [(passed.step, passed.why) for passed in walked.trail] == [
        ("three-days", "waited P3D"),
        ("bought", "otherwise"),
        ("nudge", "decided to send nudge-mail"),
        ("after", "decided to send after-mail"),
    ]


class _Broken(WaitStep):
    """A step whose end lies beyond the calendar, which no validated duration reaches."""


def test_a_step_that_fails_stalls_nobody() -> None:
    broken = _Broken.model_construct(id="broken", do="wait", for_=timedelta(days=999_999_999))
    sound = journey(send("next"))
    plan = sound.model_copy(update={"steps": (broken, *sound.steps)})
    walked = walk(plan, START, NOBODY, NOW, origin="o")
    assert (sent(walked), walked.ended) == (["next"], "done")
    assert walked.trail[0].why.startswith("failed: OverflowError")
