"""Progress bars for what takes more than two seconds. On a terminal they move; elsewhere each leaves one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Bars on standard error, one below the other."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars: Bars | None = None

    @contextmanager
    def bar(self, title: str, total: float) -> Iterator[Callable[[float], None]]:
        """A bar of `total` steps; the function it gives moves it to a step."""
        if self._bars is None:
            columns = (
                TextColumn("{task.description:<22}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bars = Bars(*columns, console=self._console)
            self._bars.start()
        bars, task = self._bars, self._bars.add_task(title, total=total)
        yield lambda step: bars.update(task, completed=step)
        bars.update(task, completed=total)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
