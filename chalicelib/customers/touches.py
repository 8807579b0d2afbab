"""Touch points: through which channels, sources and campaigns somebody came, by day; the first is the acquisition.

channels.py says what a touch is. Of the same day, channel, source and campaign one is kept; the last 16 within 90 days
of the newest. The first and the last touch of all are kept with their moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from chalicelib.customers import numbers
from chalicelib.customers.channels import CHANNELS, Came, came
from chalicelib.times import after_epoch, milliseconds
from chalicelib.tracking.event import Event

RECENT: Final = 16
SPAN: Final = 90  # days

_PLACES: Final = {channel: place for place, channel in enumerate(CHANNELS)}


class Touch(NamedTuple):
    """A day (ordinal, UTC), and how somebody came on it."""

    day: int
    channel: str
    source: str = ""
    campaign: str = ""


class At(NamedTuple):
    """One touch with its moment, and, for the first of all, the page that led here and the one it led to."""

    at: datetime
    channel: str
    source: str = ""
    campaign: str = ""
    referrer: str = ""
    landing: str = ""


@dataclass(frozen=True, slots=True)
class Touches:
    """recent: ascending, each once. first: the acquisition. last: without referrer and landing page."""

    recent: tuple[Touch, ...] = ()
    first: At | None = None
    last: At | None = None

    def days_by_channel(self) -> Mapping[str, int]:
        """On how many of the recent days somebody came through each channel, the most frequent first."""
        days = {(touch.day, touch.channel) for touch in self.recent}
        return dict(sorted(Counter(channel for _, channel in days).items(), key=lambda held: (-held[1], held[0])))


class Draft:
    """Touches that are being added to."""

    def __init__(self, known: Touches) -> None:
        self._known = known
        self._new: set[Touch] = set()
        self._first, self._last = known.first, known.last

    def add(self, event: Event, own: bool) -> None:
        """Add what the event says of how somebody came."""
        how = came(event) if own else None
        if how is None:
            return
        self._new.add(Touch(event.at.toordinal(), how.channel, how.source, how.campaign))
        self._remember(event.at, how)

    def finished(self) -> Touches:
        """Never needs a rebuild: what falls out lies before everything that stays."""
        if not self._new:
            return self._known
        return Touches(_latest(self._new.union(self._known.recent)), self._first, self._last)

    def _remember(self, at: datetime, how: Came) -> None:
        first = At(at, how.channel, how.source, how.campaign, how.referrer, how.landing)
        last = At(at, how.channel, how.source, how.campaign)
        self._first = min(self._first, first) if self._first else first
        self._last = max(self._last, last) if self._last else last


def _latest(touches: Iterable[Touch]) -> tuple[Touch, ...]:
    kept = sorted(touches)[-RECENT:]
    return tuple(touch for touch in kept if touch.day > kept[-1].day - SPAN)


def united(many: Iterable[Touches]) -> Touches:
    """The touches of several people together."""
    each = list(many)
    return Touches(
        _latest({touch for one in each for touch in one.recent}),
        min((one.first for one in each if one.first), default=None),
        max((one.last for one in each if one.last), default=None),
    )


def pack(touches: Touches) -> Any:
    """`[labels, text, first, last]`; None for none.

    A label is [place of the channel, source, campaign], without what is empty at its end. The text holds the newest
    day, then of each touch, the newest first, the days from the one after it and its label. `first` is [ms, label,
    referrer, landing], `last` [ms, label].
    """
    if touches.first is None or touches.last is None:
        return None
    labels: dict[tuple[str, str, str], int] = {}

    def label(held: Touch | At) -> int:
        return labels.setdefault((held.channel, held.source, held.campaign), len(labels))

    first, last = touches.first, touches.last
    days = [touch.day for touch in touches.recent]
    gaps = [after - before for before, after in zip(days, [*days[1:], days[-1]], strict=True)] if days else []
    text = numbers.written(
        [
            days[-1] if days else 0,
            *(n for gap, touch in zip(gaps[::-1], touches.recent[::-1], strict=True) for n in (gap, label(touch))),
        ]
    )
    held_first = _trimmed([milliseconds(first.at), label(first), first.referrer, first.landing])
    held_last = [milliseconds(last.at), label(last)]
    return [[_trimmed([_PLACES[c], s, name]) for c, s, name in labels], text, held_first, held_last]


def unpack(held: Any) -> Touches:
    """What `pack` wrote."""
    labels = [_label(*label) for label in held[0]]
    day, *pairs = numbers.read(held[1])
    recent: list[Touch] = []
    for place in range(0, len(pairs), 2):
        day -= pairs[place]
        recent.append(Touch(day, *labels[pairs[place + 1]]))
    ms, first, *page = held[2]
    last_ms, last = held[3]
    return Touches(
        tuple(reversed(recent)), At(after_epoch(ms), *labels[first], *page), At(after_epoch(last_ms), *labels[last])
    )


def _label(place: int, source: str = "", campaign: str = "") -> tuple[str, str, str]:
    return CHANNELS[place], source, campaign


def _trimmed(held: Sequence[Any]) -> list[Any]:
    kept = list(held)
    while kept[-1] == "":
        kept.pop()
    return kept
