"""What becomes of messages, counted beside the ledger: approximate, because a row and its count are two writes.

A container keeps what it has counted until its batch is done, and writes it together. If it dies before, the counts
of that batch are lost; a batch that is worked again finds its rows as they are, and counts nothing twice. The ledger
itself is exact, and is what every decision goes by.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from chalicelib import ids
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.stats.store import SHARDS

OUTCOMES: Final[Mapping[str, str]] = {
    "delivered_at": "delivered",
    "opened_at": "opened",
    "clicked_at": "clicked",
    "bounced_at": "bounced",
    "complained_at": "complained",
    "viewed_at": "viewed",
    "dismissed_at": "dismissed",
    "submitted_at": "submitted",
}
"""What is reported of messages, by its name in a row; the last three of those on the site. Opens and clicks of machines
are kept under other names."""

BAD_ZONE: Final = "bad_zone"
"""Messages whose hours were read off the workspace's clock, because the customer's time zone is none."""


class Kept(Protocol):
    """Where the counts go."""

    def add(self, journey: str, counts: Mapping[str, int], shard: int) -> None:
        """Add to what became of a journey's messages."""


def change(old: Send, new: Send) -> Counter[str]:
    """What a write of a row counts: `<step>:<what>`. Pure."""
    found: Counter[str] = Counter()
    if new.status is not old.status:
        if new.status is Status.SKIPPED:
            found[f"{new.step}:skipped.{new.reason}"] += 1
        elif new.status in (Status.SENT, Status.FAILED):
            found[f"{new.step}:{new.status}"] += 1
    if new.bad_zone and not old.bad_zone:
        found[f"{new.step}:{BAD_ZONE}"] += 1
    for name, said in OUTCOMES.items():
        if name in new.outcomes and name not in old.outcomes:
            found[f"{new.step}:{said}"] += 1
    return found


class Noted:
    """What this container has counted and not written yet."""

    def __init__(self, kept: Callable[[], Kept]) -> None:
        self._kept = kept
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def note(self, old: Send, new: Send) -> None:
        """A row was written."""
        if new.journey and new.test is None:
            self._counts[new.journey].update(change(old, new))

    def write(self, dice: str) -> None:
        """Write what was counted since the last time; `dice` chooses the item that is added to."""
        counts, self._counts = self._counts, defaultdict(Counter)
        for journey, numbers in counts.items():
            if numbers:
                self._kept().add(journey, numbers, ids.shard(dice, SHARDS))
