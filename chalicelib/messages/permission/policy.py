"""The rules of the workspace by which it is asked, as values. setting.py makes them of what the owner decides. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from chalicelib import ids
from chalicelib.customers.answering import ORDER
from chalicelib.journeys.clock import Window
from chalicelib.journeys.send import MessageClass
from chalicelib.tracking.answers import AnsweringChannel

ONSITE: Final = "onsite"
"""A message that waits on the page interrupts nobody: it is in no cap that does not name it, and may be repeated."""


@dataclass(frozen=True)
class Cap:
    """At most `count` messages of a class in any `within`; on these channels, or on all that come to people."""

    count: int
    within: timedelta
    channels: frozenset[str] | None = None
    message_class: MessageClass = "marketing"

    def concerns(self, channel: str | None, message_class: MessageClass) -> bool:
        """Whether a message counts for it. One whose channel is not known may be on any."""
        if message_class != self.message_class:
            return False
        if channel is None:
            return True
        return channel != ONSITE if self.channels is None else channel in self.channels


@dataclass(frozen=True)
class Stage:
    """What people in one stage get. channels: None for all. caps: beside those for everybody."""

    channels: frozenset[str] | None = None
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True)
class Holdout:
    """The share of customers who get no marketing at all, and the topics (`email/newsletter`) that they get anyway."""

    share: float = 0.0
    topics: frozenset[str] = frozenset()

    def holds(self, customer: str) -> bool:
        """Whether a customer is one of them. The dice are a hash of the customer's id: who was held out once is so for
        good, and whoever is so at a small share is so at a larger one."""
        return self.share > 0 and ids.fraction("holdout", customer) < self.share


_DAYTIME: Final = (Window.model_validate({"from": "08:00", "to": "21:00"}),)
HOURS: Final[Mapping[str, tuple[Window, ...]]] = MappingProxyType({"sms": _DAYTIME, "push": _DAYTIME})
"""Where nobody says otherwise. For text messages the law of several countries says so."""
CAPS: Final = (
    Cap(1, timedelta(days=1)),
    Cap(3, timedelta(days=7)),
    Cap(2, timedelta(days=7), frozenset({"sms"})),
)
"""Where nobody says otherwise."""


@dataclass(frozen=True)
class Policy:
    """The workspace's rules for marketing.

    caps:         how much, for everybody.
    only_to:      the patterns that may receive mail outside production; None is production: everybody may.
    hours:        by channel, the windows in which it may be used; none: always.
    repeat_after: how long the same words are not said again to the same person; None: they may be.
    holdout:      who gets none.
    stages:       by stage, what is different there.
    zone:         the workspace's own time zone, for whoever has none.
    preferred:    the channels of a message that comes by whatever its person answers to; in this order where the
                  person answers to none.
    """

    caps: tuple[Cap, ...] = CAPS
    only_to: tuple[str, ...] | None = None
    hours: Mapping[str, tuple[Window, ...]] = field(default_factory=lambda: HOURS)
    repeat_after: timedelta | None = timedelta(days=7)
    holdout: Holdout = Holdout()
    stages: Mapping[str, Stage] = field(default_factory=dict)
    zone: tzinfo = UTC
    preferred: tuple[AnsweringChannel, ...] = ORDER

    def caps_on(self, channel: str | None, message_class: MessageClass, stage: str | None) -> Iterator[Cap]:
        """The caps that a message counts for."""
        own = self.stages.get(stage or "", Stage()).caps
        return (cap for cap in (*self.caps, *own) if cap.concerns(channel, message_class))

    def repeats(self, channel: str | None, message_class: MessageClass) -> bool:
        """Whether what such a message says is looked at, so that it is not said twice."""
        return self.repeat_after is not None and message_class == "marketing" and channel not in (None, ONSITE)

    def counts(self, channel: str | None, message_class: MessageClass) -> bool:
        """Whether such a message is kept in the permit's window: some cap sees it, it is not to be repeated, or
        somebody may wish for fewer."""
        if channel is None:
            return False
        own = message_class == "marketing" and channel != ONSITE
        return own or any(cap.concerns(channel, message_class) for cap in self._all_caps())

    def seen_until(self, at: datetime, every: timedelta | None = None) -> datetime:
        """How long something that was sent at `at` may matter. every: the person's own wish."""
        spans = [cap.within for cap in self._all_caps()]
        return at + max([*spans, self.repeat_after or timedelta(0), every or timedelta(0)])

    def _all_caps(self) -> Iterator[Cap]:
        yield from self.caps
        for stage in self.stages.values():
            yield from stage.caps
