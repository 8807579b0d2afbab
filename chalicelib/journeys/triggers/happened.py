"""Triggers on what somebody did, or what was done about them: known, an event, an intent, a call, a schedule. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from chalicelib.customers import zones
from chalicelib.journeys.effect import NOWHERE, Effect, Place
from chalicelib.journeys.schedule.occurrences import LOCAL, NotRecurring, Schedule, recurring
from chalicelib.journeys.triggers.base import Trigger
from chalicelib.journeys.where import EventName, Path, Where, holds, key_in
from chalicelib.review.effects import INTENT, LEFT_OPEN
from chalicelib.segments.fields import Name, Some
from chalicelib.segments.problems import objection
from chalicelib.tracking.event import JOURNEY_CALLED, OURS, STAGE_CHANGED

CALLED: Final = JOURNEY_CALLED
SCHEDULED: Final = "schedule"
"""The kind of the effect that a schedule has come: {"journey", "occurrence"}."""
IntentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]


def _recurring(text: str) -> str:
    try:
        return recurring(text[:200])
    except NotRecurring as wrong:
        hint = "Write a rule of RFC 5545: FREQ=WEEKLY;BYDAY=MO. The time is that of at."
        raise objection("rrule", f"This is no recurrence: {wrong}", hint) from wrong


def _zone(name: str) -> str:
    if name != LOCAL and zones.zone(name) is None:
        raise objection("zone", "This time zone is not known", f'Use an IANA name such as Europe/Rome, or "{LOCAL}".')
    return name


class OnIdentified(Trigger):
    """Somebody became known: the first identification with a user id or an address."""

    on: Literal["identified"]

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the effect is such an identification."""
        return effect.kind == "identified"


class OnEvent(Trigger):
    """The customer did something: an event of this name, case included. `Stage Changed` is what we say ourselves of a
    change of stage that starts journeys; what a client sends by that name starts none.

    where: conditions on its properties, all of which must hold.
    key:   the property that tells one thing from another: with it, somebody is in the journey once for each.
    """

    on: Literal["event"]
    name: EventName
    where: Some[Where] | None = None
    key: Path | None = None

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the effect is such an event."""
        ours = self.name not in (STAGE_CHANGED, JOURNEY_CALLED) or effect.data.get("source") == OURS
        named = effect.kind == "event" and effect.data.get("name") == self.name and ours
        return named and holds(self.where, effect.properties)

    def events(self) -> tuple[str, ...]:
        """The one name, if events as they arrive are to be watched for it."""
        return () if self.name == STAGE_CHANGED else (self.name,)

    @property
    def keyed(self) -> bool:
        """Whether a key is named."""
        return self.key is not None

    def key_of(self, effect: Effect) -> str | None:
        """What the property says."""
        return None if self.key is None else key_in(effect.properties, self.key)


class OnIntent(Trigger):
    """The customer left an intent of one of these kinds open: a cart, a checkout, a quote. Buyers, too, whose stage it
    does not change. When that is, the setting `lifecycle` says."""

    on: Literal["intent"]
    left_open: Some[IntentName]

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the effect is such an intent."""
        return effect.kind == INTENT and effect.data.get("intent") in self.left_open

    def events(self) -> tuple[str, ...]:
        """What is watched among the names of events."""
        return tuple(LEFT_OPEN + kind for kind in self.left_open)

    @property
    def keyed(self) -> bool:
        """Always: each cart is another."""
        return True

    def key_of(self, effect: Effect) -> str | None:
        """The kind, and when that one was begun: however often one cart is taken up and left again, it is one."""
        return f"{effect.data.get('intent')} {effect.data.get('since')}"


class OnCall(Trigger):
    """Somebody asks for it: `POST /v1/journeys/{name}/enrolments`, or the step `start` of another journey."""

    on: Literal["call"]

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether this journey is asked for, by us."""
        called = effect.kind == "event" and effect.data.get("name") == JOURNEY_CALLED
        ours = called and effect.data.get("source") == OURS
        return ours and effect.properties.get("journey") == place.journey

    def events(self) -> tuple[str, ...]:
        """Our own event."""
        return (JOURNEY_CALLED,)

    @property
    def keyed(self) -> bool:
        """Whoever asks may name a key."""
        return True

    def key_of(self, effect: Effect) -> str | None:
        """The key that was named."""
        return key_in(effect.properties, "key")


class OnSchedule(Trigger):
    """The members of a segment, at a time, once or again and again.

    segment: whom. at: the first time, local and without a zone (`2026-12-01T09:00`). rrule: how it recurs, by RFC 5545
    (`FREQ=WEEKLY;BYDAY=MO`); without it, once. zone: an IANA name; `local` for everybody's own; without it, the
    workspace's. per_minute: so many enter in a minute, and no more. approve_above: with more members than this somebody
    must approve before anybody enters.
    """

    on: Literal["schedule"]
    segment: Name
    at: str
    rrule: Annotated[str, AfterValidator(_recurring)] | None = None
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    approve_above: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None

    @model_validator(mode="after")
    def _begins_at_a_time(self) -> OnSchedule:
        try:
            at = datetime.fromisoformat(self.at)
        except ValueError:
            at = None
        if at is None or at.tzinfo is not None:
            raise objection("at", "This is not a local time", "Write it without a zone: 2026-12-01T09:00.")
        return self

    def schedule(self, workspace_zone: str) -> Schedule:
        """Its times."""
        return Schedule(datetime.fromisoformat(self.at), self.rrule, self.zone or workspace_zone)

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the schedule of this journey has come."""
        return effect.kind == SCHEDULED and effect.data.get("journey") == place.journey

    @property
    def keyed(self) -> bool:
        """Always: each time is another."""
        return True

    def key_of(self, effect: Effect) -> str | None:
        """Which time it is."""
        occurrence = effect.data.get("occurrence")
        return None if occurrence is None else str(occurrence)
