"""A small deployment for tests: the tables in memory, the stream in the test's hands, and an auditor.

The auditor shares nothing with the projector but the fold: it reads what is stored and what left by the outbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.database import Database
from chalicelib.aws.streams import Record, new_images
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.resources import CUSTOMERS, EVENTS, WORK
from chalicelib.review.advance import Rules
from chalicelib.review.due import Reviewer
from chalicelib.review.project import Projector, Report
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.store import DueIndex, EventLog, ParkedEvents
from chalicelib.tracking.event import Event, from_item
from chalicelib.tracking.store import EventStore
from tests.customers.events import DAY
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues

NOW = DAY + timedelta(hours=1)
RULES = Rules(DEFAULT, frozenset({"Product Added", "Order Completed"}))


class World:
    """One deployment. `now` is its clock, in the test's hands too."""

    def __init__(self, now: datetime = NOW) -> None:
        self.db = MemoryDatabase()
        self.queues = MemoryQueues()
        self.now = now

    def store(self, events: Iterable[Event]) -> list[Record]:
        """Store events as tracking does; the records with which the stream tells of those that are new."""
        before = len(self.db.changes)
        EventStore(self.db).store(events)
        return new_images(self.db.stream(EVENTS, before))

    def project(self, records: Sequence[Record], db: Database | None = None, rules: Rules = RULES) -> Report:
        """One batch to one worker, which may see another database than the others do."""
        db = db or self.db
        projector = Projector(CustomerStore(db), EventLog(db), ParkedEvents(db), lambda: rules, workers=1)
        return projector.project(records, self.now)

    def rebuild(self, customer: str = "u#ann", db: Database | None = None) -> None:
        """Rebuild one customer."""
        db = db or self.db
        Rebuilder(CustomerStore(db), EventLog(db)).rebuild(customer, RULES, self.now)

    def review(self, shard: str, until: datetime | None = None, db: Database | None = None) -> Report:
        """One message of the tick to one worker."""
        db = db or self.db
        reviewer = Reviewer(CustomerStore(db), EventLog(db), DueIndex(db), self.queues, lambda: RULES, lambda: self.now)
        return reviewer.review({"shard": shard, "until": (until or self.now).isoformat()})

    def state(self, customer: str = "u#ann") -> State:
        """What is kept of a customer."""
        return CustomerStore(self.db).load(customer)

    def check(self, customer: str = "u#ann") -> list[str]:
        """What `rebuild --check` finds."""
        return self._differences(Rebuilder(CustomerStore(self.db), EventLog(self.db)), customer, RULES)

    def _differences(self, rebuilder: Rebuilder, customer: str, rules: Rules) -> list[str]:
        found = rebuilder.check(customer, rules, self.now)
        return [f"{each.what}: {each.kept} != {each.folded}" for each in found]

    def stored(self, customer: str = "u#ann") -> list[Event]:
        """The events in the table."""
        return [from_item(item) for item in self.db.items(EVENTS) if item["pk"] == customer]

    def parked(self) -> list[dict[str, Any]]:
        """What could not be counted."""
        return self.db.items(WORK)

    def effects(self) -> dict[str, dict[str, Any]]:
        """All that ever left by the outbox, by customer and id. Fails if one id was said in two ways."""
        said: dict[str, dict[str, Any]] = {}
        for change in self.db.changes:
            if change.table == CUSTOMERS and change.new is not None and "fx" in change.new:
                for effect in json.loads(change.new["fx"]):
                    key = f"{change.new['pk']} {effect['id']}"
                    assert said.setdefault(key, effect) == effect, f"{key} was altered"
        return said

    def audit(self, customer: str = "u#ann") -> None:
        """The facts equal the fold, every message id is stored once, every watched event left once, and the chain
        of stages has no gap."""
        stored = self.stored(customer)
        assert len({event.message_id for event in stored}) == len(stored), "a twin is left"
        state = self.state(customer)
        assert state.facts == fold(Facts(), stored)
        assert self.check(customer) == []
        heard = {f"{customer} event#{event.message_id}" for event in stored if event.name in RULES.watched}
        mine = {key: effect for key, effect in self.effects().items() if key.startswith(f"{customer} ")}
        assert {key for key, effect in mine.items() if effect["kind"] == "event"} == heard
        self._audit_stages([effect for effect in mine.values() if effect["kind"] == "stage"], state)

    def _audit_stages(self, changes: list[dict[str, Any]], state: State) -> None:
        stage = None
        for change in changes:
            assert change["from"] == stage, "a change of stage was lost"
            assert change["to"] != stage
            stage = change["to"]
        assert state.stage == stage
