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
from chalicelib.customers.state import due_shard
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
            "trail": [{"step": p.step, "at": times.text(p.at), "why": p.why} for p in self.trail],
        }
        if self.position.step is not None:
            item["step"] = self.position.step
        if self.became:
            item["became"] = self.became
        if self.due_at is not None:
            item["due_at"] = times.text(self.due_at)
            item["due_shard"] = due_shard(self.customer)
        return item

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
            due_at=times.parse(item["due_at"]) if "due_at" in item else None,
            trail=tuple(Passed(p["step"], times.parse(p["at"]), p["why"]) for p in item["trail"]),
            v=int(item["v"]),
            became=item.get("became", ""),
        )


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
    )


def exited(enrolment: Enrolment, reason: str) -> Enrolment:
    """The row when it cannot go on: over, with the reason."""
    return replace(enrolment, status="exited", reason=reason, due_at=None, v=enrolment.v + 1)


def postponed(enrolment: Enrolment, until: datetime, reason: str) -> Enrolment:
    """The row when it may not go on yet: looked at again at `until`, the position unchanged."""
    return replace(enrolment, reason=reason, due_at=until, v=enrolment.v + 1)


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
        )
        for decision in walked.decisions
        if isinstance(decision, SendMessage)
    )
