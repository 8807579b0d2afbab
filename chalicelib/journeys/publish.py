"""Putting journeys in force, holding them and ending them: what keeps one from being published, what becomes of those
inside, and the order in which it is done.

What a version listens to is registered before it is live: a name too many costs little, one too few would lose people.
What is said of those inside (running.py) is kept with the pointer, in the write that changes it, so it holds at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.catalog.pointer import Pointer
from chalicelib.journeys.effect import Place
from chalicelib.journeys.journey import Journey, parse
from chalicelib.journeys.listening import conditions_of, watched_by
from chalicelib.journeys.opens import moved_by_opens
from chalicelib.journeys.running import Inside, Meanwhile, Running
from chalicelib.journeys.schedule.store import ScheduleStore
from chalicelib.journeys.stats import Standing
from chalicelib.journeys.stats.store import StatStore
from chalicelib.journeys.store import JourneyStore, TemplateStore
from chalicelib.journeys.template import Template
from chalicelib.journeys.triggers.happened import OnSchedule
from chalicelib.review.store import WatchList
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import Invalid, Problem

MOST_VERSIONS: Final = 10
"""Versions that may have people inside: each container reads them all."""


class Missing(LookupError):
    """There is no such definition, or no such version of it: `what` is "journey" or "version"."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(said)
        self.what = what


@dataclass(frozen=True)
class Count:
    """Those inside a version that would not be in force: how many, and how many of them would leave if they were to
    move, because the step at which they stand is not in the other. `missing`: how many at each such step."""

    version: int
    inside: int
    missing: Mapping[str, int]

    @property
    def would_leave(self) -> int:
        """All of them who could not move."""
        return sum(self.missing.values())


def objections(journey: Journey, templates: Mapping[str, Template]) -> tuple[Problem, ...]:
    """What keeps a journey from being published: each template must exist, be of the journey's class, and say
    something on the step's channel. Pure."""
    problems = []
    for placed in journey.route.values():
        for name in placed.step.templates():
            template = templates.get(name)
            path = f"steps: {placed.step.id}"
            if template is None:
                problems.append(Problem(path, f"There is no template {name}", f"PUT /v1/templates/{name} first."))
            elif template.message_class != journey.message_class:
                said = f"The template {name} is {template.message_class}, the journey {journey.message_class}"
                problems.append(Problem(path, said, "Use templates of the journey's class."))
            elif (channel := placed.step.speaks_by()) is not None and channel not in template.channels:
                said = f"The template {name} says nothing by {channel}"
                problems.append(Problem(path, said, f"Add the section {channel} to it, or take another template."))
    return tuple(problems)


def uncallable(journey: Journey, refusal: Callable[[str], str | None]) -> tuple[Problem, ...]:
    """Which webhooks keep a journey from being published: those that would not be called now. `refusal` says why."""
    hint = "Use the https address of a public server."
    return tuple(
        Problem(f"steps: {placed.step.id}", f"The webhook would not be called: {why}", hint)
        for placed in journey.route.values()
        for url in placed.step.calls()
        if (why := refusal(url)) is not None
    )


def counts(journey: Journey, version: int, standing: Mapping[int, Standing]) -> tuple[Count, ...]:
    """Who is inside other versions than the one that is to be in force. Pure."""
    return tuple(
        Count(
            other, at.inside, {step: n for step, n in sorted(at.waiting.items()) if n > 0 and step not in journey.route}
        )
        for other, at in sorted(standing.items())
        if other != version and at.inside > 0
    )


@dataclass(frozen=True)
class Publisher:
    """Publishes, pauses, resumes and stops journeys. zone: whose clock a schedule goes by that names none. refusal: why
    a URL would not be called; None for one that would."""

    journeys: JourneyStore
    templates: TemplateStore
    watch: WatchList
    conditions: ConditionStore
    stats: StatStore
    schedules: ScheduleStore
    zone: Callable[[], str] = lambda: "UTC"
    refusal: Callable[[str], str | None] = lambda url: None

    def would_change(self, name: str, version: int) -> tuple[Count, ...]:
        """Who is inside, before a version is published. Raises Missing."""
        self._standing(name)
        return counts(self._version(name, version), version, self.stats.standing(name))

    def publish(self, name: str, version: int, now: datetime, inside: Inside = "stay") -> Pointer:
        """Let `version` take the new entrants; `inside` says what becomes of those in other versions. Doing it again
        changes nothing.

        Missing, Invalid (what keeps it from being published), or VersionConflict if somebody else did at the same
        moment.
        """
        standing = self._standing(name)
        journey = self._version(name, version)
        problems = objections(journey, self._current(journey)) + moved_by_opens(journey, self.conditions.rules())
        problems += uncallable(journey, self.refusal)
        if problems:
            raise Invalid(problems)
        running = Running.of(standing.run, standing.version)
        if standing.live and standing.version == version and inside == "stay":
            return standing
        after = self._with_inhabited(name, running, version, inside).published(version, inside, now, journey.priority)
        self._listen(journey, Place(name, version))
        self._schedule(journey, version, now)
        pointer = self.journeys.change(standing, now, version=version, live=True, run=after.to_json())
        self._forget(name, set(running.versions) - set(after.versions))
        return pointer

    def pause(self, name: str, now: datetime) -> Pointer:
        """Nobody enters and nobody goes on until it is resumed, or published again. Raises as `publish`."""
        standing = self._standing(name)
        if not standing.live:
            return standing
        run = Running.of(standing.run, standing.version).paused(now)
        return self.journeys.change(standing, now, version=standing.version, live=False, run=run.to_json())

    def resume(self, name: str, meanwhile: Meanwhile, now: datetime) -> Pointer:
        """End a pause; `meanwhile` says what becomes of what fell due in it. Invalid if it is not in one."""
        standing = self._standing(name)
        running = Running.of(standing.run, standing.version)
        if standing.live:
            return standing
        if running.pause is None:
            problem = "This journey is not paused"
            raise Invalid([Problem("", problem, "It was never published, or stopped: publish a version.")])
        run = running.resumed(meanwhile, now)
        return self.journeys.change(standing, now, version=standing.version, live=True, run=run.to_json())

    def stop(self, name: str, now: datetime) -> Pointer:
        """Nobody enters, and whoever is inside leaves. Doing it again changes nothing. Raises as `publish`."""
        standing = self._standing(name)
        running = Running.of(standing.run, standing.version)
        if standing.version is None or running.stopped:
            return standing
        run = running.stop(now)
        pointer = self.journeys.change(standing, now, version=standing.version, live=False, run=run.to_json())
        self._forget(name, set(running.versions))
        return pointer

    def _listen(self, journey: Journey, place: Place) -> None:
        """Names first: a condition that turns while nobody watches for it is not told of."""
        self.watch.watch(place.listener, watched_by(journey, place))
        if rules := conditions_of(journey, place):
            self.conditions.register(place.listener, rules)

    def _schedule(self, journey: Journey, version: int, now: datetime) -> None:
        """Before it is live: a time that comes for a journey which is not lets nobody in."""
        trigger = journey.trigger
        if isinstance(trigger, OnSchedule):
            self.schedules.keep(journey.name, version, trigger.segment, trigger.schedule(self.zone()), now)
        else:
            self.schedules.drop(journey.name)

    def _forget(self, name: str, versions: set[int]) -> None:
        """Nobody is inside these any more. Their events stay watched: a goal of somebody who left may still come."""
        for version in sorted(versions):
            self.conditions.register(Place(name, version).listener, {})

    def _with_inhabited(self, name: str, running: Running, version: int, inside: Inside) -> Running:
        """Without the versions in which nobody is. Invalid if too many are left."""
        standing = self.stats.standing(name)
        left = tuple(one for one in running.versions if one != version and standing.get(one, Standing()).inside > 0)
        if inside == "stay" and len(left) >= MOST_VERSIONS:
            said = f"People are inside {len(left)} versions of this journey"
            raise Invalid([Problem("", said, 'Publish with "inside": "move" or "leave".')])
        return replace(running, versions=left)

    def _version(self, name: str, version: int) -> Journey:
        body = self.journeys.body(name, version)
        if body is None:
            raise Missing("version", f"The journey {name} has no version {version}.")
        return parse(body)

    def _standing(self, name: str) -> Pointer:
        standing = self.journeys.pointer(name) if is_name(name) else None
        if standing is None:
            raise Missing("journey", f"There is no journey {name}.")
        return standing

    def _current(self, journey: Journey) -> dict[str, Template]:
        found = {name: self.templates.template(name) for name in journey.templates}
        return {name: template for name, template in found.items() if template is not None}
