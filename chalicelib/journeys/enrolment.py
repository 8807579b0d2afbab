"""One customer's way through one journey: the row of the table `enrolments`, and how a walk changes it. Pure.

The row and the sends that a walk decided are written in one transaction, under the row's version: of two workers that
walk the same enrolment, one wins and the other's decisions never existed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, cast

from chalicelib import ids, resources, times
from chalicelib.customers.shards import due_shard
from chalicelib.journeys.effect import Place
from chalicelib.journeys.goal import Reached
from chalicelib.journeys.send import Send, planned
from chalicelib.journeys.step import SendMessage
from chalicelib.journeys.walk import Passed, Position, Walked

TRAIL: Final = 40
"""How many of the last steps the row remembers."""

Status = Literal["active", "done", "exited"]


@dataclass(frozen=True)
class Enrolment:
    """One row.

    entry:      why this row and no other: a digest of the trigger's id, so a trigger delivered twice enters once.
    origin:     an id that never changes, whoever the customer becomes by a merge; send ids are made from it.
    version:    the version of the journey that the customer entered with, and stays with.
    trigger:    what started it: `{"id", "kind", "at", ...}`.
    reason:     how it ended, or what it waits for.
    became:     the key of the row with which it goes on under the customer that it turned out to be (joined.py).
    variables:  what its steps kept for later ones; JSON.
    goal:       when and by what the goal was reached; None before.
    pending_until: the last moment at which something that it decided to send may leave.
    fell_due:   when its wait was over in a pause that lasts, and `waking`: the effect that ended it, if one did.
    settled_at: the last of what was said of everybody inside that was written down here (settling.py).
    heard:      the ids of the last effects that woke it: one that is delivered again wakes nobody.
    messaged:   the last step that decided to send a message.
    """

    customer: str
    journey: str
    entry: str
    origin: str
    version: int
    trigger: Mapping[str, Any]
    entered_at: datetime
    position: Position
    status: Status = "active"
    reason: str = ""
    due_at: datetime | None = None
    trail: tuple[Passed, ...] = field(default=())
    v: int = 0
    became: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    goal: Reached | None = None
    pending_until: datetime | None = None
    fell_due: datetime | None = None
    waking: Mapping[str, Any] | None = None
    settled_at: datetime | None = None
    heard: tuple[str, ...] = ()
    messaged: str = ""

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.status == "active"

    @property
    def scheduled(self) -> bool:
        """Whether a schedule let it in, with thousands of others. Only schedules say an occurrence."""
        return "occurrence" in self.trigger

    @property
    def place(self) -> Place:
        """What the conditions are named after that it waits for."""
        return Place(self.journey, self.version)

    @property
    def since(self) -> datetime:
        """From when on what happens counts for its goal: the moment of what started it."""
        at = self.trigger.get("at")
        return times.parse(at) if isinstance(at, str) else self.entered_at

    @property
    def key(self) -> str:
        """The row's range key: `{journey}#{entry}`."""
        return f"{self.journey}#{self.entry}"

    def to_item(self) -> dict[str, Any]:
        """The stored form. Only rows that wait for a date are in the due index."""
        item: dict[str, Any] = {
            "pk": self.customer,
            "sk": self.key,
            "schema_v": resources.SCHEMA_VERSION,
            "v": self.v,
            "origin": self.origin,
            "journey_version": self.version,
            "trigger": json.dumps(self.trigger, separators=(",", ":"), ensure_ascii=False),
            "entered_at": times.text(self.entered_at),
            "since": times.text(self.position.since),
            "status": self.status,
            "reason": self.reason,
            "trail": [_passed_item(one) for one in self.trail],
            **self._kept(),
        }
        if self.position.step is not None:
            item["step"] = self.position.step
        if self.became:
            item["became"] = self.became
        if self.due_at is not None:
            item["due_at"] = times.text(self.due_at)
            item["due_shard"] = due_shard(self.customer)
        return item

    def _kept(self) -> dict[str, Any]:
        """What few rows have."""
        moments = {"pending_until": self.pending_until, "fell_due": self.fell_due, "settled_at": self.settled_at}
        kept: dict[str, Any] = {name: times.text(at) for name, at in moments.items() if at is not None}
        for name, said in (("variables", self.variables), ("waking", self.waking)):
            if said:
                kept[name] = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
        if self.goal is not None:
            kept["goal"] = self.goal.to_item()
        if self.heard:
            kept["heard"] = list(self.heard)
        if self.messaged:
            kept["messaged"] = self.messaged
        return kept

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Enrolment:
        """Read a stored row. Raises KeyError or ValueError on an item that is no enrolment."""
        journey, entry = item["sk"].split("#", 1)
        return cls(
            customer=item["pk"],
            journey=journey,
            entry=entry,
            origin=item["origin"],
            version=int(item["journey_version"]),
            trigger=json.loads(item["trigger"]),
            entered_at=times.parse(item["entered_at"]),
            position=Position(item.get("step"), times.parse(item["since"])),
            status=cast(Status, item["status"]),
            reason=item["reason"],
            due_at=_moment(item, "due_at"),
            trail=tuple(Passed(p["step"], times.parse(p["at"]), p["why"], p.get("outcome")) for p in item["trail"]),
            v=int(item["v"]),
            became=item.get("became", ""),
            variables=json.loads(item.get("variables", "{}")),
            goal=Reached.from_item(item["goal"]) if "goal" in item else None,
            pending_until=_moment(item, "pending_until"),
            fell_due=_moment(item, "fell_due"),
            waking=json.loads(item["waking"]) if "waking" in item else None,
            settled_at=_moment(item, "settled_at"),
            heard=tuple(item.get("heard", ())),
            messaged=item.get("messaged", ""),
        )


def _passed_item(one: Passed) -> dict[str, str]:
    said = {"step": one.step, "at": times.text(one.at), "why": one.why}
    return said | ({"outcome": one.outcome} if one.outcome else {})


def _moment(item: Mapping[str, Any], name: str) -> datetime | None:
    return times.parse(item[name]) if name in item else None


def entered(
    customer: str, journey: str, version: int, entry: str, trigger: Mapping[str, Any], now: datetime
) -> Enrolment:
    """A new row, before its first walk."""
    origin = ids.digest(customer, journey, entry)
    return Enrolment(customer, journey, entry, origin, version, trigger, now, Position(None, now))


def after(enrolment: Enrolment, walked: Walked) -> Enrolment:
    """The row as a walk leaves it, one version on."""
    return replace(
        enrolment,
        position=walked.position,
        status=walked.ended or "active",
        reason=walked.why,
        due_at=walked.due_at,
        trail=(enrolment.trail + walked.trail)[-TRAIL:],
        v=enrolment.v + 1,
        variables=walked.variables,
        fell_due=None,
        waking=None,
    )


def exited(enrolment: Enrolment, reason: str) -> Enrolment:
    """The row when it cannot go on: over, with the reason."""
    return replace(
        enrolment, status="exited", reason=reason, due_at=None, fell_due=None, waking=None, v=enrolment.v + 1
    )


def postponed(enrolment: Enrolment, until: datetime, reason: str) -> Enrolment:
    """The row when it may not go on yet: looked at again at `until`, the position unchanged."""
    return replace(enrolment, reason=reason, due_at=until, v=enrolment.v + 1)


def takes_back(enrolment: Enrolment, planned_at: datetime) -> bool:
    """Whether a message that was decided then is not to be sent any more: the customer left the journey, or reached its
    goal, after that.

    Leaving in the same walk takes back nothing: a journey may end with `send, exit`. That walk is the last in the
    trail, at the moment of the plan, and its last step is what the customer left by.
    """
    if enrolment.goal is not None:
        return True
    if enrolment.status != "exited":
        return False
    last = enrolment.trail[-1] if enrolment.trail else None
    return last is None or last.at > planned_at or last.why != enrolment.reason


def sends(enrolment: Enrolment, walked: Walked, now: datetime) -> tuple[Send, ...]:
    """The ledger's rows for what a walk at `now` decided."""
    return tuple(
        planned(
            customer=enrolment.customer,
            message_class=decision.message_class,
            channel=decision.channel,
            template=decision.template,
            journey=enrolment.journey,
            step=decision.step,
            enrolment=enrolment.key,
            origin=enrolment.origin,
            occurrence=decision.occurrence,
            now=now,
            worth=decision.worth,
            topic=decision.topic,
            content=decision.content,
            template_version=decision.template_version,
            coupon=decision.coupon,
            bulk=enrolment.scheduled,
        )
        for decision in walked.decisions
        if isinstance(decision, SendMessage)
    )
