"""What is rehearsed, under which rules, and from when until when. A value that one container makes once for a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.prices import NO_PRICES, Prices
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.live import Live
from chalicelib.journeys.template import Template
from chalicelib.messages.permission import Policy
from chalicelib.review.advance import Rules
from chalicelib.segments.rule import Rule


@dataclass(frozen=True)
class Plan:
    """One rehearsal.

    journeys:  those that are in force on the virtual clock: the draft, and the live ones that it would meet.
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
        """What the double is judged by: told of what these journeys listen to, and nothing is forgotten meanwhile."""
        names = (name for live in self.journeys for name in live.journey.trigger.events())
        return replace(self.rules, watched=frozenset(names), days_kept=None, prices=self.prices)

    def asked(self, journey: Journey) -> tuple[Rule, ...]:
        """All rules that a journey may ask, so that it is known beforehand what they need."""
        return self._asked[journey.name]

    @cached_property
    def _asked(self) -> Mapping[str, tuple[Rule, ...]]:
        return {live.journey.name: rules_in(live.journey) for live in self.journeys}

    def journey(self, name: str) -> Journey | None:
        """The journey of that name; None if there is none in it."""
        return self._named.get(name)

    @cached_property
    def _named(self) -> Mapping[str, Journey]:
        return {live.journey.name: live.journey for live in self.journeys}

    def during(self, since: datetime, until: datetime) -> Plan:
        """The same over another period."""
        return replace(self, since=since, until=until)


def rules_in(journey: Journey) -> tuple[Rule, ...]:
    """Every rule of a journey: who enters, who leaves, and what its steps ask."""
    own = [rule for rule in (journey.entry, journey.exit_when) if rule is not None]
    goal = journey.goal.rule() if journey.goal is not None else None
    steps = [rule for placed in journey.route.values() for rule in placed.step.rules()]
    return (*own, *([goal] if goal is not None else []), *steps)
