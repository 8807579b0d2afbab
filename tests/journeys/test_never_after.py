"""Nobody is sent anything after leaving, after the goal, or after saying no: for random journeys and random lives.

A message leaves when a sender asks for permission, which may be long after it was planned. So the test plays the sender
as well: at each moment, every row that waits is asked about as it would be then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import Consent, Facts
from chalicelib.journeys.enrolment import takes_back
from chalicelib.messages.permission import Allowed, Permit, Policy, Recipient, permitted
from tests.fakes.database import MemoryDatabase
from tests.journeys.definitions import journey, send, wait
from tests.journeys.test_inside import condition, event
from tests.journeys.world import WHO, World
from tests.segments.people import DAY, NOW

HOUR = timedelta(hours=1)
ACTS = ("wait", "day", "days", "ordered", "vip", "no", "yes", "clicked")


@st.composite
def plans(draw: st.DrawFn) -> Any:
    """Sends between waits of both kinds; the goal is an order, the exit a trait."""
    steps: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["send", "wait", "until"]))
        if kind == "send":
            steps.append(send(f"s{number}", within="P30D"))
        elif kind == "wait":
            steps.append(wait(f"s{number}", draw(st.sampled_from(["PT1H", "P1D", "P3D"]))))
        else:
            late = [send(f"late{number}")] if draw(st.booleans()) else []
            until = {"do": "wait_until", "event": "Email Link Clicked", "within": "P2D", "timeout": late}
            steps.append({"id": f"s{number}", **until})
    return journey(
        *steps,
        send("last", within="P30D"),
        goal={"when": {"event": "Order Completed"}},
        exit_when={"trait": "vip", "exists": True},
    )


class Life:
    """Somebody in a journey, and the sender."""

    def __init__(self, plan: Any, consents: bool) -> None:
        self.world, self.number, self.sent = World(MemoryDatabase()), 0, dict[str, datetime]()
        self.left: datetime | None = None
        self.consents = consents
        self.world.customer(facts=self.facts())
        self.world.publish(plan)
        self.world.identified()

    def facts(self) -> Facts:
        return Facts(consent={"email": Consent(self.consents, self.world.now, "m")})

    def act(self, act: str) -> None:
        self.number += 1
        match act:
            case "wait" | "day" | "days":
                self.world.walk(self.world.now + {"wait": 2 * HOUR, "day": DAY, "days": 4 * DAY}[act])
            case "ordered":
                self.world.effect(event("Order Completed", self.number))
                self.left = self.left or self.world.now
            case "clicked":
                self.world.effect(event("Email Link Clicked", self.number))
            case "vip":
                self.world.customer(traits={"vip": True}, facts=self.facts())
                self.world.effect(condition("exit"))
                self.left = self.left or self.world.now
            case "no" | "yes":
                self.consents = act == "yes"
                self.world.customer(facts=self.facts())
        self.world.now += HOUR

    def send(self) -> None:
        """Whatever may leave now does."""
        (row,) = self.world.engine.enrolments.of(WHO)
        consent = "granted" if self.consents else "withdrawn"
        for one in self.world.sends():
            if one.id in self.sent:
                continue
            cancelled = takes_back(row, one.planned_at)
            who = Recipient("a@shop.example", consent=consent)  # type: ignore[arg-type]
            if isinstance(permitted(one, who, Permit(), Policy(caps=()), self.world.now, cancelled=cancelled), Allowed):
                assert self.consents, "nothing leaves without consent"
                assert self.left is None, "nothing leaves after the exit or the goal"
                self.sent[one.id] = self.world.now


@settings(max_examples=150, deadline=None)
@given(plans(), st.booleans(), st.lists(st.tuples(st.sampled_from(ACTS), st.booleans()), max_size=12))
def test_nothing_leaves_after_exit_goal_or_a_no(plan: Any, consents: bool, acts: list[tuple[str, bool]]) -> None:
    life = Life(plan, consents)
    for act, sends in acts:
        if sends:  # the sender may be late: caps, quiet hours, a queue
            life.send()
        life.act(act)
        if life.left is not None:
            planned = [one for one in life.world.sends() if one.planned_at > life.left]
            assert planned == [], "and nothing is planned"
    for _ in range(8):
        life.act("days")
        life.send()
    steps = [one.step for one in life.world.sends()]
    assert len(steps) == len(set(steps))


def test_whoever_stays_and_agrees_is_sent_everything() -> None:
    life = Life(journey(send("a"), wait("d", "P1D"), send("b")), True)
    for _ in range(3):
        life.send()
        life.act("day")
    assert len(life.sent) == 2


@settings(max_examples=60, deadline=None)
@given(plans(), st.lists(st.sampled_from(ACTS), max_size=8))
def test_the_same_life_comes_to_the_same(plan: Any, acts: list[str]) -> None:
    def lived() -> list[tuple[str, datetime]]:
        life = Life(plan, True)
        for act in acts:
            life.act(act)
        return [(one.id, one.planned_at) for one in life.world.sends()]

    assert lived() == lived()
    assert NOW.tzinfo is not None
