"""What is said of everybody inside a journey (running.py), read into one row. Pure.

Whoever reads a row reads it so: who walks it, who asks what it waits for, who shows it, who wants to put the customer
into another journey. So a publication, a pause or a stop holds from the moment at which it is made, whether or not the
row was written since; and a row is taken at its word only once, because it remembers what it has obeyed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.journeys.enrolment import Enrolment, exited
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.running import STOPPED, Order, Pause, Running

LATE: Final = timedelta(seconds=60)
"""A container may not know for 30 seconds that another version was published, and let somebody into the old one."""


@dataclass(frozen=True)
class Settled:
    """The row as it counts. mute: it fell due in a pause of which the messages are left out."""

    row: Enrolment
    mute: bool = False


def settled(row: Enrolment, running: Running, journey: Callable[[int], Journey | None], now: datetime) -> Settled:
    """What publications, stops and pauses have made of a row. `journey`: a version by its number."""
    for order in running.orders:
        if row.active and _applies(order, row):
            row = _obeyed(row, order, journey, now)
    if row.active and running.stopped:
        row = exited(row, STOPPED)
    return _awake(row, running, now) if row.active else Settled(row)


def _applies(order: Order, row: Enrolment) -> bool:
    known = row.settled_at is not None and row.settled_at >= order.at
    late = LATE if order.spares is not None else timedelta(0)
    return not known and row.entered_at <= order.at + late and row.version != order.spares


def _obeyed(row: Enrolment, order: Order, journey: Callable[[int], Journey | None], now: datetime) -> Enrolment:
    if order.version is None:
        return replace(exited(row, order.why), settled_at=order.at)
    target = journey(order.version)
    if target is None:  # it cannot be read: nothing is decided before it can
        return row
    step = row.position.step
    if step is not None and step not in target.route:
        left = exited(row, f"step {step} is not in version {order.version}")
        return replace(left, settled_at=order.at)
    return replace(row, version=order.version, settled_at=order.at, due_at=now, reason=order.why, v=row.v + 1)


def _awake(row: Enrolment, running: Running, now: datetime) -> Settled:
    """The row after the pause in which it fell due, if it did in one that is over."""
    fell_due = row.fell_due or row.due_at
    pause = None if fell_due is None else _of(running, fell_due)
    if fell_due is None or pause is None or pause.until is None:
        return Settled(row)
    if pause.meanwhile == "replan":
        return Settled(_put_off(row, fell_due, pause.until - pause.at))
    due = replace(row, due_at=min(row.due_at or now, now)) if row.fell_due else row
    return Settled(due, mute=pause.meanwhile == "skip")


def _of(running: Running, moment: datetime) -> Pause | None:
    return next((pause for pause in reversed(running.pauses) if pause.holds(moment)), None)


def _put_off(row: Enrolment, fell_due: datetime, span: timedelta) -> Enrolment:
    """As if the time of the pause had not been. Who was woken in it goes on now: that has happened."""
    if row.waking is not None:
        return row
    moved = replace(row.position, since=row.position.since + span)
    return replace(row, position=moved, due_at=fell_due + span, fell_due=None, v=row.v + 1)
