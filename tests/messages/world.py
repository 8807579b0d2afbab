"""A deployment's sending side in memory: tables, queues, a mailbox, a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.aws.http import Http
from chalicelib.aws.mail import Mailer
from chalicelib.aws.queues import Queues
from chalicelib.customers.facts import Consent, Facts, Suppression
from chalicelib.customers.profile import Profile, Trait
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.send import Send
from chalicelib.journeys.store import TemplateStore
from chalicelib.journeys.template import Template
from chalicelib.messages import dispatch
from chalicelib.messages.brake.store import BrakeStore
from chalicelib.messages.calls import SignedCalls, TaskList
from chalicelib.messages.channels import Sender
from chalicelib.messages.dispatcher import Dispatcher
from chalicelib.messages.feedback import Desk
from chalicelib.messages.permission import Policy
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.store import SendStore
from chalicelib.messages.templates import CurrentTemplates
from chalicelib.tracking.store import EventStore, ParkedStore
from tests.fakes.database import MemoryDatabase
from tests.fakes.http import MemoryHttp
from tests.fakes.mail import MemoryMail
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets
from tests.messages.samples import DAY, NOW, send, template

TEMPLATES = (template(), template(**{"name": "receipt", "class": "transactional"}))
SENDER = Sender("Shop <hello@shop.example>", "perennial-test")


def dispatcher(
    db: Database,
    queues: Queues,
    mail: Mailer,
    clock: Callable[[], datetime],
    token: Callable[[], str],
    policy: Policy,
    turn: Callable[[str], float] = lambda channel: 0.0,
    http: Http | None = None,
) -> Dispatcher:
    calls = SignedCalls(http or MemoryHttp(), lambda: ("newest", "previous"), clock)
    return Dispatcher(
        sends=SendStore(db),
        situations=SituationStore(db),
        templates=CurrentTemplates(db, clock),
        queues=queues,
        secrets=MemorySecrets(),
        gateways={"email": mail, "webhook": calls, "task": TaskList(), "onsite": TaskList()},
        sender=SENDER,
        policy=lambda: policy,
        postal_address="1 High Street, Bath",
        clock=clock,
        token=token,
        turn=turn,
        brake=BrakeStore(db, clock).current,
    )


@dataclass
class World:
    """`db` and `mail` may be replaced by ones that fail. The templates here say the same each time, and may."""

    db: Database = field(default_factory=MemoryDatabase)
    mail: MemoryMail = field(default_factory=MemoryMail)
    queues: MemoryQueues = field(default_factory=MemoryQueues)
    policy: Policy = field(default_factory=lambda: Policy(repeat_after=None))
    now: datetime = NOW
    turn: Callable[[], float] = lambda: 0.0
    http: MemoryHttp = field(default_factory=MemoryHttp)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.dispatcher = dispatcher(
            self.db,
            self.queues,
            self.mail,
            lambda: self.now,
            lambda: f"owner-{next(numbers)}",
            self.policy,
            lambda channel: self.turn(),
            self.http,
        )
        self.desk = Desk(SendStore(self.db), EventStore(self.db), ParkedStore(self.db), lambda: self.now)
        for each in TEMPLATES:
            self.publish(each)

    def publish(self, each: Template) -> None:
        """Put a template in force."""
        publish(self.db, each)

    def customer(
        self, id: str = "u#ada", *, consent: bool | None = True, suppressed: str | None = None, **traits: Any
    ) -> None:
        """Somebody with an address, or with these traits instead."""
        joins(self.db, id, consent=consent, suppressed=suppressed, **traits)

    def says(self, id: str = "u#ada", *, consent: bool | None = True, suppressed: str | None = None) -> None:
        """The customer's permission changes, as the projector changes it."""
        says(self.db, id, consent=consent, suppressed=suppressed)

    def with_(self, **changes: Any) -> None:
        """Senders that act through something else."""
        self.dispatcher = replace(self.dispatcher, **changes)

    def plan(self, row: Send) -> Send:
        self.db.put(resources.SENDS, row.to_item())
        return row

    def row(self, row: Send) -> Send:
        found = SendStore(self.db).get(row.customer, row.id)
        assert found is not None
        return found

    def dispatch(self, row: Send) -> dispatch.Outcome:
        return dispatch.dispatch(row.customer, row.id, self.dispatcher)

    def wait(self, span: timedelta) -> None:
        self.now += span


def publish(db: Database, each: Template) -> None:
    """Put a template in force."""
    TemplateStore(db).put(each.name, each.name, each.body(), NOW, in_force=True)


def joins(db: Database, id: str, *, consent: bool | None = True, suppressed: str | None = None, **traits: Any) -> None:
    """Somebody with an address, or with these traits instead, comes to be known."""
    given = {"email": f"{id.removeprefix('u#')}@example.com", "first_name": "Ada", **traits}
    held = {name: Trait(value, NOW, "m") for name, value in given.items()}
    customers = CustomerStore(db)
    customers.save_profile(Profile(id, held))
    customers.save(State(id, v=1, stage="lead", facts=facts(consent, suppressed)), permission_changed=True)


def says(db: Database, id: str, *, consent: bool | None = True, suppressed: str | None = None) -> None:
    """A customer's permission changes, as the projector changes it."""
    customers = CustomerStore(db)
    state = customers.load(id)
    customers.save(replace(state, v=state.v + 1, facts=facts(consent, suppressed)), permission_changed=True)


def facts(consent: bool | None, suppressed: str | None = None) -> Facts:
    said = {} if consent is None else {"email": Consent(consent, NOW - DAY, "m")}
    blocked = {} if suppressed is None else {"email": Suppression(suppressed, NOW - DAY)}  # type: ignore[arg-type]
    return Facts(consent=said, suppressed=blocked)


def world(**changes: Any) -> tuple[World, Send]:
    """A world with one customer who agreed to marketing and one planned mail."""
    made = World(**changes)
    made.customer()
    return made, made.plan(send())
