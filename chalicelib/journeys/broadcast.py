"""A broadcast: one message to the members of a segment, at a time. Pure.

It is a journey with a schedule and one step, so all that holds for journeys holds for it: nobody gets it twice, whoever
leaves the segment before their turn does not get it, it can be paused, resumed and stopped, and its steps are counted.
This module is what a marketer says, and the journey that it comes to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from chalicelib import times
from chalicelib.journeys.goal import Goal
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.journey import parse as journey
from chalicelib.journeys.send import MessageClass
from chalicelib.journeys.triggers.happened import OnSchedule
from chalicelib.segments.fields import Definition, Duration, Name, Title
from chalicelib.segments.problems import validated

STEP: Final = "message"


class Broadcast(Definition):
    """One broadcast.

    segment, template: to whom, and what. topic: as of a send step.
    at, zone, rrule: when, as of a schedule trigger.
    per_minute:     at most so many begin in a minute; as many as the account may send, if left out.
    approve_above:  with more members than this somebody must approve; null asks nobody.
    late_after:     a broadcast that comes later than this (an outage) waits for approval instead of going out.
    within:         how long a message is worth sending that cannot leave at once (caps, quiet hours).
    """

    name: Name
    title: Title
    message_class: MessageClass = Field(default="marketing", alias="class")
    segment: Name
    template: Name
    topic: Name | None = None
    at: str
    zone: Annotated[str, StringConstraints(min_length=3, max_length=64)] | None = None
    rrule: str | None = None
    per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    approve_above: int | None = Field(default=10_000, ge=0, le=1_000_000_000)
    late_after: Duration = timedelta(minutes=30)
    within: Duration = timedelta(hours=12)
    goal: Goal | None = None

    def body(self) -> dict[str, Any]:
        """The definition as canonical JSON. That nobody need approve is said: to leave it out says otherwise."""
        said = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return said if self.approve_above is not None else {**said, "approve_above": None}

    def journey(self) -> Journey:
        """The journey that sends it. Raises Invalid."""
        schedule = {
            "on": "schedule",
            "segment": self.segment,
            "at": self.at,
            "zone": self.zone,
            "rrule": self.rrule,
            "per_minute": self.per_minute,
            "approve_above": self.approve_above,
        }
        step = {
            "id": STEP,
            "do": "send",
            "template": self.template,
            "topic": self.topic,
            "within": times.duration_text(self.within),
        }
        raw: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "class": self.message_class,
            "trigger": {name: value for name, value in schedule.items() if value is not None},
            "exit_when": {"not": {"segment": self.segment}},
            "max_age": times.duration_text(self.late_after),
            "re_entry": "per_key",
            "serves": {"activity": "broadcast"},
            "steps": [{name: value for name, value in step.items() if value is not None}],
        }
        if self.goal is not None:
            raw["goal"] = self.goal.model_dump(mode="json", by_alias=True, exclude_none=True)
        return journey(raw)


def parse(raw: object) -> Broadcast:
    """A broadcast from JSON. Raises Invalid with every problem found, also of the journey that it comes to."""
    broadcast = validated(Broadcast, raw)
    broadcast.journey()
    return broadcast


def is_broadcast(journey: Journey) -> bool:
    """Whether a journey is one: a schedule, and one step that sends."""
    steps = journey.steps
    return isinstance(journey.trigger, OnSchedule) and len(steps) == 1 and steps[0].id == STEP and steps[0].do == "send"
