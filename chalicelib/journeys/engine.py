"""What the workers of journeys act through; built once per container."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.aws.queues import Queues
from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.links.family import Graph
from chalicelib.customers.prices import Prices
from chalicelib.customers.retention import Retention
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Transient
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.enrolments.store import EnrolmentStore
from chalicelib.journeys.joined import Terms, counts, move, terms_of
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.knowing import Knowing
from chalicelib.journeys.live import LiveJourneys
from chalicelib.journeys.send import Send, Status, queue_of
from chalicelib.journeys.stats.store import StatStore
from chalicelib.journeys.store import JourneyStore
from chalicelib.journeys.winning import Winning
from chalicelib.review.changes.store import ChangeStore
from chalicelib.segments.rule import Rule
from chalicelib.segments.view import View
from chalicelib.tracking.store import EventStore

_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Engine:
    """The stores, the queues and the clock of the journeys' workers."""

    live: LiveJourneys
    enrolments: EnrolmentStore
    knowing: Knowing
    changes: ChangeStore
    queues: Queues
    clock: Callable[[], datetime]
    winning: Winning
    consent: Callable[[], ConsentSettings] = ConsentSettings

    @property
    def customers(self) -> CustomerStore:
        """Where customers are kept."""
        return self.knowing.customers

    def view(self, customer: str, trigger: Mapping[str, Any], rules: Iterable[Rule] = ()) -> View | None:
        """The customer as known now; None if there is none (any more). `trigger` is what started the journey; `rules`
        are those that will be asked."""
        return self.knowing.view(customer, trigger, self.clock(), rules)

    def winners(self, journey: Journey, version: int) -> Mapping[str, str]:
        """By step, the way of a split that has won."""
        return self.winning.of(journey, version)

    def settle(self, row: Enrolment) -> Enrolment:
        """A row as it counts, after what was said of everybody inside its journey."""
        return self.live.settled(row, self.clock()).row

    def take_over(self, customer: str) -> str:
        """The customer that a subject belongs to, with all enrolments of whoever belongs to it: safe to repeat.

        One read where nobody has joined anybody.
        """
        state = self.customers.find(customer)
        if not state.has and state.rebuild is None:
            return state.customer
        for subject in Graph(self.customers.links.node).members(state.customer):
            self._take_over(state.customer, subject)
        return state.customer

    def _take_over(self, customer: str, subject: str) -> None:
        for theirs in self.enrolments.of(subject, consistent=True):
            for _ in range(_ATTEMPTS):
                if not counts(theirs):
                    break
                hers = self.enrolments.of(customer, consistent=True)
                if self.enrolments.carry_over(move(customer, hers, theirs, self._terms)):
                    break
                theirs = self.enrolments.get(subject, theirs.key) or theirs
            else:
                raise Transient("others kept moving the same enrolments")
        self.enrolments.carry_gates_over(subject, customer)

    def _terms(self, enrolment: Enrolment) -> Terms:
        return terms_of(self.live.version(enrolment.journey, enrolment.version))

    def announce(self, sends: Sequence[Send]) -> None:
        """Tell the senders, each by its own queue. A message that is lost here is found by the due index."""
        waiting = [send for send in sends if send.status is Status.PLANNED]
        for queue in resources.SENDING:
            bodies = [{"customer": send.customer, "send": send.id} for send in waiting if queue_of(send) == queue]
            if bodies:
                self.queues.send(queue, bodies)


def build(
    db: Database,
    queues: Queues,
    clock: Callable[[], datetime],
    consent: Callable[[], ConsentSettings] = ConsentSettings,
    prices: Callable[[], Prices] = Prices,
    retention: Callable[[], Retention] = Retention,
    events: EventStore | None = None,
    knowing: Knowing | None = None,
) -> Engine:
    """An engine over the tables and queues of a deployment. `consent`: what the workspace asks of consent;
    `prices`: how it reads money; `retention`: how long the ledger is kept; `events`: as the workspace keeps them;
    `knowing`: what else rules may ask."""
    stored = events or EventStore(db)
    return Engine(
        live=LiveJourneys(JourneyStore(db), clock),
        enrolments=EnrolmentStore(db, retention, stored),
        knowing=knowing or Knowing(CustomerStore(db), prices),
        changes=ChangeStore(db, stored),
        queues=queues,
        clock=clock,
        winning=Winning(StatStore(db).of, clock),
        consent=consent,
    )
