"""What the projector has counted, added up in the container until it is worth a write.

A shop in which little happens sees each event at once: a container may write `AT_ONCE` times in a row, and once more
for each ten seconds that pass. In a busy one a write stands for `MOST` events. So the counts cost at most six write
units a minute for each container at work and one for each hundred events, whichever is more; what a container has not
written when it ends is not counted. Lags are measured from receipt to the moment at which the batch was counted.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.errors import Transient
from chalicelib.tracking.counts import NO_KEY, CountStore, Heard, hour_of
from chalicelib.tracking.event import Event

logger = logging.getLogger(__name__)

AT_ONCE: Final = 10  # writes
EACH: Final = timedelta(seconds=10)
MOST: Final = 100  # events


class Tally:
    """One container's counts. Customers are counted side by side, so adding up takes turns."""

    def __init__(self, counts: CountStore) -> None:
        self._counts = counts
        self._turn = threading.Lock()
        self._heard: defaultdict[tuple[str, str, str], Heard] = defaultdict(Heard)
        self._met: Counter[str] = Counter()
        self._allowance = float(AT_ONCE)
        self._asked_at: datetime | None = None

    def add(self, events: Iterable[Event], now: datetime, *, first: bool = False) -> None:
        """These were counted at `now`. first: they are the first that was ever heard of their subject."""
        with self._turn:
            opening: Event | None = None
            for event in events:
                key = (hour_of(event.received_at), event.key_id or NO_KEY, event.source)
                self._heard[key].add(event.received_at, now)
                if opening is None or event.received_at < opening.received_at:
                    opening = event
            if first and opening is not None and opening.unproven and opening.key_id:
                self._met[opening.key_id] += 1

    def write(self, now: datetime) -> None:
        """Write what was added up, if it is time. What the table does not take now is written the next time: the
        events themselves are counted, and must not come again because of this."""
        with self._turn:
            if not self._heard or not self._due(now):
                return
            try:
                self._write(now)
            except Transient as later:
                logger.warning("counts are written later: %s", later)

    def _write(self, now: datetime) -> None:
        for key in list(self._met):
            self._counts.met(key, self._met[key], now)
            del self._met[key]
        for place in list(self._heard):
            self._counts.hear(*place, self._heard[place])
            del self._heard[place]

    def _due(self, now: datetime) -> bool:
        if self._asked_at is not None:
            self._allowance = min(AT_ONCE, self._allowance + (now - self._asked_at) / EACH)
        self._asked_at = now
        if self._allowance < 1 and sum(heard.events for heard in self._heard.values()) < MOST:
            return False
        self._allowance = max(0.0, self._allowance - 1)
        return True
