"""Which conditions are live: registered by whoever listens, read by whoever judges.

Each listener (`segment/vip`, `journey/welcome/3`) has an item of its own with all its rules, each with the version of
the live set that brought it. One more item counts the versions, and is written in the same transaction; a container
asks for it every 30 seconds and reads the rest only if it has moved.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Delete, Item, Put, Write
from chalicelib.errors import Transient
from chalicelib.resources import CATALOG, SCHEMA_VERSION
from chalicelib.segments.conditions import NO_CONDITIONS, Condition, LiveConditions, key_of
from chalicelib.tracking.problems import Invalid, Problem

CONDITION: Final = "condition"  # kind in the catalog
FRESH: Final = timedelta(seconds=30)
MOST: Final = 2_000
_VERSION: Final = "!version"
_ATTEMPTS: Final = 5

logger = logging.getLogger(__name__)


class ConditionStore:
    """The live conditions. `clock` is asked only for how old the knowledge is."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock
        self._live = NO_CONDITIONS
        self._read_at: datetime | None = None

    def live(self, *, at_least: int = 0) -> LiveConditions:
        """Those that are live; for up to 30 seconds after a change those of before, unless a customer was judged by
        version `at_least` already."""
        now = self._clock()
        stale = self._read_at is None or not self._read_at <= now < self._read_at + FRESH
        if stale or self._live.v < at_least:
            version = self.version()
            if version != self._live.v:
                self._live = _parsed(self._items(), version)
            self._read_at = now
        return self._live

    def register(self, listener: str, rules: Mapping[str, Any]) -> int:
        """From now on `listener` keeps these conditions (name to rule as JSON) and no others; none ends all of its.

        Returns the version of the live set. A rule that stays as it was keeps what is known of everybody. Every name
        begins with the listener's. Invalid for a rule that is none, for too many, or for names that could not be told
        apart; Transient if others kept registering.
        """
        from chalicelib.segments.rule import parse

        for name, rule in rules.items():
            assert name == listener or name.startswith(f"{listener}/"), "a condition is called after its listener"
            parse(rule)
        for _ in range(_ATTEMPTS):
            version = self.version()
            standing = {item["sk"]: json.loads(item["rules"]) for item in self._items()}
            known = standing.pop(listener, {})
            _refuse(standing.values(), rules)
            kept = {name: known[name] for name, rule in rules.items() if name in known and known[name][1] == rule}
            if known == kept and kept.keys() == rules.keys():
                return version
            after = {name: kept.get(name, [version + 1, rule]) for name, rule in sorted(rules.items())}
            if self._written(listener, after, version):
                self._read_at = None
                return version + 1
        raise Transient("others kept changing what is live")

    def rules(self) -> dict[str, Any]:
        """All that are live now: name to rule, as JSON."""
        return {name: rule for item in self._items() for name, (_, rule) in json.loads(item["rules"]).items()}

    def _written(self, listener: str, rules: Mapping[str, Any], version: int) -> bool:
        item = {"pk": CONDITION, "sk": listener, "rules": json.dumps(rules), "schema_v": SCHEMA_VERSION}
        counter = {"pk": CONDITION, "sk": _VERSION, "v": version + 1, "schema_v": SCHEMA_VERSION}
        changed: Write = Put(CATALOG, item) if rules else Delete(CATALOG, CONDITION, listener)
        try:
            self._db.transact([changed, Put(CATALOG, counter, when={"v": version} if version else {"pk": ABSENT})])
        except ConditionFailed:
            return False
        return True

    def version(self) -> int:
        """The version of the live set as it is now."""
        item = self._db.get(CATALOG, CONDITION, _VERSION)
        return int(item["v"]) if item else 0

    def _items(self) -> Iterator[Item]:
        start: Item | None = None
        while True:
            page = self._db.query(CATALOG, CONDITION, after=_VERSION, start=start, consistent=True)
            yield from page.items
            start = page.next
            if start is None:
                return


def _refuse(others: Any, rules: Mapping[str, Any]) -> None:
    names = {name for held in others for name in held}
    if len(names) + len(rules) > MOST:
        raise Invalid([Problem("", f"More than {MOST} conditions would be live", "End segments or journeys first.")])
    keys = {key_of(name): name for name in names}
    for name in rules:
        other = keys.setdefault(key_of(name), name)
        if other != name:
            said = f"{name} could not be told from {other} in a customer's state"
            raise Invalid([Problem("", said, "Give one of them another name.")])


def _parsed(items: Iterator[Item], version: int) -> LiveConditions:
    """What stands there; one that a newer release wrote is passed over, and who is in it stays there."""
    from chalicelib.segments.rule import parse

    conditions, unread = list[Condition](), set[bytes]()
    for item in items:
        for name, (since, rule) in json.loads(item["rules"]).items():
            try:
                conditions.append(Condition(name, parse(rule), int(since)))
            except Invalid:
                logger.error("the condition %s cannot be read", name)
                unread.add(key_of(name))
    return LiveConditions(tuple(conditions), version, frozenset(unread))
