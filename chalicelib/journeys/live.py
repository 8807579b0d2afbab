"""The journeys that are live, as one container knows them: read at most every 30 seconds, parsed once per version."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.catalog.pointer import Pointer
from chalicelib.journeys.effect import Effect, Place
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.journey import Journey, Live, parse
from chalicelib.journeys.listening import concerns
from chalicelib.journeys.running import Running
from chalicelib.journeys.settling import Settled, settled
from chalicelib.journeys.store import JourneyStore
from chalicelib.tracking.problems import Invalid

__all__ = ["FRESH", "Live", "LiveJourneys"]

FRESH: Final = timedelta(seconds=30)
"""How long a container may not know that a journey was published or paused."""

logger = logging.getLogger(__name__)


class LiveJourneys:
    """What is live. `clock` is asked only for how old the knowledge is."""

    def __init__(self, store: JourneyStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._pointers: dict[str, Pointer] = {}
        self._runs: dict[str, Running] = {}
        self._read_at: datetime | None = None
        self._parsed: dict[tuple[str, int], Journey] = {}

    def all(self) -> tuple[Live, ...]:
        """The live journeys, the highest priority first. One that this code cannot read is logged and left out."""
        live = []
        for pointer in self._fresh().values():
            if pointer.live and pointer.version is not None:
                journey = self.version(pointer.name, pointer.version)
                if journey is not None:
                    live.append(Live(journey, pointer.version))
        return tuple(sorted(live, key=lambda one: (-one.journey.priority, one.journey.name)))

    def running(self, name: str) -> bool:
        """Whether those inside a journey may go on: false while it is paused."""
        pointer = self._fresh().get(name)
        return pointer is not None and pointer.live

    def priorities(self) -> dict[str, int]:
        """The priority of each journey that is live, by name; no version is read for it."""
        return {name: self._runs[name].priority for name, pointer in self._fresh().items() if pointer.live}

    def run(self, name: str) -> Running:
        """What is said of everybody inside a journey."""
        self._fresh()
        return self._runs.get(name, Running())

    def settled(self, row: Enrolment, now: datetime) -> Settled:
        """A row as it counts, after what was said of everybody inside its journey."""
        return settled(row, self.run(row.journey), lambda version: self.version(row.journey, version), now)

    def concerned(self, effect: Effect) -> frozenset[Place]:
        """The versions in which somebody may be whom an effect wakes."""
        self._fresh()
        return frozenset(
            Place(name, version)
            for name, run in self._runs.items()
            for version in run.versions
            if (journey := self.version(name, version)) is not None and concerns(effect, journey, Place(name, version))
        )

    def version(self, name: str, version: int) -> Journey | None:
        """One version, live or not; None if there is none that can be read."""
        if (name, version) not in self._parsed:
            body = self._store.body(name, version)
            if body is None:
                return None
            try:
                self._parsed[name, version] = parse(body)
            except Invalid as unreadable:
                logger.error("journey %s, version %d cannot be read: %s", name, version, unreadable)
                return None
        return self._parsed[name, version]

    def _fresh(self) -> dict[str, Pointer]:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= FRESH or now < self._read_at:
            self._pointers = {pointer.name: pointer for pointer in self._store.pointers()}
            self._runs = {name: Running.of(one.run, one.version) for name, one in self._pointers.items()}
            self._read_at = now
        return self._pointers
