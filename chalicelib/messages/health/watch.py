"""Whoever takes feedback counts it here; after a bounce or a complaint the domain's rates are looked at, and above a
limit marketing mail is paused: the brake is turned, an alarm goes off, an event of our own says it.

A person lets it go on. From then on the domain is judged by what comes after, or the same figures would stop it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chalicelib import ids
from chalicelib.messages import health
from chalicelib.messages.brake import Pause
from chalicelib.messages.brake.store import BrakeStore
from chalicelib.messages.health.setting import SenderHealth
from chalicelib.messages.health.store import Braked, HealthStore
from chalicelib.tracking.event import Event, statement
from chalicelib.tracking.store import EventStore

EMAIL: Final = "email"
BY: Final = "sender health"
PAUSED: Final = "Sending Paused"  # what we say of ourselves: {domain, why, what, rate, limit}
MATTER: Final = "SendingPaused"


@dataclass
class Watch:
    """What a container has counted and not written yet. home: the domain of the deployment's sender, for what says
    none."""

    store: HealthStore
    brake: BrakeStore
    events: EventStore
    limits: Callable[[], SenderHealth]
    alarm: Callable[[str], None]
    home: str
    _counts: dict[tuple[str, datetime], Counter[str]] = field(default_factory=dict)

    def note(self, event: Event, outcome: str) -> None:
        """A row learned of an outcome that it did not know."""
        name = health.COUNTED.get(outcome)
        if name is None or not event.name.startswith("Email "):
            return
        said, to = event.properties.get("sender_domain"), event.properties.get("email")
        domain = said.lower() if isinstance(said, str) and said else self.home
        counts = self._counts.setdefault((domain, health.hour(event.at)), Counter())
        whose = health.provider(to) if isinstance(to, str) else health.OTHER
        counts.update((name, f"{whose}.{name}"))

    def write(self, now: datetime) -> list[health.Breach]:
        """Write what was counted since the last time, and look at the domains of which something bad was; those for
        which marketing is paused now."""
        noted, self._counts = self._counts, {}
        for (domain, at), counts in noted.items():
            self.store.add(domain, at, counts)
        bad = {domain for (domain, _), counts in noted.items() if not health.BAD.isdisjoint(counts)}
        limits = self.limits()
        return [found for domain in sorted(bad) if limits.brake and (found := self._look(domain, limits, now))]

    def _look(self, domain: str, limits: SenderHealth, now: datetime) -> health.Breach | None:
        if self.brake.read().holds(EMAIL, now) is not None:
            return None
        before = self.store.braked(domain)
        if before is not None and before.released_at is None:
            before = Braked(before.braked_at, before.why, now)
            self.store.keep(domain, before)
        since = health.since(limits, before.released_at if before else None, now)
        found = health.breach(domain, rates(domain, self.store.hours(since, now)), limits)
        if found is None:
            return None
        # The brake first: whoever dies here has stopped, and only forgets to say so.
        self.brake.pause(Pause(EMAIL, now, found.why, BY))
        self.store.keep(domain, Braked(now, found.why))
        self.events.store([_said(found, now)])
        self.alarm(MATTER)
        return found


def stopped(braked: Braked | None, pause: Pause | None) -> Braked | None:
    """What the brake did for a domain, if it is why mail is paused now; None if nothing is, or if a person paused it.
    Pure."""
    ours = pause is not None and pause.by == BY
    return braked if ours and braked is not None and braked.released_at is None else None


def rates(domain: str, hours: Iterable[health.Hour]) -> health.Rates:
    """Those of one domain."""
    return health.together(each for each in hours if each.domain == domain)


def _said(found: health.Breach, now: datetime) -> Event:
    """An event of nobody: we say it of ourselves."""
    properties = {
        "channel": EMAIL,
        "domain": found.domain,
        "what": found.what,
        "rate": round(found.rate, 5),
        "limit": found.limit,
        "why": found.why,
    }
    return statement(PAUSED, f"paused-{ids.digest(found.domain, now.isoformat())}", None, properties, at=now)
