"""Rules about what happened: `event`, and `message`, which is about events of our own. As data; counting is
occurrences.py's.

    {"event": "Order Completed", "where": [{"property": "total", "at_least": 50}], "within": "P30D",
     "count": {"at_least": 3}}

A window is half-open: `"within": "P30D"` is what happened less than 30 days ago, down to and without the moment 30
days ago; `"between": ["2026-01-01", "2026-02-01"]` is from the first, without the second. Without one it is ever. The
time of an event is the one that facts go by, `event.at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from functools import cached_property
from typing import Any, ClassVar, Final, NamedTuple, get_args

from pydantic import model_validator

from chalicelib.segments.fields import Definition, Duration, Name, Some, Words
from chalicelib.segments.moments import Dated, Instant, Moments
from chalicelib.segments.problems import objection
from chalicelib.segments.values import Numbers, Values, look_up
from chalicelib.tracking.answers import AnsweringChannel, Said, names

_MEASURES: Final = ("count", "sum", "distinct", "first", "last", "followed_by")


class Where(Values, Dated):
    """What the events are like: conditions on a property, or on a part of one (`products.category`). Amounts may be
    texts, as shops send them."""

    property: Words
    reads_text: ClassVar[bool] = True

    def holds(self, properties: Mapping[str, Any], zone: tzinfo) -> bool:
        """Whether an event with these properties is such a one."""
        actual = look_up(properties, self.property)
        return all(test.holds(actual) for test in self.tests) and self.dated(actual, zone)


class Sum(Numbers):
    """The sum of a property over the events that have a number there."""

    property: Words


class Distinct(Numbers):
    """How many different values a property has; of a list, its members."""

    property: Words


class Followed(Definition):
    """Another event after it, or at the same moment: less than `within` after it, or ever."""

    event: Words
    where: Some[Where] | None = None
    within: Duration | None = None


class Question(NamedTuple):
    """What is asked of which events.

    names:   of the events. where: what they are like.
    within, between: in which window; neither: ever.
    measure: `count`, `sum`, `distinct`, `first`, `last`; and what is asked of it, None: that it is at least one.
    """

    names: frozenset[str]
    where: tuple[Where, ...]
    within: timedelta | None
    between: tuple[Instant, Instant] | None
    followed_by: Followed | None
    measure: str
    asked: Numbers | Sum | Distinct | Moments | None

    @property
    def spoken_of(self) -> frozenset[str]:
        """The names of all events that the answer depends on."""
        return self.names | {self.followed_by.event} if self.followed_by else self.names

    @property
    def plain(self) -> bool:
        """Whether it can be answered without knowing what the events are like."""
        return not self.where and self.followed_by is None and self.measure in ("count", "first", "last")


class Windowed(Definition):
    """A window in which something happened."""

    within: Duration | None = None
    between: tuple[Instant, Instant] | None = None

    @model_validator(mode="after")
    def _one_window(self) -> Windowed:
        if self.within is not None and self.between is not None:
            raise objection("window", "This rule has two windows", "Use either within or between.")
        if self.between is not None and str(self.between[0]) >= str(self.between[1]):
            raise objection("window", "This window ends before it begins", "Write the earlier moment first.")
        return self


class Happened(Windowed):
    """The customer did this: at least once, or as `count`, `sum`, `distinct`, `first`, `last` or `followed_by` ask.
    What a machine did (opens and clicks that no person made) is none of it. Names count, case included."""

    event: Words
    where: Some[Where] | None = None
    count: Numbers | None = None
    sum: Sum | None = None
    distinct: Distinct | None = None
    first: Moments | None = None
    last: Moments | None = None
    followed_by: Followed | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Happened:
        given = [name for name in _MEASURES if getattr(self, name) is not None]
        if len(given) > 1:
            said = f"This rule asks for {' and '.join(given)} at once"
            raise objection("measure", said, "Ask for one; put several rules into all.")
        return self

    @cached_property
    def question(self) -> Question:
        """What it asks."""
        measure = next((name for name in _MEASURES[:-1] if getattr(self, name) is not None), "count")
        return Question(
            frozenset({self.event}),
            self.where or (),
            self.within,
            self.between,
            self.followed_by,
            measure,
            getattr(self, measure),
        )


class MessageIs(Windowed):
    """A message to the customer was sent, arrived, was opened or clicked by a person, as far as anybody can tell: at
    least once, or as `count` asks; of a template, a journey, a step of it; by one channel, or by any that tells it."""

    message: Said
    template: Name | None = None
    journey: Name | None = None
    step: Name | None = None
    channel: AnsweringChannel | None = None
    count: Numbers | None = None

    @model_validator(mode="after")
    def _told(self) -> MessageIs:
        if not names(self.message, self.channel):
            said = f"Of {self.channel} it is not told that a message was {self.message}"
            told = [each for each in get_args(Said) if names(each, self.channel)]
            raise objection("channel", said, f"Ask for {' or '.join(told)}, or for another channel.")
        return self

    @cached_property
    def question(self) -> Question:
        """What it asks, of the events that say so."""
        asked = {"template": self.template, "journey": self.journey, "step": self.step}
        where = [Where.model_validate({"property": name, "equals": value}) for name, value in asked.items() if value]
        told = names(self.message, self.channel)
        return Question(told, tuple(where), self.within, self.between, None, "count", self.count)
