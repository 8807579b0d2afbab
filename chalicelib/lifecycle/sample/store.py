"""A uniform sample of the customers, read in parallel at a cost that is proportional to the sample and not to the base.

DynamoDB lays items out by a hash of the customer and reads a table in as many parts as one likes, each holding whoever
hashes into it. So a part is a random handful of customers, with all of theirs, and a few parts are a uniform sample.
How many parts make a handful is not known beforehand (DynamoDB's own count is hours old), so one part of 1 is tried,
then one of 16, of 256 and so on, each given up as soon as it holds more than a sixteenth of the sample. The parts
after that are read several at a time until there are enough. Which ones is decided by a seed, so that the same
question is answered by the same customers.

A part is paid for by all its items: beside the state there are traits, history, addresses. They stay in the table
(`sk=STATE`), and cost nothing to carry.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Generic, TypeVar, overload

from chalicelib.aws.database import Database, Item
from chalicelib.customers.state import STATE, State
from chalicelib.ids import digest
from chalicelib.resources import CUSTOMERS

MOST: Final = 50_000
"""Customers in a sample: more make no fit better."""
LOOKS: Final = 4
"""So many customers are looked at for each of the sample: where most of the base is of no interest (visitors who never
buy), the sample is smaller rather than the bill higher."""
_STEP: Final = 16
_LEVELS: Final = tuple(_STEP**power for power in range(5))  # the last: 65,536 parts
_AT_A_TIME: Final = 8

UNREADABLE: Final = (ValueError, KeyError, TypeError, zlib.error)
"""What reading a stored state raises."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sample(Generic[T]):
    """Some of the customers.

    states:    what was asked for of each, in the order of a hash.
    total:     how many of those there are in all: counted if `complete`, else estimated from the share that was read.
    complete:  whether these are all of them.
    customers: how many customers there are in all, of interest or not; counted or estimated likewise.
    """

    states: list[T]
    total: int
    complete: bool
    customers: int


@dataclass
class _Part(Generic[T]):
    """What one part held: each with its hash. `looked`: customers. `whole`: it was read to its end."""

    kept: list[tuple[str, T]] = field(default_factory=list)
    looked: int = 0
    whole: bool = True


class Sampler:
    """Reads samples. `seed` decides which."""

    def __init__(self, db: Database, seed: str = "") -> None:
        self._db = db
        self._seed = seed

    @overload
    def sample(self, most: int = MOST) -> Sample[State]: ...
    @overload
    def sample(self, most: int, of: Callable[[State], T | None]) -> Sample[T]: ...
    def sample(self, most: int = MOST, of: Callable[[State], T | None] | None = None) -> Sample[T] | Sample[State]:
        """At most `most` customers: their states, or what `of` makes of each as it is read, so that 50,000 states need
        not be held; whoever it makes None of is of no interest. Everybody with a stage is a customer: subjects that
        belong to somebody else, accounts and what is left of the erased are none."""
        return self._sample(most, of) if of is not None else self._sample(most, _itself)

    def _sample(self, most: int, of: Callable[[State], T | None]) -> Sample[T]:
        parts, first = self._level(most, of)
        read, rest = [first], islice(self._order(parts), 1, None)
        while wave := list(islice(rest, self._needed(read, most))):
            with ThreadPoolExecutor(_AT_A_TIME) as pool:
                read += pool.map(lambda part: self._read(part, parts, of), wave)
        kept = sorted((each for part in read for each in part.kept), key=lambda each: each[0])
        complete = len(read) == parts and len(kept) <= most
        share = len(read) / parts
        looked = sum(part.looked for part in read)
        return Sample([value for _, value in kept[:most]], round(len(kept) / share), complete, round(looked / share))

    def _level(self, most: int, of: Callable[[State], T | None]) -> tuple[int, _Part[T]]:
        """Into how many parts to cut, and the first of them."""
        for parts in _LEVELS:
            at_most = most // _STEP if parts != _LEVELS[-1] else None
            first = self._read(next(self._order(parts)), parts, of, at_most)
            if first.whole:
                break
        return parts, first

    def _needed(self, read: list[_Part[T]], most: int) -> int:
        """How many parts more, by what those read so far held; 0 when there are enough."""
        kept, looked = sum(len(part.kept) for part in read), sum(part.looked for part in read)
        if kept >= most or looked >= most * LOOKS:
            return 0
        short = min((most - kept) / max(kept, 1), (most * LOOKS - looked) / max(looked, 1))
        return max(_AT_A_TIME, min(int(len(read) * short) + 1, 4 * _AT_A_TIME))

    def _order(self, parts: int) -> Iterator[int]:
        """Every part, once, in an order that the seed decides: any odd step goes through a power of two."""
        start = int(digest("sample", self._seed, length=12), 16)
        step = int(digest("step", self._seed, length=12), 16) | 1
        return ((start + place * step) % parts for place in range(parts))

    def _read(self, part: int, parts: int, of: Callable[[State], T | None], at_most: int | None = None) -> _Part[T]:
        """One part; given up where it holds more than `at_most` customers."""
        found: _Part[T] = _Part()
        start: Item | None = None
        while True:
            page = self._db.scan(CUSTOMERS, segment=part, segments=parts, start=start, sk=STATE)
            for item in page.items:
                if "stage" not in item or "join" in item:
                    continue
                found.looked += 1
                state = _read(item)
                value = of(state) if state is not None else None
                if value is not None:
                    found.kept.append((digest(self._seed, item["pk"], length=12), value))
            start = page.next
            if start is None:
                return found
            if at_most is not None and found.looked > at_most:
                found.whole = False
                return found


def _read(item: Item) -> State | None:
    """A stored state; None for one that this code cannot read, which must not keep everybody else's from being used."""
    try:
        return State.from_item(item)
    except UNREADABLE as error:
        logger.error("a customer of a sample cannot be read: %s", type(error).__name__)
        return None


def _itself(state: State) -> State:
    return state
