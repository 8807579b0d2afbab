"""Work on everybody, slice by slice: the customers table in parts of about a hundred customers, eight side by side.

What is kept between two slices is how many parts there are and how many are done. A part that was interrupted is done
again, so what is done to a customer must be safe to do twice.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from chalicelib.aws.database import Item
from chalicelib.customers.state import STATE, State
from chalicelib.jobs.kind import Tools
from chalicelib.lifecycle.sample.store import UNREADABLE, Sampler
from chalicelib.resources import CUSTOMERS
from chalicelib.review.failure import why

A_PART: Final = 100  # customers, about
SIDE_BY_SIDE: Final = 8
_MOST_PARTS: Final = 65_536
_COUNTED: Final = 1_000  # customers looked at to learn how many there are

logger = logging.getLogger(__name__)

Work = Callable[[State], str]
"""What is done to one customer; answers with a word for the counts. The state is as a scan found it, so it may be
old."""


@dataclass(frozen=True)
class Everybody:
    """How far the work has come. customers: how many there are, about."""

    parts: int
    done: int
    customers: int

    @classmethod
    def at_first(cls, tools: Tools) -> Self:
        """Before the first part; reads a small sample."""
        customers = Sampler(tools.db).sample(_COUNTED, lambda state: True).customers
        parts = SIDE_BY_SIDE
        while parts * A_PART < customers and parts < _MOST_PARTS:
            parts *= 2
        return cls(parts, 0, customers)

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> Self:
        """What `cursor` said."""
        return cls(cursor["parts"], cursor["done"], cursor["customers"])

    @property
    def over(self) -> bool:
        """Whether everybody was done."""
        return self.done >= self.parts

    def cursor(self) -> dict[str, Any]:
        """The part of a job's cursor that says it."""
        return {"parts": self.parts, "done": self.done, "customers": self.customers}

    def report(self) -> dict[str, Any]:
        """What a job's report says of it."""
        return {"share_done": round(self.done / self.parts, 4), "customers_about": self.customers}

    def go_on(self, work: Work, tools: Tools) -> tuple[Self, Counter[str]]:
        """Do as many parts as there is time for, one at least; how far it has come then, and what was done: the words
        of `work`, `customers` (all of them), `unread` (states that cannot be read: they hold nobody else up)."""
        taken, counts = _Taken(self.done, self.parts), Counter[str]()

        def lane(_: int) -> Counter[str]:
            done: Counter[str] = Counter()
            while (part := taken.next()) is not None:
                done += self._part(part, work, tools)
                if tools.time_is_up():
                    break
            return done

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for done in pool.map(lane, range(SIDE_BY_SIDE)):
                counts += done
        return replace(self, done=taken.place), counts

    def _part(self, part: int, work: Work, tools: Tools) -> Counter[str]:
        done = Counter[str]()
        for item in self._items(part, tools):
            if "stage" not in item or "join" in item:
                continue
            try:
                state = State.from_item(item)
            except UNREADABLE as error:
                logger.error("a customer could not be read: %s", why(error))
                done["unread"] += 1
                continue
            done[work(state)] += 1
            done["customers"] += 1
        return done

    def _items(self, part: int, tools: Tools) -> Iterator[Item]:
        start: Item | None = None
        while True:
            page = tools.db.scan(CUSTOMERS, segment=part, segments=self.parts, start=start, sk=STATE)
            yield from page.items
            start = page.next
            if start is None:
                return


class _Taken:
    """Which parts are taken: one after the other, by whichever lane is free."""

    def __init__(self, place: int, parts: int) -> None:
        self.place = place
        self._parts = parts
        self._turn = threading.Lock()

    def next(self) -> int | None:
        """The next part; None when there is none left."""
        with self._turn:
            if self.place >= self._parts:
                return None
            self.place += 1
            return self.place - 1
