"""A deployment that keeps events for half a year, whose time passes, and somebody who browses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.database import Database
from chalicelib.customers.base import Base
from chalicelib.customers.base.store import BaseStore
from chalicelib.customers.facts import Facts
from chalicelib.customers.shards import due_shard
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.resources import CUSTOMERS, EVENTS
from chalicelib.review.due import Reviewer
from chalicelib.review.store import DueIndex, EventLog
from chalicelib.tracking.event import Event, from_item
from tests.customers.events import DAY, event, order
from tests.review.world import RULES, World

A_DAY = timedelta(days=1)
KEPT = 180
RULED = replace(RULES, days_kept=KEPT)

SUBJECTS: list[dict[str, Any]] = [
    {"user_id": "ann"},
    {"user_id": None, "anonymous_id": "x"},
    {"user_id": None, "anonymous_id": "y"},
]


class Years(World):
    """A deployment that keeps events for half a year, and whose time passes."""

    def live(self, events: Sequence[Event]) -> None:
        """Events arrive, one batch a day; whoever falls due on the way is reviewed."""
        days: dict[int, list[Event]] = {}
        for each in sorted(events, key=lambda each: each.received_at):
            days.setdefault(each.received_at.toordinal(), []).append(each)
        for batch in days.values():
            self.until(batch[0].received_at)
            self.now = max(self.now, batch[-1].received_at)
            self.project(self.store(batch), rules=RULED)

    def until(self, moment: datetime) -> None:
        """Time passes, and everybody is reviewed on their date."""
        for _ in range(1_000):
            dates = [state.due_at for state in self.states() if state.due_at is not None]
            first = min(dates, default=None)
            if first is None or first > moment:
                self.now = max(self.now, moment)
                return
            self.now = max(self.now, first)
            self.reviewed()
        pytest.fail("somebody is due again and again")

    def reviewed(self, db: Database | None = None) -> None:
        """Whoever is due is reviewed."""
        db = db or self.db
        for shard in sorted({due_shard(state.customer) for state in self.states()}):
            Reviewer(
                CustomerStore(db), EventLog(db), DueIndex(db), self.queues, lambda: RULED, lambda: self.now
            ).review({"shard": shard, "until": self.now.isoformat()})

    def states(self) -> list[State]:
        """Every customer, and everybody joined to one."""
        return [State.from_item(item) for item in self.db.items(CUSTOMERS) if item["sk"] == "state"]

    def left(self) -> list[Event]:
        """The events that are stored."""
        return [from_item(item) for item in self.db.items(EVENTS)]

    def bases(self, subject: str = "u#ann") -> list[Base]:
        """The bases of a subject."""
        return list(BaseStore(self.db).of(subject, [subject]).each)

    def agrees(self) -> None:
        """`rebuild --check` finds nothing, of anybody."""
        for state in self.states():
            assert self.check(state.customer) == [], state.customer


def browsing(days: int, every: int = 3, subject: dict[str, Any] | None = None, first: datetime = DAY) -> list[Event]:
    """Visits of a few pages each, received as they happened, for so many days; now and then something is bought."""
    events = []
    whose = subject or {}
    for day in range(0, days, every):
        at = first + timedelta(days=day)
        page = {"page": {"url": "https://shop.example/?utm_source=news&utm_medium=email"}}
        for minute in range(0, 40, 20):
            moment = at + timedelta(minutes=minute)
            name = ("Page", "Product Viewed", "Product Added")[(day + minute) // every % 3]
            given_ = {"properties": {"product_id": f"p{day % 7}", "category": "Shoes", "price": "20"}, "context": page}
            events.append(event(name, moment, message_id=f"{whose}{moment}", received_at=moment, **(given_ | whose)))
        if day % 60 == 0:
            bought = order(f"{whose}{day}", at + timedelta(minutes=30), received_at=at + timedelta(minutes=30), **whose)
            events.append(bought)
    return events


def but_intents(facts: Facts) -> Facts:
    return replace(facts, intents=Facts().intents)
