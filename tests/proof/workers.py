"""Several workers in one process that take turns only where we say, in an order that we choose.

Each runs in a thread of its own, but only one ever runs: the baton is handed on at `pause`. So a schedule is decided by
its seed alone, and replays. The threads are kept from one schedule to the next: starting them would take longer than
what they do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import Random

from tests.proof.faults import Crash


class _Hand:
    """A thread that does one piece of work after the other, and holds still until it gets the baton."""

    def __init__(self) -> None:
        self.go = threading.Lock()
        self.go.acquire()
        self.work: Callable[[], None] = lambda: None
        threading.Thread(target=self._always, daemon=True).start()

    def _always(self) -> None:
        while True:
            self.go.acquire()
            self.work()


_idle: list[_Hand] = []


class Workers:
    """Run some tasks to their end, switching between them at every `pause`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._back = threading.Lock()
        self._back.acquire()
        self._running: list[_Hand] = []
        self._current: _Hand | None = None
        self._error: BaseException | None = None

    def pause(self) -> None:
        """Let another worker run, perhaps. Called by whoever holds the baton; nothing happens outside of `run`."""
        mine = self._current
        if mine is None or self._hand_on() is mine:
            return
        self._current.go.release()  # type: ignore[union-attr]  # handed on to somebody
        mine.go.acquire()

    def run(self, works: list[Callable[[], None]]) -> None:
        """Run tasks together. A Crash ends its task only; any other exception is raised here when all are done."""
        if len(works) == 1:  # no need for threads
            self._alone(works[0])
            return
        hands = [_idle.pop() if _idle else _Hand() for _ in works]
        for hand, work in zip(hands, works, strict=True):
            hand.work = self._guarded(hand, work)
        self._running = list(hands)
        self._hand_on().go.release()
        self._back.acquire()
        _idle.extend(hands)
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _hand_on(self) -> _Hand:
        self._current = self._random.choice(self._running)
        return self._current

    def _alone(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Crash:
            return

    def _guarded(self, hand: _Hand, work: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                work()
            except Crash:
                pass
            except BaseException as error:  # noqa: BLE001  handed to whoever called run()
                self._error = error
            self._running.remove(hand)
            if self._running:
                self._hand_on().go.release()
            else:
                self._current = None
                self._back.release()

        return guarded
