"""Putting definitions in force: what keeps a journey from being published, and the order in which it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.catalog.pointer import Pointer
from chalicelib.journeys.journey import Journey, parse
from chalicelib.journeys.store import JourneyStore, TemplateStore
from chalicelib.journeys.template import Template
from chalicelib.review.store import WatchList
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import Invalid, Problem


class Missing(LookupError):
    """There is no such definition, or no such version of it: `what` is "journey" or "version"."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(said)
        self.what = what


def objections(journey: Journey, templates: Mapping[str, Template]) -> tuple[Problem, ...]:
    """What keeps a journey from being published: each template must exist, and be of the journey's class. Pure."""
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
    return tuple(problems)


@dataclass(frozen=True)
class Publisher:
    """Publishes and pauses journeys."""

    journeys: JourneyStore
    templates: TemplateStore
    watch: WatchList

    def publish(self, name: str, version: int, now: datetime) -> Pointer:
        """Let `version` take the new entrants; those inside stay with theirs. Doing it again changes nothing.

        Missing, Invalid (what keeps it from being published), or VersionConflict if somebody else did at the same
        moment. The events it listens to are watched before it is live, version by version: a name too many costs
        little, one too few would lose people.
        """
        standing = self._standing(name)
        body = self.journeys.body(name, version)
        if body is None:
            raise Missing("version", f"The journey {name} has no version {version}; the newest is {standing.latest}.")
        journey = parse(body)
        problems = objections(journey, self._current(journey))
        if problems:
            raise Invalid(problems)
        if standing.live and standing.version == version:
            return standing
        if journey.trigger.events():
            self.watch.watch(f"journey/{name}/{version}", journey.trigger.events())
        return self.journeys.change(standing, now, version=version, live=True)

    def pause(self, name: str, now: datetime) -> Pointer:
        """Nobody enters and nobody goes on until it is published again. Raises as `publish`."""
        standing = self._standing(name)
        if not standing.live:
            return standing
        return self.journeys.change(standing, now, version=standing.version, live=False)

    def _standing(self, name: str) -> Pointer:
        standing = self.journeys.pointer(name) if is_name(name) else None
        if standing is None:
            raise Missing("journey", f"There is no journey {name}.")
        return standing

    def _current(self, journey: Journey) -> dict[str, Template]:
        found = {name: self.templates.template(name) for name in journey.templates}
        return {name: template for name, template in found.items() if template is not None}
