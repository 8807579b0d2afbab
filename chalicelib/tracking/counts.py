"""Counts of tracking, kept in the work table for people to look at and for limits that may be a little off.

    activity#<day>    <hour>#<key>#<source>     events, parked_<reason>, lag_ms, lag_max_ms, last_seen
    new-profiles      <day>#<key>               profiles
    calls             <minute>#<key>            calls

They are *approximate*: they are added to outside of any transaction, so an answer that gets lost may count twice, and
what a container has not written yet when it ends is not counted at all. Exact figures come from the stored events.

`key` is the first characters of a key's id, as events carry it; `-` for what came under no key. Times in keys are cut
from RFC 3339: a day `2026-11-22`, an hour `2026-11-22T03`, a minute `2026-11-22T03:27`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.resources import SCHEMA_VERSION, WORK

KEPT_FOR: Final = timedelta(days=40)
NO_KEY: Final = "-"
KEY_ID: Final = 8  # characters of a key's id
_ACTIVITY: Final = "activity#"
_PROFILES: Final = "new-profiles"
_CALLS: Final = "calls"
_PARKED: Final = "parked_"
_DAY, _HOUR, _MINUTE = len("2026-11-22"), len("2026-11-22T03"), len("2026-11-22T03:27")


@dataclass(frozen=True)
class Activity:
    """What came under one key from one source in one hour.

    hour:      `2026-11-22T03`, in UTC, of the receipt. key: as events carry it; None for no key.
    lag_ms:    sum of the times from receipt to being counted. lag_max_ms: the greatest, of the last batch written.
    last_seen: the last receipt, of a counted event or of a parked call.
    """

    hour: str
    key: str | None
    source: str
    events: int
    parked: Mapping[str, int]
    lag_ms: int
    lag_max_ms: int
    last_seen: datetime


@dataclass
class Heard:
    """Events that were counted and are not written yet, of one hour, key and source."""

    events: int = 0
    lag_ms: int = 0
    lag_max_ms: int = 0
    last_seen: str = ""

    def add(self, received_at: datetime, now: datetime) -> None:
        """One more event."""
        lag = max(0, int((now - received_at) / timedelta(milliseconds=1)))
        self.events += 1
        self.lag_ms += lag
        self.lag_max_ms = max(self.lag_max_ms, lag)
        self.last_seen = max(self.last_seen, times.text(received_at))


@dataclass(frozen=True)
class CountStore:
    """The counts. Each write is one unit."""

    db: Database = field(repr=False)

    def hear(self, hour: str, key: str, source: str, heard: Heard) -> None:
        """Events were counted."""
        numbers = {"events": heard.events, "lag_ms": heard.lag_ms}
        last: dict[str, str | int] = {"last_seen": heard.last_seen, "lag_max_ms": heard.lag_max_ms}
        self._add(_ACTIVITY + hour[:_DAY], f"{hour}#{key}#{source}", numbers, times.parse(f"{hour}:00Z"), last)

    def park(self, key: str, source: str, reasons: Mapping[str, int], received_at: datetime) -> None:
        """Calls were parked, by reason."""
        hour = times.text(received_at)[:_HOUR]
        numbers = {f"{_PARKED}{reason}": count for reason, count in reasons.items()}
        last = {"last_seen": times.text(received_at)}
        self._add(_ACTIVITY + hour[:_DAY], f"{hour}#{key[:KEY_ID] or NO_KEY}#{source}", numbers, received_at, last)

    def activity(self, day: str) -> Iterator[Activity]:
        """What came on a day, by hour, key and source."""
        start: Item | None = None
        while True:
            page = self.db.query(WORK, _ACTIVITY + day, start=start)
            yield from map(_activity, page.items)
            start = page.next
            if start is None:
                return

    def met(self, key: str, profiles: int, now: datetime) -> None:
        """So many people and visitors became known through a key."""
        self._add(_PROFILES, f"{times.text(now)[:_DAY]}#{key}", {"profiles": profiles}, now)

    def profiles(self, key: str, now: datetime) -> int:
        """How many became known through a key today, as far as it is written."""
        item = self.db.get(WORK, _PROFILES, f"{times.text(now)[:_DAY]}#{key[:KEY_ID]}", consistent=False)
        return int(item["profiles"]) if item else 0

    def called(self, key: str, calls: int, now: datetime) -> int:
        """Add calls to those of this minute under a key; how many there are by now."""
        minute = times.text(now)[:_MINUTE]
        return int(self._add(_CALLS, f"{minute}#{key[:KEY_ID]}", {"calls": calls}, now)["calls"])

    def _add(
        self, pk: str, sk: str, numbers: Mapping[str, int], at: datetime, last: Mapping[str, str | int] | None = None
    ) -> Item:
        kept = timedelta(days=1) if pk == _CALLS else KEPT_FOR
        more = {"expires": int((at + kept).timestamp()), "schema_v": SCHEMA_VERSION}
        return self.db.add(WORK, pk, sk, numbers, set={**(last or {}), **more})


def days(until: datetime, count: int) -> Iterable[str]:
    """`count` days up to and with that of `until`, the newest first."""
    return [times.text(until - timedelta(days=back))[:_DAY] for back in range(count)]


def hour_of(moment: datetime) -> str:
    """`2026-11-22T03`."""
    return times.text(moment)[:_HOUR]


def _activity(item: Item) -> Activity:
    hour, key, source = str(item["sk"]).split("#", 2)
    return Activity(
        hour=hour,
        key=None if key == NO_KEY else key,
        source=source,
        events=item.get("events", 0),
        parked={name.removeprefix(_PARKED): item[name] for name in sorted(item) if name.startswith(_PARKED)},
        lag_ms=item.get("lag_ms", 0),
        lag_max_ms=item.get("lag_max_ms", 0),
        last_seen=times.parse(item["last_seen"]),
    )
