"""What a command is doing, on standard error: a moving bar where somebody watches, one line for each step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from infra.report import Report


class Steps:
    """Tells of one step after the other."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)

    def say(self, line: str) -> None:
        """A line that stays."""
        self._console.print(line, soft_wrap=True, markup=False)

    @contextmanager
    def step(self, title: str) -> Iterator[Report]:
        """While the block runs, the step is under way; the report it gets can say how far."""
        started = time.monotonic()
        if self._console.is_terminal:
            with self._bar(title) as report:
                yield report
        else:
            yield Report(say=lambda _: None)
        self.say(f"  {title}: {time.monotonic() - started:.1f} s")

    @contextmanager
    def _bar(self, title: str) -> Iterator[Report]:
        columns = (TextColumn("  {task.description:<44.44}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as bars:
            task = bars.add_task(title, total=None)

            def progress(label: str, done: int, total: int) -> None:
                bars.update(task, description=f"{title}: {label}", completed=done, total=total)

            yield Report(say=lambda _: None, progress=progress)
