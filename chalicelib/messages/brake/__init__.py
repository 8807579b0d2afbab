"""The brake: marketing that is paused as a whole, or on one channel. Pure.

Whoever pauses says why, and may say until when; senders ask at every message (permission has the rule), and what
is paused waits in the ledger while it is worth sending. Transactional messages leave all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import ids, times

PAUSED: Final = "paused"
"""The reason of a message that waits for the brake, or was not worth waiting with."""

ALL: Final = "all"
"""In a channel's place: marketing on every channel."""

SOONEST: Final = timedelta(minutes=5)
LATEST: Final = timedelta(hours=1)
LAST_LOOK: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Pause:
    """Marketing on a channel (or ALL) waits from `at` on. by: a key's first characters, or what turned it by itself.
    until: when it ends without anybody; None if somebody must resume."""

    channel: str
    at: datetime
    why: str
    by: str
    until: datetime | None = None

    def lasts(self, now: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.until is None or now < self.until

    def look_again(self, send: str, deadline: datetime, now: datetime) -> datetime | None:
        """When a message that waits for it asks again; None if it would be too late then.

        At its end, if that is known. Otherwise after as long as it has lasted, between 5 minutes and an hour, so that
        a long pause costs little and a short one ends soon; spread by the send's id, so that a crowd does not come back
        as one. Whoever has less time asks half-way to the deadline.
        """
        lasted = min(max(now - self.at, SOONEST), LATEST)
        again = now + lasted * (0.75 + ids.fraction("brake", send) / 4)
        if self.until is not None:
            again = min(again, self.until) if self.until - now > LATEST else self.until
        if again < deadline:
            return again
        half = now + (deadline - now) / 2
        return half if half - now >= LAST_LOOK else None


@dataclass(frozen=True)
class Brake:
    """Which pauses there are, by channel."""

    pauses: Mapping[str, Pause] = field(default_factory=dict)

    def holds(self, channel: str, now: datetime) -> Pause | None:
        """The pause that holds marketing on a channel now; None if it may leave."""
        for name in (ALL, channel):
            pause = self.pauses.get(name)
            if pause is not None and pause.lasts(now):
                return pause
        return None

    def paused(self, pause: Pause) -> Brake:
        """With this pause. One of the same channel that lasts keeps its beginning: it says something else from now."""
        before = self.pauses.get(pause.channel)
        at = before.at if before is not None and before.lasts(pause.at) else pause.at
        begun = Pause(pause.channel, at, pause.why, pause.by, pause.until)
        return Brake({**self.pauses, pause.channel: begun})

    def resumed(self, channel: str) -> Brake:
        """Without the pause of a channel. The pause of ALL is one of its own: neither ends the other."""
        return Brake({name: pause for name, pause in self.pauses.items() if name != channel})

    def lasting(self, now: datetime) -> Iterable[Pause]:
        """Those that hold now, the oldest first."""
        return sorted((pause for pause in self.pauses.values() if pause.lasts(now)), key=lambda pause: pause.at)

    def to_json(self) -> dict[str, Any]:
        """What is kept."""
        return {
            name: {
                "at": times.text(pause.at),
                "why": pause.why,
                "by": pause.by,
                "until": pause.until and times.text(pause.until),
            }
            for name, pause in self.pauses.items()
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Brake:
        """Read what is kept."""
        return cls(
            {
                name: Pause(
                    name,
                    times.parse(one["at"]),
                    one["why"],
                    one["by"],
                    times.parse(one["until"]) if one.get("until") else None,
                )
                for name, one in said.items()
            }
        )


NONE: Final = Brake()
