"""Several workers in one process that take turns only where we say, in an order that we choose.

Each runs in a thread of its own, but only one ever runs: the baton is handed over at `pause`. So a schedule is
decided by its seed alone, and replays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.proof.faults import Crash


@dataclass
class _Task:
    work: Callable[[], None]
    go: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None
    error: BaseException | None = None
    done: bool = False


class Workers:
    """Run some tasks to their end, switching between them at every `pause`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._back = threading.Lock()
        self._back.acquire()
        self._current: _Task | None = None

    def pause(self) -> None:
        """Let another worker run. Called by whoever holds the baton; nothing happens outside of `run`."""
        task = self._current
        if task is not None:
            self._back.release()
            task.go.acquire()

    def run(self, works: list[Callable[[], None]]) -> None:
        """Run tasks together. A Crash ends its task only; any other exception is raised here when all are done."""
        if len(works) == 1:  # no need for threads
            self._alone(works[0])
            return
        tasks = [_Task(work) for work in works]
        for task in tasks:
            task.go.acquire()
            task.thread = threading.Thread(target=self._guarded, args=(task,), daemon=True)
            task.thread.start()
        while running := [task for task in tasks if not task.done]:
            self._current = self._random.choice(running)
            self._current.go.release()
            self._back.acquire()
        self._current = None
        for task in tasks:
            if task.error is not None:
                raise task.error

    def _alone(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Crash:
            return

    def _guarded(self, task: _Task) -> None:
        task.go.acquire()
        try:
            task.work()
        except Crash:
            pass
        except BaseException as error:  # noqa: BLE001  handed to whoever called run()
            task.error = error
        task.done = True
        self._back.release()
