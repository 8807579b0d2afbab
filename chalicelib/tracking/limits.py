"""Limits of a key: how many calls a second, and how many new profiles a day. Both hold approximately, and say so.

**Rate.** A key of rate r makes at most 60 r calls in each minute of the clock. A Lambda container sees only what it
takes itself, so it writes its count to the minute's item in the work table whenever it has taken `SHARED` calls, and
learns from the answer what the others took. So at most `SHARED` calls for each container at work can go beyond the
rate, one write unit is spent for each `SHARED` calls, and keys without a rate cost nothing. The gateway's throttle,
which holds for each route and all keys together, stands before all of this.

**New profiles.** The projector counts whom it sees for the first time; here that count is read, and trusted for a
minute. Once it has reached the key's limit, calls about people and visitors of whom nothing is stored are parked, and
can be replayed; calls about those who are known go on as ever. While the count is below the limit nobody is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.errors import Refused
from chalicelib.tracking.counts import CountStore
from chalicelib.tracking.keys import Key
from chalicelib.tracking.reading import Reading, Reason, Refusal
from chalicelib.tracking.store import EventStore

SHARED: Final = 20  # calls
TRUSTED: Final = timedelta(seconds=60)
MOST_LOOKED_UP: Final = 100  # people in one request; whoever comes after them counts as unknown
_MINUTE: Final = timedelta(minutes=1)


class Limits:
    """One container's view of the limits of all keys."""

    def __init__(self, counts: CountStore, events: EventStore) -> None:
        self._counts = counts
        self._events = events
        self._calls: dict[str, _Minute] = {}
        self._profiles: dict[str, tuple[int, datetime]] = {}

    def spend(self, key: Key, calls: int, now: datetime) -> None:
        """Take so many calls of a key's rate. Refused 429 `too_many_calls` if there are not as many left."""
        if key.settings.rate is None:
            return
        began = now.replace(second=0, microsecond=0)
        minute = self._calls.get(key.id)
        if minute is None or minute.began != began:
            minute = self._calls[key.id] = _Minute(began)
        spent = minute.everybody + minute.untold
        # A request of more calls than a minute has passes when the minute is unspent: it would never pass otherwise.
        if spent and spent + calls > 60 * key.settings.rate:
            raise Refused(
                429,
                "too_many_calls",
                f"This key makes at most {key.settings.rate} calls a second. Send this again later.",
                retry_after=began + _MINUTE - now,
            )
        minute.untold += calls
        if minute.untold >= SHARED:
            minute.everybody, minute.untold = self._counts.called(key.id, minute.untold, now), 0

    def admit(self, reading: Reading, key: Key, now: datetime) -> Reading:
        """What remains of a reading when a public key has met as many as it may today: those who are known."""
        if not key.public or self._met(key, now) < key.settings.new_profiles:
            return reading
        known = self._known(event.subject for event in reading.events)
        kept = Reading([], list(reading.refusals), requests=reading.requests)
        for event, sent in zip(reading.events, reading.sent, strict=True):
            if event.subject in known:
                kept.events.append(event)
                kept.sent.append(sent)
            else:
                details = (
                    f"this key has made {key.settings.new_profiles} profiles today; nobody is known by this id yet"
                )
                kept.refusals.append(Refusal(Reason.TOO_MANY_PROFILES, details, sent))
        return kept

    def _met(self, key: Key, now: datetime) -> int:
        met, until = self._profiles.get(key.id, (0, now))
        if now >= until:
            met = self._counts.profiles(key.id, now)
            self._profiles[key.id] = (met, now + TRUSTED)
        return met

    def _known(self, subjects: Iterable[str]) -> set[str]:
        asked = list(dict.fromkeys(subjects))[:MOST_LOOKED_UP]
        return {subject for subject in asked if self._events.knows(subject)}


class _Minute:
    """Calls of one key in one minute: what everybody had taken when last asked, and what this container took since."""

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.everybody = 0
        self.untold = 0
