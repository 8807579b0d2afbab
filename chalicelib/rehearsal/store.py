"""What a rehearsal reads: a customer with everything stored of it, and what would be in force. It writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.aws.database import Database, Item
from chalicelib.catalog.store import DefinitionStore
from chalicelib.customers.accounts.account import as_rules_see
from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.home import Home
from chalicelib.customers.links.family import Graph, TooWide
from chalicelib.customers.prices import Prices
from chalicelib.customers.standing import SETTING, Settings
from chalicelib.customers.state import STATE, State
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.enrolments.store import EnrolmentStore
from chalicelib.journeys.journey import Journey, Live, parse
from chalicelib.journeys.live import LiveJourneys
from chalicelib.journeys.publish import Missing
from chalicelib.journeys.store import JourneyStore, TemplateStore
from chalicelib.journeys.template import Template
from chalicelib.lifecycle.sample.store import Sampler
from chalicelib.messages.ledger import CLAIMABLE
from chalicelib.messages.permission.setting import Permission
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.store import SendStore
from chalicelib.rehearsal.everybody import Round
from chalicelib.rehearsal.known import Known
from chalicelib.rehearsal.plan import Plan, in_order
from chalicelib.rehearsal.standin import StandIn
from chalicelib.resources import CUSTOMERS
from chalicelib.review.advance import Rules
from chalicelib.review.store import EventLog
from chalicelib.segments.fields import is_name
from chalicelib.tracking.event import Event

LOOKED_AT: Final = 1_000
"""Customers from whom it is told how many there are."""
MOST_WAITING: Final = 50
"""Rows of the ledger, the newest, among which those are sought that still wait."""


class Archive:
    """Reads for rehearsals. What concerns everybody is read once by whoever makes one; of customers nothing is kept."""

    def __init__(self, db: Database, now: datetime) -> None:
        self._db = db
        self._customers = CustomerStore(db)
        self._enrolments = EnrolmentStore(db)
        self._situations = SituationStore(db)
        self._sends = SendStore(db)
        self._log = EventLog(db)
        self._settings = Settings(DefinitionStore(db, SETTING), lambda: now)
        self._live = LiveJourneys(JourneyStore(db), lambda: now)
        self._prices = Prices.standing(self._settings)

    def draft(self, name: str, version: int | None = None) -> Live:
        """A version of a journey, published or not; without `version` the newest. Missing, or Invalid for one that this
        code cannot read."""
        store = JourneyStore(self._db)
        pointer = store.pointer(name) if is_name(name) else None
        if pointer is None:
            raise Missing("journey", f"There is no journey {name}.")
        body = store.body(name, version or pointer.latest)
        if body is None:
            raise Missing("version", f"The journey {name} has no version {version}; the newest is {pointer.latest}.")
        return Live(parse(body), version or pointer.latest)

    def plan(
        self,
        draft: Live | None,
        rules: Rules,
        since: datetime,
        until: datetime,
        *,
        exactly: bool = False,
        alone: bool = False,
    ) -> Plan:
        """What would be in force: the draft in the place of the version that is live, beside what else is live; or,
        `alone`, nothing else."""
        live = {} if alone else {one.journey.name: one for one in self._live.all()}
        if draft is not None:
            live[draft.journey.name] = draft
        journeys = in_order(live.values())
        templates = self.templates(one.journey for one in journeys)
        consent = self._settings.get(ConsentSettings)
        policy = self._settings.get(Permission).policy(zone=self._settings.get(Home).zone)
        return Plan(journeys, templates, rules, since, until, consent, self._prices, policy, exactly=exactly)

    def templates(self, journeys: Iterable[Journey]) -> dict[str, Template]:
        """The templates that journeys send, in the versions that are current; without those that nobody has put."""
        store = TemplateStore(self._db)
        names = sorted({name for journey in journeys for name in journey.templates})
        found = {name: store.template(name) for name in names}
        return {name: template for name, template in found.items() if template is not None}

    def round(self, seed: str) -> Round:
        """A round over everybody, in parts; costs a look at about a thousand."""
        return Round.of(Sampler(self._db, seed).sample(LOOKED_AT, lambda state: True).customers, seed)

    def customers(self, round: Round) -> Iterator[str]:
        """The customers of the part that is next in a round."""
        start: Item | None = None
        while True:
            page = self._db.scan(CUSTOMERS, segment=round.part, segments=round.parts, start=start, sk=STATE)
            yield from (str(item["pk"]) for item in page.items if "stage" in item and "join" not in item)
            start = page.next
            if start is None:
                return

    def known(self, customer: str) -> Known:
        """Everything stored of a customer, and of every subject that belongs to it."""
        subjects = self._subjects(customer)
        events = [event for subject in subjects for event in self._log.of(subject) if isinstance(event, Event)]
        bases = self._customers.bases.of(customer, subjects)  # after the events: what is sealed meanwhile is in both
        return Known(customer, events, bases, self._account(self._customers.load(customer)))

    def as_it_stands(self, known: Known) -> StandIn:
        """The double of a customer as it is now, inside what it is inside of."""
        customer = known.customer
        state = replace(self._customers.load(customer), fx=())
        double = StandIn(state, self._customers.profile(customer), known.account, list(known.events))
        double.enrolments = {each.key: each for each in self._enrolments.of(customer)}
        for row in double.enrolments.values():
            double.entries[row.journey] = max(row.entered_at, double.entries.get(row.journey, row.entered_at))
        waiting = (row for row in self._sends.of(customer, limit=MOST_WAITING) if row.status in CLAIMABLE)
        double.sends = {row.id: row for row in waiting}
        double.window = self._situations.permit(customer).sent
        return double

    def _account(self, state: State) -> dict[str, object]:
        account = self._customers.accounts.of(state.facts)
        return dict(as_rules_see(account, self._prices)) if account else {}

    def _subjects(self, customer: str) -> list[str]:
        try:
            return [customer, *Graph(self._customers.links.node).members(customer)]
        except TooWide:  # more than one person can be: only what is surely hers
            return [customer]
