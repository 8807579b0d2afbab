"""How fast one container may send. A provider's rate is the account's; concurrency is not a rate.

Each container takes its share of the account's rate and spaces its calls evenly. It sleeps until its turn if that is
near; if it is not, the turn is kept for the message, which waits in the ledger until then. Being throttled nevertheless
(others send from the same account) is an answer like any other: the row is set to retry.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from chalicelib.errors import Transient

CONTAINERS: Final = 4
"""Two senders (transactional, journeys), each with two executions at once: SendConcurrency in infra/resources.yaml."""

LONGEST_SLEEP: Final = 1.0  # seconds
_KNOWN_FOR: Final = 300.0  # seconds for which the account's rate is believed
_CAUTIOUS: Final = 1.0  # mails a second while the rate is not known; what SES gives an account in its sandbox

logger = logging.getLogger(__name__)


@dataclass
class Pace:
    """The pace of one container. `rate` asks for the account's mails a second; `clock` and `sleep` count seconds."""

    rate: Callable[[], float]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    containers: int = CONTAINERS
    _gap: float = field(default=0.0, init=False)
    _asked_at: float | None = field(default=None, init=False)
    _free_at: float = field(default=0.0, init=False)

    def turn(self) -> float:
        """Take this container's next turn. 0: it is now, perhaps after a short sleep. Otherwise the seconds until it
        comes; it is kept for whoever was told, and must not be asked for again."""
        now = self.clock()
        self._know_rate(now)
        at = max(self._free_at, now)
        self._free_at = at + self._gap
        if at - now > LONGEST_SLEEP:
            return at - now
        if at > now:
            self.sleep(at - now)
        return 0.0

    def _know_rate(self, now: float) -> None:
        if self._asked_at is not None and now - self._asked_at < _KNOWN_FOR:
            return
        try:
            rate = self.rate()
        except Transient as unknown:
            logger.warning("sending cautiously: %s", unknown)
            rate = _CAUTIOUS
        self._gap = self.containers / rate if rate > 0 else 0.0  # SES says 0 or less where there is no limit
        self._asked_at = now
