"""What is rehearsed, under which rules, and from when until when. A value that one container makes once for a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.prices import NO_PRICES, Prices
from chalicelib.journeys.effect import Place
from chalicelib.journeys.journey import Journey, Live
from chalicelib.journeys.listening import conditions_of, watched_by
from chalicelib.journeys.template import Template
from chalicelib.messages import compiled
from chalicelib.messages.compiled import Compiled
from chalicelib.messages.permission import Policy
from chalicelib.rehearsal.calendar import Occasion, occasions
from chalicelib.review.advance import Rules
from chalicelib.segments.conditions import Condition, LiveConditions
from chalicelib.segments.rule import parse


def in_order(journeys: Iterable[Live]) -> tuple[Live, ...]:
    """The order in which journeys hear of something, live as here: the highest priority first."""
    return tuple(sorted(journeys, key=lambda one: (-one.journey.priority, one.journey.name)))


@dataclass(frozen=True)
class Plan:
    """One rehearsal.

    journeys:  those that are in force on the virtual clock, in order: the draft, and the live ones that it would meet.
    templates: by name, those that they send, in the versions that are current now.
    rules:     what customers are judged by now; it is taken for the whole of the period.
    policy:    who may be written to, and how often; in production, whatever this deployment is.
    since:     from when on the journeys are in force: what was before only makes the customer.
    exactly:   events come as they were received (known.py).
    """

    journeys: tuple[Live, ...]
    templates: Mapping[str, Template]
    rules: Rules
    since: datetime
    until: datetime
    consent: ConsentSettings = field(default_factory=ConsentSettings)
    prices: Prices = NO_PRICES
    policy: Policy = field(default_factory=Policy)
    exactly: bool = False

    @cached_property
    def review(self) -> Rules:
        """What the double is judged by: told of what these journeys listen to, with their conditions beside those of
        the segments; nothing is forgotten meanwhile."""
        return replace(
            self.rules,
            watched=frozenset(name for live in self.journeys for name in watched_by(live.journey, live.place)),
            conditions=self._conditions(),
            days_kept=None,
            prices=self.prices,
        )

    def _conditions(self) -> LiveConditions:
        """The next version of the live set: what is new in it nobody was asked about yet."""
        standing = self.rules.conditions
        kept = {one.name: one for one in standing.conditions}
        segments = [one for one in standing.conditions if one.segment is not None]
        ours = [
            kept.get(name) or Condition(name, parse(rule), standing.v + 1)
            for live in self.journeys
            for name, rule in conditions_of(live.journey, live.place).items()
        ]
        return LiveConditions((*segments, *ours), standing.v + 1, standing.unread)

    @cached_property
    def occasions(self) -> list[Occasion]:
        """The times at which any of the journeys begins by a schedule."""
        return occasions(self.journeys, str(self.rules.zone), self.since, self.until)

    def journey(self, name: str) -> Journey | None:
        """The journey of that name; None if there is none in it."""
        return self._named.get(name)

    @cached_property
    def placed(self) -> tuple[tuple[str, Journey, Place], ...]:
        """Each journey with its name, and what its conditions are named after."""
        return tuple((live.journey.name, live.journey, live.place) for live in self.journeys)

    @cached_property
    def stands_for(self) -> Mapping[str, str]:
        """Of each template that says the same to a person each time, what stands for its words: nothing is rendered
        here, so one that speaks of the event, of products or of figures is taken to say something else each time."""
        return {name: name for name, template in self.templates.items() if _lasts(compiled.of(template))}

    @cached_property
    def priorities(self) -> Mapping[str, int]:
        """Which journeys' messages go first, by name."""
        return {live.journey.name: live.journey.priority for live in self.journeys}

    @cached_property
    def _named(self) -> Mapping[str, Journey]:
        return {live.journey.name: live.journey for live in self.journeys}

    def during(self, since: datetime, until: datetime) -> Plan:
        """The same over another period."""
        return replace(self, since=since, until=until)


_LASTING: Final = frozenset({"customer", "links", "topic", "postal_address"})
"""What a template may speak of and still say the same to a person the next day."""


def _lasts(words: Compiled) -> bool:
    """Whether a template speaks of nothing but the person."""
    return words.asks <= _LASTING
