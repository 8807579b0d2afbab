"""What happened, by the names of events: how often, when first, and when the last few times.

So most rules about events are answered by the customer's item alone, and no history is read for them. Whatever is
counted at all is counted here, the person's own doing or not, but for two kinds:

- what a machine did, as far as it is known to be one: proxies open mails and scanners click links;
- reports of mails that expire (retention.py), because facts must be what the stored events come to. History has them.

Of a name the last four times are kept one by one. Of 32 names everything is kept; of more those whose digests are the
least, so that which ones they are depends on nothing but which there were, and nobody can choose what is left out. Of a
name that may have been left out nothing is known (`of` says None), and history answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from operator import sub
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from chalicelib.customers import numbers
from chalicelib.customers.moments import DAWN
from chalicelib.customers.retention import REPORTS
from chalicelib.ids import digest
from chalicelib.times import milliseconds
from chalicelib.tracking.answers import by_machine
from chalicelib.tracking.event import Event, is_counted

RECENT: Final = 4
NAMES: Final = 32
LONGEST: Final = 60  # characters of a name; of a longer one nothing is kept


class Times(NamedTuple):
    """Of one name: how often in total, the first time, and the last few, ascending; milliseconds since 1970."""

    total: int
    first: int
    recent: tuple[int, ...]

    @property
    def last(self) -> int:
        """The last time."""
        return self.recent[-1]

    @property
    def all_known(self) -> bool:
        """Whether every single time is among the recent ones."""
        return self.total == len(self.recent)

    def plus(self, other: Times) -> Times:
        """Both together."""
        recent = tuple(sorted(self.recent + other.recent)[-RECENT:])
        return Times(self.total + other.total, min(self.first, other.first), recent)


NEVER: Final = Times(0, 0, ())
_NONE: Final[Mapping[str, Times]] = MappingProxyType({})


@dataclass(frozen=True)
class Happenings:
    """by_name: what is kept. more: other names were left out."""

    by_name: Mapping[str, Times] = field(default_factory=lambda: _NONE)
    more: bool = False

    def of(self, name: str) -> Times | None:
        """The times of a name; None if they are not known."""
        held = self.by_name.get(name)
        if held is not None:
            return held
        left_out = self.more and _rank(name) > max(map(_rank, self.by_name))
        return None if left_out or not _is_kept(name) else NEVER


class Draft:
    """Happenings that are being added to."""

    def __init__(self, known: Happenings) -> None:
        self._known = known
        self._new: dict[str, list[int]] = {}
        self._more = known.more

    def add(self, event: Event, own: bool) -> None:
        """Add one event, whoever did it."""
        if _is_kept(event.name) and happened(event):
            self._new.setdefault(event.name, []).append(milliseconds(event.at))

    def finished(self) -> Happenings:
        """Never needs a rebuild: a name that is left out can never come back, as there are ever more names."""
        if not self._new:
            return self._known
        by_name = dict(self._known.by_name)
        for name, times in self._new.items():
            times.sort()
            new = Times(len(times), times[0], tuple(times[-RECENT:]))
            by_name[name] = by_name[name].plus(new) if name in by_name else new
        return _least(by_name, self._more)


def happened(event: Event) -> bool:
    """Whether an event is something that happened to the customer: one that facts are counted from, at a time that can
    be, and not the doing of a machine."""
    if event.at < DAWN or not is_counted(event):
        return False
    return not by_machine(event.name, event.properties)


def _is_kept(name: str) -> bool:
    return len(name) <= LONGEST and name not in REPORTS


def _rank(name: str) -> str:
    return digest("happening", name, length=12)


def _least(by_name: dict[str, Times], more: bool) -> Happenings:
    if len(by_name) <= NAMES:
        return Happenings(dict(sorted(by_name.items())), more)
    kept = sorted(by_name, key=_rank)[:NAMES]
    return Happenings({name: by_name[name] for name in sorted(kept)}, True)


def united(many: Iterable[Happenings]) -> Happenings:
    """What happened to one person in several parts, no event in two of them."""
    by_name: dict[str, Times] = {}
    more = False
    for each in many:
        more = more or each.more
        for name, times in each.by_name.items():
            by_name[name] = by_name[name].plus(times) if name in by_name else times
    return _least(by_name, more)


def pack(happenings: Happenings) -> Any:
    """`[newest, times, {name: text}, 1 if others were left out]`; None for none.

    Of all names together each time once, the newest in milliseconds since 1970, then how long each was before the one
    after it: events of one visit are seconds apart. A name's text: how often, then its times from the newest to the
    first, each by how many of these times it lies before the one after it.
    """
    if not happenings.by_name:
        return None
    steps = {name: _steps(times) for name, times in happenings.by_name.items()}
    ats = sorted({at for each in steps.values() for at in each}, reverse=True)
    place = {at: place for place, at in enumerate(ats)}
    texts = {
        name: numbers.written([happenings.by_name[name].total, *_gaps([0, *(place[at] for at in each)])])
        for name, each in steps.items()
    }
    held = [ats[0], numbers.written(-gap for gap in _gaps(ats)), texts]
    return [*held, 1] if happenings.more else held


def _steps(times: Times) -> list[int]:
    return [*reversed(times.recent), *([] if times.all_known else [times.first])]


def _gaps(ascending: list[int]) -> Iterator[int]:
    return (after - before for before, after in pairwise(ascending))


def unpack(held: Any) -> Happenings:
    """What `pack` wrote."""
    newest, gaps, texts, *more = held
    ats = list(accumulate(numbers.read(gaps), sub, initial=newest))
    return Happenings({name: _read(text, ats) for name, text in texts.items()}, bool(more))


def _read(text: str, ats: list[int]) -> Times:
    total, *gaps = numbers.read(text)
    steps = [ats[place] for place in accumulate(gaps)]
    recent = steps[:-1] if total > RECENT else steps
    return Times(total, steps[-1], tuple(reversed(recent)))
