"""How the mailbox behaves: its rates and quota, and the faults that a test asks for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

FAULTS = (
    "throttle",
    "lose_request",
    "lose_acknowledgement",
    "server_error",
    "delay",
    "lose_events",
    "duplicate_events",
)


@dataclass(frozen=True)
class Settings:
    """Shares are 0.0 to 1.0 of all mails; which mails is a hash of what was sent, so the same mail always
    fares the same."""

    delivery: float = 1.0
    bounce: float = 0.0
    complaint: float = 0.0
    open: float = 0.0
    click: float = 0.0
    after: float = 0.0  # seconds from sending to delivery
    rate: float = 500.0  # recipients per second (GetAccount: MaxSendRate); 0 is no limit
    daily: float = 1_000_000.0  # Max24HourSend
    sandbox: bool = False  # as before production access: recipients must be verified, too
    publish: bool = True  # False holds events back until it is True again

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with some values replaced. Raises ValueError for an unknown name or a value of
        another kind."""
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in changes.items():
            if name not in kinds:
                raise ValueError(f"there is no setting {name!r}; there are {', '.join(sorted(kinds))}")
            if isinstance(value, bool) != (kinds[name] is bool) or not isinstance(value, bool | int | float):
                raise ValueError(f"setting {name!r} takes a {kinds[name].__name__}")
        return replace(self, **{name: kinds[name](value) for name, value in changes.items()})


class Faults:
    """Counters of what shall go wrong next. Each is spent by one request or event; `delay` is spent with
    its `seconds`."""

    def __init__(self) -> None:
        self._left = dict.fromkeys(FAULTS, 0)
        self.seconds = 1.0
        self._lock = threading.Lock()

    def set(self, changes: Mapping[str, Any]) -> None:
        """Replace the named counters. Raises ValueError for an unknown name or a value that is no count."""
        for name, value in changes.items():
            if name != "seconds" and name not in FAULTS:
                raise ValueError(f"there is no fault {name!r}; there are {', '.join(FAULTS)} and seconds")
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name!r} takes a number from 0")
        with self._lock:
            self.seconds = float(changes.get("seconds", self.seconds))
            self._left.update({name: int(value) for name, value in changes.items() if name != "seconds"})

    def take(self, name: str) -> bool:
        """Spend one of the named faults, if any is left."""
        with self._lock:
            if not self._left[name]:
                return False
            self._left[name] -= 1
            return True

    def left(self) -> dict[str, float]:
        """What is still to come."""
        with self._lock:
            return {**self._left, "seconds": self.seconds}


class Rate:
    """At most so many recipients in any second, as SES counts them."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._monotonic = monotonic
        self._lock = threading.Lock()

    def admit(self, recipients: int, limit: float) -> bool:
        """Whether that many more recipients fit in this second; if so, they are counted. A limit of 0
        admits all."""
        now = self._monotonic()
        with self._lock:
            while self._taken and self._taken[0][0] <= now - 1.0:
                self._sum -= self._taken.popleft()[1]
            if limit and self._sum and self._sum + recipients > limit:
                return False
            self._taken.append((now, recipients))
            self._sum += recipients
            return True
