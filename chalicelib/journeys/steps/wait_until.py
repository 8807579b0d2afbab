"""wait_until: stay here until something happens or becomes true, but not longer than `within`.

    {"id": "ordered", "do": "wait_until", "event": "Order Completed",
     "where": [{"property": "total", "at_least": 50}], "within": "P3D", "timeout": [...]}
    {"id": "paid", "do": "wait_until", "event": "Order Completed", "key": "cart_id", "within": "P1D"}
    {"id": "repeat", "do": "wait_until", "rule": {"fact": "order_count", "at_least": 2}, "within": "P30D"}

With `key`, only an event counts that says the same there as the one that started the journey. `looking_back` counts
what happened that long before the customer came here, too. When the time is over, the events since then are looked
through once more, so that none is overlooked that was stored and not yet told of; then the steps of `timeout` are
taken, and those behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from chalicelib import times
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.step import AnyStep, Block, Moment, Step, StepDefinition, Taken
from chalicelib.journeys.where import EventName, Path, Where, key_in
from chalicelib.journeys.where import holds as such
from chalicelib.segments.fields import Duration, Some
from chalicelib.segments.match import match
from chalicelib.segments.occurrence import Happened
from chalicelib.segments.occurrence import Where as Condition
from chalicelib.segments.problems import objection
from chalicelib.segments.rule import AnyRule, Rule

HAPPENED: Final = "happened"
TIMEOUT: Final = "timeout"
_MILLISECOND: Final = timedelta(milliseconds=1)


class WaitUntilStep(StepDefinition):
    """Wait for an event or a rule: one of the two."""

    do: Literal["wait_until"]
    event: EventName | None = None
    where: Some[Where] | None = None
    key: Path | None = None
    rule: AnyRule | None = None
    within: Duration
    looking_back: Duration | None = None
    timeout: tuple[AnyStep, ...] = Field(default=(), exclude_if=lambda steps: not steps)

    @model_validator(mode="after")
    def _waits_for_one_thing(self) -> WaitUntilStep:
        if (self.event is None) == (self.rule is None):
            raise objection("wait_until", "This waits for nothing, or for two things", "Add event or rule.")
        if self.event is None and (self.where or self.key or self.looking_back):
            raise objection("wait_until", "where, key and looking_back are of an event", "Put them into the rule.")
        return self

    def blocks(self) -> Mapping[tuple[str | int, ...], Block]:
        """The steps of `timeout`."""
        return {("timeout",): self.timeout}

    def events(self) -> tuple[str, ...]:
        """The one name, if it waits for an event."""
        return (self.event,) if self.event else ()

    def condition(self) -> Rule | None:
        """The rule, if it waits for one."""
        return self.rule

    def rules(self) -> tuple[Rule, ...]:
        """The rule, or that the event happened: as long ago as may be looked back."""
        return (
            (self.rule,)
            if self.rule is not None
            else (self.happened(self.within + (self.looking_back or _MILLISECOND)),)
        )

    def hears(self, effect: Effect, trigger: Mapping[str, Any]) -> bool:
        """Whether the effect is the event that is waited for."""
        named = effect.kind == "event" and effect.data.get("name") == self.event
        return named and such(self.where, effect.properties) and self._keyed(effect.properties, trigger)

    def happened(self, span: timedelta, key: str | None = None) -> Happened:
        """The rule that the event happened less than `span` ago, of that key if there is one."""
        asked = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in self.where or ()]
        if key is not None:
            asked.append({"property": self.key, "equals": key})
        where = tuple(Condition.model_validate(one) for one in asked)
        return Happened(event=self.event or "", where=where or None, within=span)

    def _keyed(self, properties: Mapping[str, Any], trigger: Mapping[str, Any]) -> bool:
        return self.key is None or key_in(properties, self.key) == _key(self.key, trigger)


class _WaitUntil:
    definition = WaitUntilStep

    def take(self, step: WaitUntilStep, moment: Moment) -> Taken:
        ends = moment.since + step.within
        why = self._why(step, moment, over=moment.now >= ends)
        if why is not None:
            return Taken(why, outcome=HAPPENED)
        if moment.now < ends:
            return Taken(f"waiting until {times.text(ends)}", until=ends)
        return Taken(f"not within {times.duration_text(step.within)}", into=step.timeout, outcome=TIMEOUT)

    def _why(self, step: WaitUntilStep, moment: Moment, *, over: bool) -> str | None:
        """Why it goes on; None if what is waited for has not happened."""
        if step.rule is not None:
            answer = match(step.rule, moment.view, moment.now)
            return answer.text() if answer.matched else None
        if moment.heard is not None and step.hears(moment.heard, moment.view.trigger):
            return f"{step.event} happened"
        back = step.looking_back or timedelta(0)
        arriving = moment.now == moment.since and back
        return self._looked_up(step, moment, moment.since - back) if arriving or over else None

    def _looked_up(self, step: WaitUntilStep, moment: Moment, since: datetime) -> str | None:
        """What the stored events say of the time since then."""
        key = None if step.key is None else _key(step.key, moment.view.trigger)
        if step.key is not None and key is None:
            return None
        span = max(moment.now - since, _MILLISECOND)
        happened = match(step.happened(span, key), moment.view, moment.now).matched
        return f"{step.event} happened" if happened else None


def _key(path: str, trigger: Mapping[str, Any]) -> str | None:
    properties = trigger.get("properties")
    return key_in(properties, path) if isinstance(properties, Mapping) else None


plugin: Step[WaitUntilStep] = _WaitUntil()
