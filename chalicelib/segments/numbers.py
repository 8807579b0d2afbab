"""When time alone changes what a rule says of a number. Pure.

A number of days since a moment, or until one, passes a limit once, and when is a sum. A number that falls step by step
passes it once, and when is found by halving. A score of the lifecycle is that of the beginning of the day, and need
neither rise nor fall; so the next 60 midnights are looked at, and beyond them nothing is said: whoever waits for the
answer asks again then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Final

from chalicelib.segments.measures import PER_DAY, Measure
from chalicelib.segments.outlook import DAY_MS, HORIZON_MS, Outlook, tried
from chalicelib.segments.values import Test
from chalicelib.segments.view import View
from chalicelib.times import after_epoch, milliseconds

LOOKED_AHEAD: Final = 60  # midnights
_SETTLED: Final = 731 * DAY_MS
"""After so long nothing that falls step by step falls any more: windows are of 30 days, and intents of two years."""
_MILLISECOND: Final = timedelta(milliseconds=1)


def outlook(measure: Measure, test: Test, limits: set[Decimal], view: View, now: int) -> Outlook:
    """How a condition on the number stands, and when that changes. limits: what it compares the number with."""

    def holds(at: int) -> bool:
        return test.holds(measure.value(view, after_epoch(at)))

    if measure.trend == "stays":
        return Outlook(holds(now))
    if measure.trend == "by the day":
        unknown = measure.value(view, after_epoch(now)) is None
        return (
            Outlook(holds(now)) if unknown else _by_the_day(holds, now)
        )  # what is not known only an event makes known
    if measure.moment is not None:
        moment = measure.moment(view)
        return Outlook(holds(now)) if moment is None else tried(holds, now, _passes(measure, moment, limits))
    return tried(holds, now, _falls(lambda at: measure.value(view, after_epoch(at)), limits, now))


def _passes(measure: Measure, moment: object, limits: set[Decimal]) -> Iterator[int]:
    """The milliseconds at which a number of days comes to a limit, and at which it has passed it."""
    at = milliseconds(moment)  # type: ignore[arg-type]
    for limit in limits:
        span = limit * PER_DAY * (1 if measure.trend == "rises" else -1)
        if abs(span) <= 4 * HORIZON_MS:
            yield from {at + ceil(span), at + floor(span) + 1}


def _falls(value: Callable[[int], Decimal | None], limits: set[Decimal], now: int) -> Iterator[int]:
    """The milliseconds at which a falling number comes down to a limit, falls below it, and is no longer known."""
    standing = value(now)
    if standing is None or value(now + _SETTLED) == standing:
        return
    yield from _first(lambda at: value(at) is None, now)
    for limit in limits:
        if standing >= limit:
            yield from _first(lambda at, limit=limit: _below(value(at), limit), now)  # type: ignore[misc]
        if standing > limit:
            yield from _first(lambda at, limit=limit: not _above(value(at), limit), now)  # type: ignore[misc]


def _below(value: Decimal | None, limit: Decimal) -> bool:
    return value is None or value < limit


def _above(value: Decimal | None, limit: Decimal) -> bool:
    return value is not None and value > limit


def _first(fallen: Callable[[int], bool], now: int) -> Iterator[int]:
    """The first millisecond at which it has fallen, if it ever does; once fallen, it stays so."""
    low, high = now, now + _SETTLED
    if not fallen(high):
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fallen(middle) else (middle, high)
    yield high


def _by_the_day(holds: Callable[[int], bool], now: int) -> Outlook:
    midnights = [(now // DAY_MS + day) * DAY_MS for day in range(1, LOOKED_AHEAD + 1)]
    first = holds(now)
    turn = next((at for at in midnights if holds(at) is not first), None)
    return Outlook(first, (), midnights[-1]) if turn is None else Outlook(first, (turn,), turn + 1)
