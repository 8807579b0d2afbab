"""What every trigger can be asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.journeys.effect import AUDIBLE, CAUSED, NOWHERE, Effect, Place, Silent
from chalicelib.segments.fields import Definition, Some

TRIGGER = "trigger"
"""What the condition of a trigger is called."""


class Trigger(Definition):
    """What lets a customer into a journey."""

    on: str

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the effect is what is waited for, whatever caused it. `place`: the journey and version that asks."""
        raise NotImplementedError

    def audible(self, effect: Effect) -> bool:
        """Whether what caused it may start anything."""
        return effect.kind not in CAUSED or effect.data.get("cause") in AUDIBLE

    def events(self) -> tuple[str, ...]:
        """The names that must be watched for among those of events."""
        return ()

    def rule(self) -> Mapping[str, Any] | None:
        """The rule whose becoming true is waited for, as JSON; None for what needs none."""
        return None

    def conditions(self) -> tuple[str, ...]:
        """The names of conditions of others that are waited for."""
        return ()

    @property
    def keyed(self) -> bool:
        """Whether what it hears has a key of its own, one thing of several at a time: a cart, a booking."""
        return False

    def key_of(self, effect: Effect) -> str | None:
        """That key; None if there is none."""
        return None

    def later(self) -> timedelta:
        """How long after what is heard the journey begins."""
        return timedelta(0)

    def clock(self) -> str | None:
        """The time of the customer's day (`09:00`) at which it begins; None for at once."""
        return None


class Caused(Trigger):
    """A trigger on something that has a cause. also: silent causes that start the journey nevertheless."""

    also: Some[Silent] | None = None

    def audible(self, effect: Effect) -> bool:
        """Whether the cause is an event, the time, or one of `also`."""
        return super().audible(effect) or effect.data.get("cause") in (self.also or ())


class Conditional(Caused):
    """A trigger that waits for a rule of its own to become true."""

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether it has become true."""
        return effect.turned(place.condition(TRIGGER))
