"""How a command tells what it does: lines, and a bar for whatever takes longer than a glance."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 28


def _no_bar(label: str, done: int, total: int) -> None:
    """For whoever wants no bar."""


@dataclass(frozen=True)
class Report:
    """Where a command's words go. say: a line. progress: (label, done, total), often; done == total at the end."""

    say: Callable[[str], None] = print
    progress: Callable[[str, int, int], None] = _no_bar


def terminal() -> Report:
    """Lines to stdout; bars to stderr where somebody watches it."""
    return Report(say=print, progress=_bar if sys.stderr.isatty() else _no_bar)


def confirm(question: str) -> bool:
    """Ask on the terminal; no answer is no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _bar(label: str, done: int, total: int) -> None:
    filled = WIDTH * done // max(total, 1)
    end = "\n" if done >= total else ""
    print(
        f"\r  {'#' * filled}{'.' * (WIDTH - filled)} {done}/{total} {label:<60.60}",
        end=end,
        file=sys.stderr,
        flush=True,
    )
