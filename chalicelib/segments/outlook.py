"""When time alone changes the answer of a rule: the moment at which a segment, or a wait for a rule, must be looked at.

    outlook(rule, view, now) -> the first millisecond after `now` at which `match` answers otherwise, if nothing happens

Every number only rises, only falls or stays as time passes (measures.py), so each comparison with a limit flips at most
once, and the moment is found by halving; an `equals` is two of them. The answer of the whole rule is asked at each of
these moments, the earliest first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.segments.match import match
from chalicelib.segments.measures import MEASURES, Measure
from chalicelib.segments.rule import All, Any_, Fact, Not, Rule
from chalicelib.segments.view import View

HORIZON: Final = timedelta(days=3_660)
"""Nobody waits longer than ten years for a date."""
_MILLISECOND: Final = timedelta(milliseconds=1)


def outlook(rule: Rule, view: View, now: datetime) -> datetime | None:
    """The first moment after `now` at which the answer is another, without any event; None within ten years. Pure."""
    start = now.replace(microsecond=now.microsecond // 1_000 * 1_000)
    answer = match(rule, view, now).matched
    moments = {moment for fact in _facts(rule) for moment in _flips(fact, view, start)}
    return next((moment for moment in sorted(moments) if match(rule, view, moment).matched is not answer), None)


def _facts(rule: Rule) -> Iterator[Fact]:
    if isinstance(rule, Fact):
        yield rule
    inner = rule.all if isinstance(rule, All) else rule.any if isinstance(rule, Any_) else ()
    for each in (rule.not_,) if isinstance(rule, Not) else inner:
        yield from _facts(each)


def _flips(fact: Fact, view: View, now: datetime) -> Iterator[datetime]:
    """The moments at which the number comes to, and passes, one of the limits."""
    measure = MEASURES.get(fact.fact)
    if measure is None or measure.trend == "stays" or measure.value(view, now) is None:
        return
    for limit in _limits(fact):
        for passed in (operator.ge, operator.gt):
            moment = _first(_passes(measure, view, limit, passed), now)
            if moment is not None:
                yield moment


def _passes(
    measure: Measure, view: View, limit: Decimal, passed: Callable[[Decimal, Decimal], bool]
) -> Callable[[datetime], bool]:
    return lambda at: passed(measure.value(view, at) or Decimal(0), limit)


def _limits(fact: Fact) -> set[Decimal]:
    equal = [value for value in (fact.equals, *(fact.in_ or ())) if isinstance(value, int | float)]
    return {*fact.comparisons().values(), *(Decimal(repr(value)) for value in equal)}


def _first(holds: Callable[[datetime], bool], now: datetime) -> datetime | None:
    """The first millisecond at which `holds` is not what it is now; it changes once at most."""
    standing, low, high = holds(now), 0, HORIZON // _MILLISECOND
    if holds(now + HORIZON) is standing:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if holds(now + middle * _MILLISECOND) is standing:
            low = middle
        else:
            high = middle
    return now + high * _MILLISECOND
