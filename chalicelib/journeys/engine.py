"""What the workers of journeys act through; built once per container."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.aws.queues import Queues
from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.live import LiveJourneys
from chalicelib.journeys.send import Send
from chalicelib.journeys.store import EnrolmentStore, JourneyStore
from chalicelib.segments.view import View, view_of


@dataclass(frozen=True)
class Engine:
    """The stores, the queues and the clock of the journeys' workers."""

    live: LiveJourneys
    enrolments: EnrolmentStore
    customers: CustomerStore
    queues: Queues
    clock: Callable[[], datetime]
    consent: Callable[[], ConsentSettings] = ConsentSettings

    def view(self, customer: str, trigger: Mapping[str, Any]) -> View | None:
        """The customer as known now; None if there is none (any more). `trigger` is what started the journey."""
        state = self.customers.load(customer)
        return view_of(state, self.customers.profile(customer), trigger) if state.v else None

    def announce(self, sends: Sequence[Send]) -> None:
        """Tell the senders, each class by its own queue. A message that is lost here is found by the due index."""
        for queue, message_class in ((resources.TRANSACTIONAL, "transactional"), (resources.JOURNEYS, "marketing")):
            bodies = [
                {"customer": send.customer, "send": send.id} for send in sends if send.message_class == message_class
            ]
            if bodies:
                self.queues.send(queue, bodies)


def build(
    db: Database,
    queues: Queues,
    clock: Callable[[], datetime],
    consent: Callable[[], ConsentSettings] = ConsentSettings,
) -> Engine:
    """An engine over the tables and queues of a deployment. `consent`: what the workspace asks of consent."""
    live = LiveJourneys(JourneyStore(db), clock)
    return Engine(live, EnrolmentStore(db), CustomerStore(db), queues, clock, consent)
