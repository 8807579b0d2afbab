"""What lies between workers: queues and streams that deliver at least once, late, twice and in any order, and a time
that moves a little with every call and jumps when nothing is left to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Final, Generic, TypeVar

from chalicelib import times
from chalicelib.aws.database import Page
from tests.fakes.database import MemoryDatabase
from tests.proof.faults import Crash, FaultyLine, Line, Schedule, T
from tests.proof.workers import Workers

VISIBILITY: Final = timedelta(minutes=6)
LIFETIME: Final = timedelta(seconds=60)
TICK: Final = timedelta(minutes=1)
AHEAD: Final = timedelta(seconds=75)
MOMENTS: Final = tuple(timedelta(milliseconds=span) for span in range(1, 401))
"""How long a call may take."""


@dataclass(frozen=True)
class Odds:
    """How often the world around the workers misbehaves."""

    duplicate: float = 0.15  # a queue delivers again what was done
    double: float = 0.2  # a queue delivers to two workers at once
    message_lost: float = 0.05  # before it ever was in the queue
    event_lost: float = 0.25
    event_twice: float = 0.2
    index_stale: float = 0.1
    together: float = 0.6  # what is visible at once is worked on at once
    withdraws: float = 0.3
    skew: float = 150.0  # seconds by which a worker's clock may be off, either way: five minutes between two


WILD: Final = Odds()
CALM: Final = Odds(0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(order=True)
class Delivery:
    """A message in a queue, or a batch of a stream, visible from `at` on."""

    at: datetime
    number: int
    queue: str = field(compare=False)
    body: Any = field(compare=False)
    receives: int = field(default=0, compare=False)


class Tables(MemoryDatabase):
    """The tables, of which one may ask in a moment what is due first."""

    def first_due(self, *tables: str) -> str | None:
        """The earliest due date of these tables; None if nothing there is due."""
        return min(
            (item["due_at"] for table in tables for item in self._items[table].values() if "due_at" in item),
            default=None,
        )


W = TypeVar("W")


class Clockwork(Generic[W]):
    """Delivers until nothing is left. What a delivery does, and what there is to tick for, its heirs say.

    receives: how often a queue delivers what always fails before it lays it aside.
    """

    receives = 5

    def __init__(
        self, random: Random, schedule: Schedule, odds: Odds, tables: Tables, start: datetime, horizon: timedelta
    ) -> None:
        self.random, self.odds, self.tables = random, odds, tables
        self.now, self._end = start, start + horizon
        self.workers = Workers(random)
        self.line: Line = FaultyLine(schedule, self._pause)
        self.waiting: list[Delivery] = []
        self._said: list[tuple[datetime, tuple[object, ...]]] = []
        self.numbers = count(1)
        self._next_tick = start
        self._idle: list[Container[W]] = []
        self._hired: list[Container[W]] = []

    def play(self) -> None:
        """Until nothing waits any more, or time is up."""
        self._play()
        # What holds the world is not held by it any more, so that it is gone with its last name: to have every schedule
        # looked for among the living would take a tenth of the time.
        del self.line
        for container in self._hired:
            del container.worker
        self._hired.clear()
        self._idle.clear()

    def _play(self) -> None:
        while self.now < self._end:
            if self.now >= self._next_tick:
                self._next_tick = self.now + TICK
                self.tick(times.text(self.now + AHEAD))
            if works := [self._work(delivery) for delivery in self._visible()]:
                self._together(works)
            elif not self._jump():
                break

    def put(self, queue: str, body: Any, delay: timedelta, receives: int = 0) -> None:
        """Something to be delivered after `delay`."""
        heappush(self.waiting, Delivery(self.now + delay, next(self.numbers), queue, body, receives))

    def note(self, *said: object) -> None:
        """A line for whoever replays this schedule; nearly always nobody does."""
        self._said.append((self.now, said))

    @property
    def log(self) -> list[str]:
        """The lines."""
        return [f"{at:%d %H:%M:%S} {' '.join(map(str, said))}" for at, said in self._said]

    def soon(self, longest: int) -> timedelta:
        """Up to so many seconds."""
        return timedelta(seconds=self.random.randint(0, longest))

    # --- what the heirs say

    def tick(self, until: str) -> None:
        """The minute's schedule: put messages for what is due by then."""
        raise NotImplementedError

    def due(self) -> str | None:
        """The next due date in any table that the tick looks at."""
        raise NotImplementedError

    def hire(self, line: Line, clock: Callable[[], datetime]) -> W:
        """A new worker, with its line to the world and its clock, which may be off. It stays warm until it dies."""
        raise NotImplementedError

    def do(self, delivery: Delivery, worker: W) -> None:
        """What one worker does with a delivery, from beginning to end."""
        raise NotImplementedError

    # --- deliveries

    def _visible(self) -> list[Delivery]:
        found: list[Delivery] = []
        while self.waiting and self.waiting[0].at <= self.now:
            found.append(heappop(self.waiting))
            if self.random.random() < self.odds.double:
                found.append(found[-1])
            if len(found) >= 4:
                break
        return found

    def _jump(self) -> bool:
        """To the next moment at which anything happens; False if nothing ever will."""
        moments = [delivery.at for delivery in self.waiting[:1]]
        if (due := self.due()) is not None:
            moments.append(max(times.parse(due) - AHEAD, self._next_tick))
        if not moments:
            return False
        self.now = max(self.now, min(moments))
        return True

    def _together(self, works: list[Callable[[], None]]) -> None:
        if self.random.random() < self.odds.together:
            self.workers.run(works)
        else:
            for work in works:
                self.workers.run([work])

    def _pause(self) -> None:
        # At every call, so not by `choice`, which takes three times as long.
        self.now += MOMENTS[int(self.random.random() * len(MOMENTS))]
        self.workers.pause()

    def _work(self, delivery: Delivery) -> Callable[[], None]:
        def work() -> None:
            container = self._idle.pop() if self._idle else self._hire()
            container.began = self.now
            try:
                self.do(delivery, container.worker)
            except Crash:
                self.note(delivery.queue, "the worker died")
                self._again(delivery, VISIBILITY)
                raise
            except Exception as error:  # noqa: BLE001  as the batch handler does: the queue delivers it again
                self.note(delivery.queue, repr(error))
                self._again(delivery, VISIBILITY)
                self._idle.append(container)
            else:
                self._idle.append(container)
                if self.random.random() < self.odds.duplicate:
                    self._again(delivery, self.soon(600))

        return work

    def _hire(self) -> Container[W]:
        self._hired.append(Container(self))
        return self._hired[-1]

    def _again(self, delivery: Delivery, after: timedelta) -> None:
        if delivery.receives + 1 < self.receives:
            self.put(delivery.queue, delivery.body, after, delivery.receives + 1)


class Container(Generic[W]):
    """Where one worker runs, one delivery at a time, with a clock of its own. It ends whoever has run too long, as
    Lambda's timeout does."""

    def __init__(self, world: Clockwork[W]) -> None:
        skew = timedelta(seconds=world.random.uniform(-world.odds.skew, world.odds.skew))
        self.began = world.now
        self._world = world
        self.worker: W = world.hire(self, lambda: times.whole_milliseconds(world.now + skew))

    def call(self, site: str, lost: type[Exception], work: Callable[[], T]) -> T:
        """As `Line` says."""

        def unless_too_late() -> T:
            if self._world.now - self.began > LIFETIME:
                raise Crash("timeout")
            return work()

        return self._world.line.call(site, lost, unless_too_late)


class Lagging:
    """Tables whose due index is behind: it misses what is new and still shows what has moved on (`known`: keys of
    items that were due at some time, by table and shard)."""

    def __init__(
        self, db: MemoryDatabase, world: Clockwork[Any], known: Callable[[str, str], list[tuple[str, str]]]
    ) -> None:
        self._db = db
        self._world = world
        self._known = known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def query_index(self, table: str, index: Any, hash: str, **named: Any) -> Page:
        """A page, without some of what should be on it, and with some of what should not."""
        page = self._db.query_index(table, index, hash, **named)
        roll, rate = self._world.random.random, self._world.odds.index_stale
        kept = [item for item in page.items if roll() >= rate]
        stale = [
            {"pk": pk, "sk": sk, "due_shard": hash, "due_at": times.text(self._world.now)}
            for pk, sk in self._known(table, hash)
            if roll() < rate
        ]
        return Page([*kept, *stale], page.next)


class Queue:
    """`Queues` for workers: what they put off comes back, unless it is lost on the way."""

    def __init__(self, world: Clockwork[Any], lost: float = 0.0) -> None:
        self._world = world
        self._lost = lost

    def send(self, queue: str, bodies: Any, *, delay: int = 0) -> None:
        """As `Queues` says."""
        for body in bodies:
            if not self._lost or self._world.random.random() >= self._lost:
                self._world.put(queue, dict(body), timedelta(seconds=delay))
