"""Time zones: whose day it is. Pure.

A person's zone is the trait `timezone` (or `time_zone`, `tz`), a name of the IANA database such as Europe/Bucharest.
Anything else there, a made-up name, an offset, an abbreviation, must never stop anybody: the workspace's own zone is
taken instead, and `Local.bad` says so, so that it is counted where it mattered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

TRAITS: Final = ("timezone", "time_zone", "tz")


@dataclass(frozen=True)
class Local:
    """The zone that counts for somebody. `bad`: the person has one, and it is none."""

    zone: tzinfo
    bad: bool = False


@lru_cache(maxsize=512)
def zone(name: str) -> tzinfo | None:
    """The zone of an IANA name; None for a name that is none."""
    if name == "UTC":
        return UTC
    if "/" not in name or len(name) > 64:  # EST and GMT+3 are in the database and mean what nobody expects
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def local(traits: Mapping[str, Any], workspace: tzinfo = UTC) -> Local:
    """The person's zone, the workspace's where there is none or a bad one."""
    named = next((traits[trait] for trait in TRAITS if traits.get(trait)), None)
    if named is None:
        return Local(workspace)
    found = zone(named.strip()) if isinstance(named, str) else None
    return Local(workspace, bad=True) if found is None else Local(found)


def moment(day: date, at: time, where: tzinfo) -> datetime:
    """When the clock at `where` shows `at` on `day`, in UTC.

    Where the clock is set forward over it, the moment at which it is set; where it is set back and `at` comes twice,
    the first.
    """
    naive = datetime.combine(day, at)
    found = naive.replace(tzinfo=where, fold=0).astimezone(UTC)
    if found.astimezone(where).replace(tzinfo=None) == naive:
        return found
    before, after = (naive.replace(tzinfo=where, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return _skipped(found, where, abs(after - before))


def _skipped(late: datetime, where: tzinfo, gap: timedelta) -> datetime:
    """The moment at which the clock is set forward: somewhere within `gap` before `late`, found by halving."""
    low, high = late - gap, late
    offset = high.astimezone(where).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(where).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
