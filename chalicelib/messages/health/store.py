"""Where the health of senders is kept: sums by hour, and what the brake has done.

    senders   2026-11-22T09#shop.example   counts; approximate, because a row and its count are two writes
    senders   !shop.example                when marketing was paused for it, why, and from when on it is judged again

in the work table: one query reads the days of all domains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.messages.health import Hour, hour
from chalicelib.resources import SCHEMA_VERSION, WORK

KIND: Final = "senders"
KEPT: Final = timedelta(days=100)

_HOUR: Final = len("2026-11-22T09")
_STATE: Final = "!"
_KEYS: Final = frozenset({"pk", "sk", "schema_v", "expires"})


@dataclass(frozen=True)
class Braked:
    """braked_at, why: when marketing was paused for a domain the last time. released_at: when it was seen that somebody
    had let it go on; None while it is paused."""

    braked_at: datetime
    why: str
    released_at: datetime | None = None


class HealthStore:
    """The figures of senders."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, domain: str, at: datetime, counts: Mapping[str, int]) -> None:
        """Add to the counts of a domain in the hour of `at`."""
        begins = hour(at)
        expires = {"schema_v": SCHEMA_VERSION, "expires": int((begins + KEPT).timestamp())}
        self._db.add(WORK, KIND, f"{times.text(begins)[:_HOUR]}#{domain}", counts, set=expires)

    def hours(self, since: datetime, until: datetime) -> Iterator[Hour]:
        """The hours of all domains from that of `since` to that of `until`, ascending."""
        start: Item | None = None
        while True:
            page = self._db.query(WORK, KIND, after=times.text(hour(since))[:_HOUR], start=start)
            for found in map(_hour, page.items):
                if found.at > until:
                    return
                yield found
            start = page.next
            if start is None:
                return

    def braked(self, domain: str) -> Braked | None:
        """What the brake did the last time; None if it never did anything for this domain."""
        item = self._db.get(WORK, KIND, _STATE + domain)
        if item is None:
            return None
        released = item.get("released_at")
        return Braked(times.parse(item["braked_at"]), item["why"], times.parse(released) if released else None)

    def keep(self, domain: str, braked: Braked) -> None:
        """Remember what the brake did."""
        item = {
            "pk": KIND,
            "sk": _STATE + domain,
            "schema_v": SCHEMA_VERSION,
            "braked_at": times.text(braked.braked_at),
            "why": braked.why,
        }
        self._db.put(WORK, item | ({"released_at": times.text(braked.released_at)} if braked.released_at else {}))


def _hour(item: Item) -> Hour:
    at, _, domain = str(item["sk"]).partition("#")
    counts = {name: int(number) for name, number in item.items() if name not in _KEYS}
    return Hour(domain, times.parse(f"{at}:00:00Z"), counts)
