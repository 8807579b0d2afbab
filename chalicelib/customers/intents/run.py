"""What is kept of an intent, and of all that somebody has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from chalicelib.times import EPOCH

MOST_LINES: Final = 12

Money = tuple[datetime, Decimal, str]
"""When it was said, how much, in which currency ("" where none was named)."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What was last said of one product: when, whether it is in, and what it is worth."""

    at: datetime
    inside: bool
    worth: Decimal = Decimal(0)
    currency: str = ""


_NO_LINES: Final[Mapping[str, Line]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Run:
    """One intent of one kind.

    since, last_at: its first and its last event. expires: when it ends if nothing follows.
    before:  the last event before `since` that may belong to it, should one between them turn up.
    opened:  one of its events opens it by itself; otherwise it is open while there is a line inside.
    base:    when all that is in it was last said at once; earlier lines are void.
    what, said, until: the last words on what it is, what it is worth, and until when it stands.
    """

    since: datetime
    last_at: datetime
    expires: datetime
    before: datetime | None = None
    opened: bool = False
    base: datetime | None = None
    what: tuple[datetime, str] | None = None
    said: Money | None = None
    until: tuple[datetime, datetime] | None = None
    lines: Mapping[str, Line] = field(default_factory=lambda: _NO_LINES)

    @property
    def inside(self) -> tuple[Line, ...]:
        """The lines of what is in it."""
        return tuple(line for line in self.lines.values() if line.inside)

    @property
    def unfinished(self) -> bool:
        """Whether it is open, as long as it has not expired."""
        return self.opened or any(line.inside for line in self.lines.values())

    @property
    def worth(self) -> Mapping[str, Decimal]:
        """By currency: what was said of the whole, or, if more was put in since, the sum of what is in it."""
        newest = max((line.at for line in self.lines.values()), default=EPOCH)
        if self.said is not None and self.said[0] >= newest:
            return {self.said[2]: self.said[1]}
        sums: dict[str, Decimal] = {}
        for line in self.inside:
            if line.worth:
                sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.worth
        return dict(sorted(sums.items()))


_NO_RUNS: Final[Mapping[str, Run]] = MappingProxyType({})
_NO_CLOSINGS: Final[Mapping[str, datetime]] = MappingProxyType({})


@dataclass(frozen=True)
class Intents:
    """runs: by kind. closed: by kind, and under "" for every kind, when it was last closed."""

    runs: Mapping[str, Run] = field(default_factory=lambda: _NO_RUNS)
    closed: Mapping[str, datetime] = field(default_factory=lambda: _NO_CLOSINGS)

    def open_at(self, now: datetime) -> tuple[tuple[str, Run], ...]:
        """Those that are open at a moment, the one last touched first."""
        held = [(kind, run) for kind, run in self.runs.items() if run.unfinished and now < run.expires]
        return tuple(sorted(held, key=lambda one: (one[1].last_at, one[0]), reverse=True))


def united(many: Iterable[Intents]) -> Intents:
    """The intents of several people together: of each kind one, which is open while anybody's is."""
    runs: dict[str, Run] = {}
    for one in many:
        for kind, run in one.runs.items():
            if run.unfinished:
                runs[kind] = _together(runs[kind], run) if kind in runs else run
    return Intents(dict(sorted(runs.items())))


def _together(one: Run, other: Run) -> Run:
    last = max(one, other, key=lambda run: (run.last_at, repr((run.what, run.said, run.until, run.base))))
    lines = dict(one.lines)
    for id, line in other.lines.items():
        lines[id] = max(lines.get(id, line), line)
    kept = sorted(lines.items(), key=lambda held: (held[1], held[0]))[-MOST_LINES:]
    return replace(
        last,
        since=min(one.since, other.since),
        expires=max(one.expires, other.expires),
        opened=one.opened or other.opened,
        before=None,
        lines=dict(sorted(kept)),
    )
