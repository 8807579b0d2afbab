"""A small deployment for tests of journeys: tables and queues in memory, a clock that is set by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib import resources, times
from chalicelib.aws.database import Database
from chalicelib.aws.queues import Queues
from chalicelib.customers.profile import Profile, Trait
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys import engine
from chalicelib.journeys.enrol import Started, follow
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.proceed import proceed
from chalicelib.journeys.send import Send
from chalicelib.journeys.store import EnrolmentStore, JourneyStore
from tests.fakes.queues import MemoryQueues
from tests.segments.people import NOW

WHO = "u#1"


class World:
    """The stores, and what a test does with them. `db` and `queues` may be faulty ones over the same contents."""

    def __init__(self, db: Database, queues: Queues | None = None) -> None:
        self.db = db
        self.queues = queues or MemoryQueues()
        self.now = NOW
        self.engine = engine.build(db, self.queues, lambda: self.now)

    def publish(self, *plans: Journey) -> None:
        """Put journeys in force, as their newest version."""
        store = JourneyStore(self.db)
        for plan in plans:
            pointer = store.put(plan.name, plan.title, plan.body(), self.now)
            store.change(pointer, self.now, version=pointer.latest, live=True)

    def pause(self, name: str) -> None:
        """Take a journey out."""
        store = JourneyStore(self.db)
        standing = store.pointer(name)
        assert standing is not None
        store.change(standing, self.now, version=standing.version, live=False)

    def customer(self, customer: str = WHO, **fields: Any) -> State:
        """Store somebody; `fields` of State, and traits."""
        traits = fields.pop("traits", {})
        store = CustomerStore(self.db)
        standing = store.load(customer)
        state = replace(standing, v=standing.v + 1, **{"stage": "new", "stage_since": NOW, "cause": "first", **fields})
        store.save(state)
        if traits:
            held = {name: Trait(value, NOW, "m") for name, value in traits.items()}
            store.save_profile(Profile(customer, held, store.profile(customer).v))
        return state

    def identified(self, customer: str = WHO, at: datetime | None = None) -> list[Started]:
        """Deliver the outbox of somebody who has just become known."""
        return self.effect({"id": "identified", "kind": "identified"}, customer, at)

    def effect(self, said: dict[str, Any], customer: str = WHO, at: datetime | None = None) -> list[Started]:
        """Deliver one effect, of now unless `at` is given."""
        state = CustomerStore(self.db).load(customer)
        told = replace(state, fx=({"at": times.text(at or self.now), **said},))
        return follow({**told.to_item()}, self.engine)

    def stage(self, to: str, cause: str = "event", v: int = 1, customer: str = WHO) -> list[Started]:
        """Deliver a change of stage."""
        said = {"id": f"stage#{v}#0", "kind": "stage", "from": "repeat", "to": to, "cause": cause}
        return self.effect({**said, "since": times.text(self.now)}, customer)

    def walk(self, until: datetime) -> list[str]:
        """Tick until then, and walk whatever is due; time ends there."""
        self.now = until
        shards = {item["due_shard"] for item in self._due()}
        return [
            outcome
            for shard in sorted(shards)
            for outcome in proceed({"shard": shard, "until": times.text(until)}, self.engine)
        ]

    def sends(self, customer: str = WHO) -> list[Send]:
        """The ledger of somebody, by time."""
        return [Send.from_item(item) for item in self.db.query(resources.SENDS, customer).items]

    def steps(self, customer: str = WHO) -> list[str]:
        """What was decided to be sent."""
        return [send.step for send in self.sends(customer)]

    def enrolments(self, customer: str = WHO) -> EnrolmentStore:
        """The store."""
        return EnrolmentStore(self.db)

    def _due(self) -> list[dict[str, Any]]:
        return [item for item in self.db.scan(resources.ENROLMENTS).items if "due_shard" in item]
