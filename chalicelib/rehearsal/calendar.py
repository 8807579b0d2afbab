"""The times at which journeys begin by a schedule, within a period: as jobs/kinds/occurrence.py starts them live, but
for a rate, which would make one customer wait for others. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from chalicelib import times
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.journey import Live
from chalicelib.journeys.schedule.occurrences import Schedule
from chalicelib.journeys.triggers.happened import SCHEDULED, OnSchedule

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Occasion:
    """That a schedule's time has come. at: for the first of all people; occurrence: as the calendar has it, local."""

    at: datetime
    live: Live
    segment: str
    schedule: Schedule
    occurrence: datetime

    def effect(self, where: tzinfo) -> Effect:
        """What somebody in the zone `where` hears of it."""
        begins_at = self.schedule.begins_for(self.occurrence, where)
        said = self.occurrence.isoformat(timespec="minutes")
        name = self.live.journey.name
        data = {"journey": name, "occurrence": said, "begins_at": times.text(max(begins_at, self.at))}
        return Effect(f"schedule#{name}#{said}", SCHEDULED, self.at, data)


def occasions(journeys: tuple[Live, ...], zone: str, since: datetime, until: datetime) -> list[Occasion]:
    """All of them from `since` until `until`, in order. zone: where the workspace is at home."""
    found = (one for live in journeys for one in _of(live, zone, since, until))
    return sorted(found, key=lambda one: (one.at, one.live.journey.name))


def _of(live: Live, zone: str, since: datetime, until: datetime) -> Iterator[Occasion]:
    trigger = live.journey.trigger
    if not isinstance(trigger, OnSchedule):
        return
    schedule = trigger.schedule(zone)
    occurrence = schedule.first_from(since)
    while occurrence is not None and (at := schedule.begins(occurrence)) <= until:
        yield Occasion(at, live, trigger.segment, schedule, occurrence)
        occurrence = schedule.first_from(at + _MINUTE)
