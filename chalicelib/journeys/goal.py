"""What a journey is for: its goal, and what reaching it is worth. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import PlainValidator, TypeAdapter, WithJsonSchema

from chalicelib import times
from chalicelib.journeys.effect import NOWHERE, Effect, Place
from chalicelib.journeys.where import EventName, Path, Where, found, holds
from chalicelib.segments.fields import Definition, Duration, Some
from chalicelib.segments.rule import AnyRule, Rule

GOAL: Final = "goal"
"""What the condition of a goal is called."""
_PLAIN: Final = frozenset({"event", "where"})
_MOST: Final = Decimal(10) ** 12


class Happening(Definition):
    """An event: the goal is reached when it happens."""

    event: EventName
    where: Some[Where] | None = None


@cache
def _rules() -> TypeAdapter[Rule]:
    return TypeAdapter(AnyRule)


def _when(value: object) -> Happening | Rule:
    """An event as such is heard with what it says, and its value; anything else is a rule that becomes true."""
    if isinstance(value, Happening):
        return value
    if isinstance(value, Mapping) and "event" in value and value.keys() <= _PLAIN:
        return Happening.model_validate(value)
    return _rules().validate_python(value)


if TYPE_CHECKING:
    When: TypeAlias = Happening | Rule
else:
    When = Annotated[
        Any,
        PlainValidator(_when),
        WithJsonSchema(
            {
                "type": "object",
                "title": "What reaches the goal",
                "description": "An event, with conditions (`where`) on its properties; or a rule that becomes true.",
                "examples": [{"event": "Order Completed"}, {"stage": ["hero"]}],
            }
        ),
    ]


@dataclass(frozen=True)
class Reached:
    """That a goal was reached. value: what it is worth, in `currency` (an empty text if none was said); None if nothing
    was said."""

    at: datetime
    why: str
    value: Decimal | None = None
    currency: str = ""

    def to_item(self) -> dict[str, Any]:
        """The stored form."""
        worth = {} if self.value is None else {"value": str(self.value), "currency": self.currency}
        return {"at": times.text(self.at), "why": self.why, **worth}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Reached:
        """Read what is stored."""
        value = Decimal(item["value"]) if "value" in item else None
        return cls(times.parse(item["at"]), item["why"], value, item.get("currency", ""))


class Goal(Definition):
    """Whoever reaches it leaves the journey, and is counted.

    when:   an event after the entry, or a rule that becomes true after it. Whoever has reached a rule before does not
            enter: there is nothing left to do.
    within: how long after the entry reaching it counts, also for those who have come to the journey's end.
    value:  the event's property that says what it is worth; its currency is the property `currency`.
    """

    when: When
    within: Duration = timedelta(days=14)
    value: Path | None = None

    def rule(self) -> Rule | None:
        """The rule that is waited for; None for an event."""
        return None if isinstance(self.when, Happening) else self.when

    def events(self) -> tuple[str, ...]:
        """The name of the event that is waited for."""
        return (self.when.event,) if isinstance(self.when, Happening) else ()

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether an effect is what reaches the goal, whoever hears it."""
        if not isinstance(self.when, Happening):
            return effect.turned(place.condition(GOAL))
        named = effect.kind == "event" and effect.data.get("name") == self.when.event
        return named and holds(self.when.where, effect.properties)

    def reached(self, effect: Effect, entered_at: datetime, place: Place = NOWHERE) -> Reached | None:
        """Whether an effect reaches the goal for somebody who entered then; nothing before counts, nor what is late."""
        if not entered_at <= effect.at <= entered_at + self.within or not self.hears(effect, place):
            return None
        why = f"goal: {effect.data.get('name')}" if isinstance(self.when, Happening) else "goal"
        amount = None if self.value is None else _amount(found(effect.properties, self.value))
        currency = found(effect.properties, "currency")
        return Reached(effect.at, why, amount, _currency(currency) if amount is not None else "")


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        exact = Decimal(str(value))
    except ArithmeticError:
        return None
    return exact if exact.is_finite() and abs(exact) < _MOST else None


def _currency(value: object) -> str:
    return value.upper() if isinstance(value, str) and len(value) == 3 and value.isalpha() and value.isascii() else ""
