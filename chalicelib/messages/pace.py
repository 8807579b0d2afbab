"""How fast one container may send. A provider's rate is the account's; concurrency is not a rate.

Each container takes its share of the account's rate: that of its queue (SHARES), divided by how many executions the
queue's sender may have at once. So a broadcast cannot take from a receipt what it needs, however large it is. Who comes
after a pause may send as many at once as a second allows; then calls are spaced evenly. The container sleeps until its
turn if that is near; if it is not, the turn is kept for the message, which waits in the ledger until then.

Being throttled nevertheless (others send from the same account) is an answer like any other: the row is set to retry,
and the container sends half as fast, and as fast as before after a minute without another such answer. An answer that
says how long to wait (the day's quota is used up) stops the container for so long.

The last tenth of a day's quota is kept for what somebody waits for: marketing waits until the day gives some back.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib import resources
from chalicelib.aws.mail import Allowance
from chalicelib.errors import Transient

SHARES: Final[Mapping[str, float]] = {resources.TRANSACTIONAL: 0.3, resources.JOURNEYS: 0.3, resources.BULK: 0.4}
"""Of the account's rate, by queue. They come to all of it and no more: what each has is kept for it."""

KEPT: Final[Mapping[str, float]] = {resources.TRANSACTIONAL: 0.0, resources.JOURNEYS: 0.1, resources.BULK: 0.1}
"""Of the day's quota, by queue: what others keep of it."""
QUOTA_WAIT: Final = 900.0  # seconds until it is asked again whether the day has given some back

LONGEST_SLEEP: Final = 1.0  # seconds
BURST: Final = 1.0  # seconds of the share that may leave at once after a pause
SLOWEST: Final = 1 / 16  # of the share, however often the provider throttles
RECOVERY: Final = 60.0  # seconds after which a container that was throttled sends as fast as before
_KNOWN_FOR: Final = 300.0  # seconds for which the account's rate is believed
_CAUTIOUS: Final = 1.0  # messages a second while the rate is not known; what SES gives an account in its sandbox

logger = logging.getLogger(__name__)


@dataclass
class Pace:
    """The pace of one container at one provider. `allowance` asks what the account may send; `clock` and `sleep` count
    seconds; `share` of the rate is this container's; `kept` of the day's quota is for others."""

    allowance: Callable[[], Allowance]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    share: float = 1.0
    kept: float = 0.0
    _gap: float = field(default=0.0, init=False)
    _asked_at: float | None = field(default=None, init=False)
    _free_at: float = field(default=0.0, init=False)
    _speed: float = field(default=1.0, init=False)
    _slowed_at: float = field(default=0.0, init=False)
    _stopped_until: float = field(default=0.0, init=False)
    _left: float = field(default=math.inf, init=False)

    def spare(self) -> float:
        """0 if there is more of the day's quota than is kept for others; otherwise the seconds until to ask again."""
        if not self.kept:  # the provider itself says when there is nothing left
            return 0.0
        self._know_rate(self.clock())
        return 0.0 if self._left > 0 else QUOTA_WAIT

    def turn(self) -> float:
        """Take this container's next turn. 0: it is now, perhaps after a short sleep. Otherwise the seconds until it
        comes; it is kept for whoever was told, and must not be asked for again."""
        now = self.clock()
        self._know_rate(now)
        speed = self._speed_at(now)
        self._left -= 1 / self.share  # the others send as much, as far as anybody knows
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
            allowed = self.allowance()
        except Transient as unknown:
            logger.warning("sending cautiously: %s", unknown)
            allowed = Allowance(_CAUTIOUS)
        self._gap = 1 / (allowed.rate * self.share) if allowed.rate > 0 else 0.0  # 0 or less: there is no limit
        kept = allowed.day * self.kept if math.isfinite(allowed.day) else 0.0  # of a day without limit nothing is kept
        self._left = allowed.left - kept
        self._asked_at = now


class Paces:
    """One container's paces: one for each provider that says a rate, by channel. The others are not paced.

    queue: whose messages the container sends. containers: the most executions at once of its sender.
    """

    def __init__(
        self,
        queue: str,
        allowances: Mapping[str, Callable[[], Allowance]],
        containers: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        share = SHARES[queue] / containers
        self._paces = {
            channel: Pace(allowance, clock, sleep, share, KEPT[queue]) for channel, allowance in allowances.items()
        }

    def spare(self, channel: str) -> float:
        """The seconds that a message waits because what is left of the day is kept for others (Pace.spare)."""
        pace = self._paces.get(channel)
        return pace.spare() if pace else 0.0

    def turn(self, channel: str) -> float:
        """Take the next turn on a channel (Pace.turn)."""
        pace = self._paces.get(channel)
        return pace.turn() if pace else 0.0

    def throttled(self, channel: str, wait: float) -> None:
        """The provider of a channel refused one for now."""
        pace = self._paces.get(channel)
        if pace:
            pace.throttled(wait)
