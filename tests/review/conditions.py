"""A world in which conditions are live, and somebody listens to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.aws.database import Database
from chalicelib.aws.streams import Record
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.stage import DEFAULT, Parameters
from chalicelib.review.advance import Rules
from chalicelib.review.due import Reviewer
from chalicelib.review.project import Projector, Report
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.rescore import Outcome, rescore
from chalicelib.review.store import DueIndex, EventLog, ParkedEvents
from chalicelib.review.survey import Survey
from chalicelib.segments.conditions import HEARD, Segments
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.segments.history import History
from chalicelib.segments.match import holds
from chalicelib.segments.need import Need
from chalicelib.segments.rule import parse
from chalicelib.segments.view import view_of
from chalicelib.tracking.event import Event
from tests.review.world import NOW, World


class Conditioned(World):
    """`live`: name of a segment to its rule. reads: what conditions asked for, as (subjects, names)."""

    def __init__(self, live: Mapping[str, Any] | None = None, now: datetime = NOW) -> None:
        super().__init__(now)
        self.store_of_conditions = ConditionStore(self.db, lambda: self.now)
        self.reads: list[tuple[list[str], list[str]]] = []
        self.parameters: Parameters = DEFAULT
        for name, rule in (live or {}).items():
            self.publish(name, rule)

    def publish(self, name: str, rule: Any) -> None:
        """A segment, in force at once; None ends it."""
        rules = {} if rule is None else {f"segment/{name}": rule}
        self.store_of_conditions.register(f"segment/{name}", rules)

    def rules(self) -> Rules:
        names = self.store_of_conditions.rules()
        live = self.store_of_conditions.live()
        return Rules(self.parameters, frozenset(HEARD + name for name in names), conditions=live)

    def survey(self, db: Database | None = None) -> Survey:
        def read(subjects: Sequence[str], need: Need) -> History:
            self.reads.append((list(subjects), sorted(need.names)))
            stored = (each for subject in subjects for each in EventLog(self.db).of(subject))
            return History.of((each for each in stored if isinstance(each, Event)), need.names, need.since)

        return Survey(CustomerStore(db or self.db), read, lambda v: self.store_of_conditions.live(at_least=v))

    def project(self, records: Sequence[Record], db: Database | None = None, rules: Rules | None = None) -> Report:
        db, rules = db or self.db, rules or self.rules()
        parked, survey = ParkedEvents(db), self.survey(db)
        projector = Projector(CustomerStore(db), EventLog(db), parked, lambda: rules, workers=1, survey=survey)
        return projector.project(records, self.now)

    def come(self, *events: Event, at: datetime | None = None) -> Report:
        """These events arrive, now or at another moment."""
        self.now = at or max([self.now, *(event.received_at for event in events)])
        return self.project(self.store(events))

    def look(self, at: datetime, customer: str = "u#ann") -> Report:
        """The worker of the due index comes to the customer's shard."""
        self.now = at
        db, rules = self.db, self.rules()
        reviewer = Reviewer(
            CustomerStore(db),
            EventLog(db),
            DueIndex(db),
            self.queues,
            lambda: rules,
            lambda: self.now,
            self.survey(),
        )
        from chalicelib.customers.shards import due_shard

        return reviewer.review({"shard": due_shard(customer), "until": at.isoformat()})

    def rebuild(self, customer: str = "u#ann", db: Database | None = None) -> None:
        db = db or self.db
        Rebuilder(CustomerStore(db), EventLog(db), self.survey(db)).rebuild(customer, self.rules(), self.now)

    def check(self, customer: str = "u#ann") -> list[str]:
        return self._differences(
            Rebuilder(CustomerStore(self.db), EventLog(self.db), self.survey()), customer, self.rules()
        )

    def rejudge(self, customer: str = "u#ann") -> Outcome:
        """What the job does to everybody after something was published."""
        customers = CustomerStore(self.db)
        return rescore(customers.load(customer), self.rules(), customers, self.now, self.survey())

    def segments(self, customer: str = "u#ann") -> set[str]:
        """The segments that the customer is in."""
        held = Segments(self.state(customer).memberships)
        names = {name.removeprefix("segment/") for name in self.store_of_conditions.rules()}
        return {name for name in names if name in held}

    def turns(self) -> list[tuple[str, str, str]]:
        """What was told of segments: `+vip`, the cause, the time of it."""
        said = [effect for effect in self.effects().values() if effect["kind"] == "condition"]
        return [
            (f"{'+' if one['entered'] else '-'}{one['name'].removeprefix('segment/')}", one["cause"], one["at"])
            for one in said
        ]

    def from_scratch(self, customer: str = "u#ann") -> set[str]:
        """The segments by asking every rule now, of all that is stored."""
        state, live = self.state(customer), self.store_of_conditions.live()
        stored = History.of(each for each in EventLog(self.db).of(customer) if isinstance(each, Event))
        inside = set[str]()
        for condition in live.conditions:
            view = view_of(
                state,
                CustomerStore(self.db).profile(customer),
                {},
                segments=inside,
                history=History(None, None, stored.deeds),
                parameters=self.parameters,
            )
            if holds(condition.rule, view, self.now):
                inside.add(str(condition.segment))
        return inside


def rule(raw: Any) -> Any:
    """Checked to be one."""
    parse(raw)
    return raw
