"""How the history is moved so that its last day is today.

One number: the span that is added to every moment before the last day. The last day itself is played live and
takes the moment at which it is posted.

The span has a day's freedom, because any minute of the history's last day may be the one that is *now*. It is
spent on this: people become At risk by the passing of time alone, each at a moment that the application knows
in advance (`judge(...).next_at`), a few a day among these customers. So the replay asks the application's own
pure functions for all such moments on the last day, takes the shortest-spaced cluster, and lets that cluster
fall a little after the history is in. Then it happens while somebody is watching; nothing is done to make it
happen.

In figures: a customer whose stage changes at 13:05:10 of the shop's last day, and a history that will be in
at 09:02:00 today, give a span of (09:02:00 today) - (13:05:10 then).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

from chalicelib import times
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.lifecycle.stage import Stage, judge
from chalicelib.tracking.event import Event
from infra.demo.history import last_day
from infra.demo.shop import Call, stamped

WATCHED = timedelta(seconds=45)
"""The length of the window into which the cluster should fall."""
_TRIES = 8
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Crossing:
    """A customer who becomes At risk at this moment if nothing happens."""

    subject: str
    at: datetime


@dataclass
class Shift:
    """What a replay decided, kept beside the local cloud so that a second one posts the very same messages.

    started:  when it was decided; its day is part of every message id.
    by:       seconds added to every moment before the last day.
    expected: subject -> when the customer becomes At risk, for those who do so while the last day is played.
    live:     message id -> the moment at which an event of the last day was first posted.
    finished: whether a replay came to its end.
    """

    endpoint: str
    started: str
    by: float
    expected: dict[str, str] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    finished: bool = False

    @property
    def day(self) -> str:
        """The day of the replay, in UTC."""
        return self.started[:10]

    def age(self, now: datetime) -> timedelta:
        """How long ago it was decided."""
        return now - times.parse(self.started)

    def moved(self, call: Call) -> datetime:
        """The moment of a call before the last day."""
        return call.at + timedelta(seconds=self.by)

    def save(self, path: Path) -> None:
        """Write the whole of it; a crash leaves the file before."""
        written = path.with_suffix(".new")
        written.write_text(json.dumps(asdict(self), indent=1))
        written.replace(path)


def load(path: Path, endpoint: str) -> Shift | None:
    """The decision of an earlier replay into the same deployment."""
    if not path.exists():
        return None
    found = Shift(**json.loads(path.read_text()))
    return found if found.endpoint == endpoint else None


def choose(calls: list[Call], endpoint: str, now: datetime, target: datetime) -> Shift:
    """The span that puts the densest cluster of crossings into WATCHED after `target`, which is soon after `now`."""
    midnight = datetime.combine(last_day(calls), time(), tzinfo=UTC)
    noon = target - (midnight + _DAY / 2)
    quiet = _before_last_day(calls, midnight)
    moments = sorted(found.at - noon for found in crossings(quiet, noon, midnight + noon, midnight + noon + _DAY))
    best, expected = noon, list[Crossing]()
    for moment in sorted(moments, key=lambda one: (-_within(moments, one), one))[:_TRIES]:
        by = target - moment
        # Days are counted in UTC, so another span can move a moment: ask again with the span itself.
        found = crossings(quiet, by, target, target + WATCHED)
        if len(found) > len(expected):
            best, expected = by, found
    return Shift(
        endpoint,
        times.text(now),
        best.total_seconds(),
        {crossing.subject: times.text(crossing.at) for crossing in expected},
    )


def crossings(quiet: Iterable[Call], by: timedelta, start: datetime, end: datetime) -> list[Crossing]:
    """Who becomes At risk in [start, end) by time alone, if every call is moved by `by`; in order of time."""
    ordered = sorted((call for call in quiet if call.user_id), key=lambda call: call.subject)
    found = list[Crossing]()
    for subject, own in groupby(ordered, key=lambda call: call.subject):
        facts = fold(Facts(), [_event(call, call.at + by) for call in own])
        at = _becomes_at_risk(facts, start, end)
        if at is not None:
            found.append(Crossing(subject, at))
    return sorted(found, key=lambda crossing: crossing.at)


def _becomes_at_risk(facts: Facts, start: datetime, end: datetime) -> datetime | None:
    judged = judge(facts, True, DEFAULT, start - timedelta(milliseconds=1))
    while judged.next_at is not None and judged.next_at < end:
        if judged.next_stage is Stage.AT_RISK:
            return judged.next_at
        judged = judge(facts, True, DEFAULT, judged.next_at)
    return None


def _before_last_day(calls: list[Call], midnight: datetime) -> list[Call]:
    """The calls of everybody who does nothing on the last day."""
    busy = {call.subject for call in calls if call.at >= midnight}
    return [call for call in calls if call.subject not in busy]


def _within(moments: list[datetime], start: datetime) -> int:
    return sum(start <= moment < start + WATCHED for moment in moments)


def _event(call: Call, moment: datetime) -> Event:
    """The event that the application makes of a call, as far as facts look at it."""
    body = stamped(call, moment)
    return Event(
        message_id=call.key,
        type=call.kind,
        name=call.name if call.kind == "track" else call.kind.capitalize(),
        user_id=call.user_id,
        anonymous_id=call.anonymous_id,
        timestamp=moment,
        at=moment,
        received_at=moment,
        properties={} if call.kind == "identify" else body,
        traits=body if call.kind == "identify" else {},
        source="segment",
    )
