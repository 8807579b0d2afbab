"""How fast one container may send. A provider's rate is the account's; concurrency is not a rate.

Each container takes its share of the account's rate: that of its queue (SHARES), divided by how many executions the
queue's sender may have at once. So a broadcast cannot take from a receipt what it needs, however large it is. Who comes
after a pause may send as many at once as a second allows; then calls are spaced evenly. The container sleeps until its
turn if that is near; if it is not, the turn is kept for the message, which waits in the ledger until then.

Being throttled nevertheless (others send from the same account) is an answer like any other: the row is set to retry,
and the container sends half as fast, and as fast as before after a minute without another such answer. An answer that
says how long to wait (the day's quota is used up) stops the container for so long.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib import resources
from chalicelib.errors import Transient

SHARES: Final[Mapping[str, float]] = {resources.TRANSACTIONAL: 0.3, resources.JOURNEYS: 0.3, resources.BULK: 0.4}
"""Of the account's rate, by queue. They come to all of it and no more: what each has is kept for it."""

LONGEST_SLEEP: Final = 1.0  # seconds
BURST: Final = 1.0  # seconds of the share that may leave at once after a pause
SLOWEST: Final = 1 / 16  # of the share, however often the provider throttles
RECOVERY: Final = 60.0  # seconds after which a container that was throttled sends as fast as before
_KNOWN_FOR: Final = 300.0  # seconds for which the account's rate is believed
_CAUTIOUS: Final = 1.0  # messages a second while the rate is not known; what SES gives an account in its sandbox

logger = logging.getLogger(__name__)


@dataclass
class Pace:
    """The pace of one container at one provider. `rate` asks for the account's messages a second; `clock` and `sleep`
    count seconds; `share` of that rate is this container's."""

    rate: Callable[[], float]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    share: float = 1.0
    _gap: float = field(default=0.0, init=False)
    _asked_at: float | None = field(default=None, init=False)
    _free_at: float = field(default=0.0, init=False)
    _speed: float = field(default=1.0, init=False)
    _slowed_at: float = field(default=0.0, init=False)
    _stopped_until: float = field(default=0.0, init=False)

    def turn(self) -> float:
        """Take this container's next turn. 0: it is now, perhaps after a short sleep. Otherwise the seconds until it
        comes; it is kept for whoever was told, and must not be asked for again."""
        now = self.clock()
        self._know_rate(now)
        speed = self._speed_at(now)
        at = max(self._free_at, now, self._stopped_until)
        self._free_at = at + self._gap / speed
        saved = max(BURST - self._gap, 0.0) if speed > 0.99 and at > self._stopped_until else 0.0
        wait = at - now - saved
        if wait > LONGEST_SLEEP:
            return wait
        if wait > 0:
            self.sleep(wait)
        return 0.0

    def throttled(self, wait: float = 0.0) -> None:
        """The provider refused one for now. wait: the seconds that it asked for, if it did."""
        now = self.clock()
        self._speed, self._slowed_at = max(self._speed_at(now) / 2, SLOWEST), now
        self._free_at = max(self._free_at, now + self._gap / self._speed)
        self._stopped_until = max(self._stopped_until, now + wait)

    def _speed_at(self, now: float) -> float:
        """Of this container's share: back to all of it in RECOVERY seconds."""
        return min(1.0, self._speed + (1.0 - self._speed) * (now - self._slowed_at) / RECOVERY)

    def _know_rate(self, now: float) -> None:
        if self._asked_at is not None and now - self._asked_at < _KNOWN_FOR:
            return
        try:
            rate = self.rate()
        except Transient as unknown:
            logger.warning("sending cautiously: %s", unknown)
            rate = _CAUTIOUS
        self._gap = 1 / (rate * self.share) if rate > 0 else 0.0  # SES says 0 or less where there is no limit
        self._asked_at = now


class Paces:
    """One container's paces: one for each provider that says a rate, by channel. The others are not paced.

    queue: whose messages the container sends. containers: the most executions at once of its sender.
    """

    def __init__(
        self,
        queue: str,
        rates: Mapping[str, Callable[[], float]],
        containers: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        share = SHARES[queue] / containers
        self._paces = {channel: Pace(rate, clock, sleep, share) for channel, rate in rates.items()}

    def turn(self, channel: str) -> float:
        """Take the next turn on a channel (Pace.turn)."""
        pace = self._paces.get(channel)
        return pace.turn() if pace else 0.0

    def throttled(self, channel: str, wait: float) -> None:
        """The provider of a channel refused one for now."""
        pace = self._paces.get(channel)
        if pace:
            pace.throttled(wait)
