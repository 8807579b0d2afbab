"""Where changes of stage are kept: in one transaction the entry of the history, the event, and the count.

The condition of the entry, that it is not there yet, makes the whole happen once, so the counts are exact under
replays. A count is

    transitions#<month>   <day>#<cause>#<shard>     `<from>><to>`: how many, for each pair of stages

in the work table. Several changes of a batch share one transaction, and so one write of each count. Where another
transaction holds the same item, the next attempt takes another shard: any will do, because a reader adds them up.

The first stage of all is history and nothing else, so nothing has to happen together, and everybody has one: it is
written by itself for a quarter of the units, and taken away again if the customer was erased meanwhile.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from chalicelib import ids, times
from chalicelib.aws.at_once import at_once
from chalicelib.aws.database import ConditionFailed, Database, Item, Put, Update, Write
from chalicelib.customers.stages import is_there, kept_once
from chalicelib.customers.state import STATE
from chalicelib.errors import Transient
from chalicelib.resources import CUSTOMERS, EVENTS, SCHEMA_VERSION, WORK
from chalicelib.review.changes import KEPT_FOR, Move, Place, counted
from chalicelib.tracking.store import EventStore

TOGETHER: Final = 10  # changes in one transaction, which holds 100 writes; more would meet more of others' writes
SHARDS: Final = 8
_ATTEMPTS: Final = 4
_KIND: Final = "transitions#"
_MONTH: Final = len("2026-11")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChangeStore:
    """Changes of stage, each kept once."""

    db: Database
    events: EventStore

    def keep(self, moves: Sequence[Move], now: datetime) -> list[Move]:
        """Keep changes, unless the customer was erased meanwhile; those that could not be kept now, which are to be
        brought again. Keeping one again changes nothing."""
        failed = self._keep_first([each for each in moves if each.is_first])
        changes = [each for each in moves if not each.is_first]
        for start in range(0, len(changes), TOGETHER):
            group = changes[start : start + TOGETHER]
            if len(group) == 1 or not self._kept(group, now):
                failed += [each for each in group if not self._kept_alone(each, now)]
        return failed

    def counts(self, first: date, last: date) -> Counter[Place]:
        """How many moved, by day, cause and stages, on the days from `first` to `last`."""
        days = first.isoformat(), last.isoformat()
        return sum(at_once(lambda month: self._of_month(month, *days), _months(first, last)), Counter())

    def _keep_first(self, firsts: Sequence[Move]) -> list[Move]:
        """Keep first stages; those that could not be kept. Written before it is asked whether the customer is there:
        whoever erases afterwards finds what was written."""
        history = {(put.item["pk"], put.item["sk"]): put.item for put in map(_history, firsts)}
        try:
            self.db.insert_all(CUSTOMERS, list(history.values()))
            at_once(self._take_away_if_erased, history)
        except Transient:
            logger.exception("first stages could not be kept")
            return list(firsts)
        return []

    def _take_away_if_erased(self, key: tuple[str, str]) -> None:
        if self.db.get(CUSTOMERS, key[0], STATE) is None:
            self.db.delete(CUSTOMERS, *key)

    def _kept(self, group: Sequence[Move], now: datetime) -> bool:
        """Whether all of them were kept just now."""
        try:
            self.db.transact(self._writes(group, now, 0))
        except (ConditionFailed, Transient):  # one of them is known, its customer gone, or written at this moment
            return False
        return True

    def _kept_alone(self, one: Move, now: datetime) -> bool:
        try:
            self._keep(one, now)
        except Exception:
            logger.exception("a change of stage could not be kept")
            return False
        return True

    def _keep(self, one: Move, now: datetime) -> None:
        for attempt in range(_ATTEMPTS):
            try:
                self.db.transact(self._writes([one], now, attempt))
            except ConditionFailed:
                return  # it is known, or there is nobody any more whose it could be
            except Transient:
                if attempt + 1 == _ATTEMPTS:
                    raise
            else:
                return

    def _writes(self, group: Sequence[Move], now: datetime, attempt: int) -> list[Write]:
        said = [event for each in group if (event := each.event(now)) is not None]
        history = {(put.item["pk"], put.item["sk"]): put for each in group for put in [_history(each)]}
        return [
            *history.values(),
            *(Put(EVENTS, self.events.item(event)) for event in {(one.subject, one.key): one for one in said}.values()),
            *(is_there(customer) for customer in {each.customer: None for each in group}),
            *_additions(counted(_once_each(group), now), group[0], attempt),
        ]

    def _of_month(self, month: str, first: str, last: str) -> Counter[Place]:
        found: Counter[Place] = Counter()
        start: Item | None = None
        while True:
            page = self.db.query(WORK, _KIND + month, start=start)
            for item in page.items:
                found.update({place: number for place, number in _places(item) if first <= place.day <= last})
            start = page.next
            if start is None:
                return found


def _history(one: Move) -> Put:
    return kept_once(one.customer, one.change)


def _once_each(group: Iterable[Move]) -> Collection[Move]:
    """A batch may hold one change twice."""
    return {(each.customer, str(_history(each).item["sk"])): each for each in group}.values()


def _additions(counts: Counter[Place], first: Move, attempt: int) -> Iterator[Update]:
    items: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for place, number in counts.items():
        items[place.day, place.cause][f"{place.stage_from}>{place.stage_to}"] = number
    shard = (ids.shard(f"{first.customer}#{first.id}", SHARDS) + attempt) % SHARDS
    for (day, cause), numbers in items.items():
        expires = int((times.parse(day) + KEPT_FOR).timestamp())
        kept = {"expires": expires, "schema_v": SCHEMA_VERSION}
        yield Update(WORK, _KIND + day[:_MONTH], f"{day}#{cause}#{shard}", kept, add=numbers)


def _places(item: Item) -> Iterator[tuple[Place, int]]:
    day, cause, _ = str(item["sk"]).split("#")
    for name, number in item.items():
        stage_from, arrow, stage_to = name.partition(">")
        if arrow:
            yield Place(day, cause, stage_from, stage_to), int(number)


def _months(first: date, last: date) -> Iterator[str]:
    month = first.replace(day=1)
    while month <= last:
        yield month.isoformat()[:_MONTH]
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
