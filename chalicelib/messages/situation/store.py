"""Reads a customer's situation from the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Any

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.customers import do_not_call as numbers
from chalicelib.customers import suppression
from chalicelib.customers.accounts.account import as_rules_see
from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.do_not_call import PHONE
from chalicelib.customers.do_not_call.store import DoNotCall
from chalicelib.customers.facts import Facts
from chalicelib.customers.prices import NO_PRICES, Prices
from chalicelib.customers.state import State
from chalicelib.customers.store import PERMIT, CustomerStore
from chalicelib.journeys import confirm
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.send import Send
from chalicelib.journeys.store import EnrolmentStore
from chalicelib.messages import rivals
from chalicelib.messages.locale.reader import wanted
from chalicelib.messages.permission import Permit, Reaches, Recipient, Sent, Waiting
from chalicelib.messages.permission.people import MOST_ASKED
from chalicelib.messages.situation import (
    Person,
    Situation,
    cancels,
    described,
    properties_of,
    reached_at,
    recipient,
)
from chalicelib.messages.store import SendStore
from chalicelib.tracking import contact


class SituationStore:
    """Reads all that permission and rendering ask for. Nothing here is cached.

    settle: an enrolment as it counts, after what publications and stops have said of everybody inside its journey.
    """

    def __init__(self, db: Database, settle: Callable[[Enrolment], Enrolment] = lambda row: row) -> None:
        self._db = db
        self._settle = settle
        self._customers = CustomerStore(db)
        self._do_not_call = DoNotCall(db)
        self._enrolments = EnrolmentStore(db)
        self._sends = SendStore(db)

    def read(
        self,
        row: Send,
        reaches: Reaches | None,
        settings: ConsentSettings,
        pii: Sequence[str],
        asks: Collection[str] = (),
        prices: Prices = NO_PRICES,
        zone: tzinfo = UTC,
        person: Person | None = None,
    ) -> Situation:
        """The situation of a row's customer. `reaches`: how the message reaches the customer, None if it does not;
        `pii`: the secrets under which suppressed addresses are kept; `asks`: what the template asks for, of which the
        account costs a read; `zone`: the workspace's; `person`: who was read already."""
        if row.test is not None:
            return self._of_test(row, row.test, settings, pii, prices)
        permit, state, traits, doubted, enrolment = person or self.person(row)
        address = reached_at(reaches, traits) if reaches else None
        marks = suppression.marks(pii, reaches.channel, address) if reaches and reaches.trait and address else ()
        left = self._customers.suppressed(marks) if marks else None
        whom = recipient(row, reaches, address, state, traits, settings, left, zone, doubted)
        return Situation(
            permit=permit,
            recipient=self._asked(row, self._called(whom, pii, state), pii),
            traits=traits,
            state=state,
            event=properties_of(enrolment),
            cancelled=enrolment is not None and cancels(enrolment, row),
            topic=described(row, settings, traits),
            account=self._account(state.facts, prices) if "account" in asks else None,
            wanted=wanted(traits),
        )

    def _called(self, of: Recipient, pii: Sequence[str], state: State) -> Recipient:
        """Whom a person would call: on the list of numbers that nobody is to call is as good as having said no."""
        if of.channel != PHONE or not of.address:
            return of
        listed = self._do_not_call.find(numbers.marks(pii, of.address))
        return replace(of, consent="withdrawn") if listed and listed.stands(state.facts) else of

    def _asked(self, row: Send, of: Recipient, pii: Sequence[str]) -> Recipient:
        """Of whom a text message asks to confirm: how often the number was asked before on this day. Forms are public,
        so visitors by the dozen may enter one; the rows by which they were asked have ids that can be told."""
        number = contact.phone(of.address) if row.confirms and of.channel == "sms" else None
        if number is None:
            return of
        people = CustomerStore(self._db, lambda: pii).known_by(("phone", number))
        rows = (
            self._sends.get(customer, confirm.row_id(customer, to, row.planned_at))
            for customer in people
            for to in self._customers.load(customer).facts.asked
            if confirm.is_text(to)
        )
        left = (found for found in rows if found is not None and found.claimed_at and found.id != row.id)
        return replace(of, asked=len(list(islice(left, MOST_ASKED))))

    def person(self, row: Send) -> Person:
        """What is the same whatever the channel."""
        permit = self.permit(row.customer)
        state = self._customers.find(row.customer)
        if state.customer != row.customer:  # it turned out to be somebody else's, who has the say
            permit = replace(self.permit(state.customer), customer=state.customer)
            state = self._customers.load(state.customer)
        profile = self._customers.profile(state.customer)
        return Person(permit, state, profile.values, profile.doubted, self._enrolment(row, state.customer))

    def _of_test(
        self,
        row: Send,
        test: Mapping[str, Any],
        settings: ConsentSettings,
        pii: Sequence[str],
        prices: Prices,
    ) -> Situation:
        """A customer's situation, but for the address: nothing about the customer decides, and nothing changes."""
        state = self._customers.find(test["as"]) if "as" in test else State(row.customer)
        traits = self._customers.profile(state.customer).values if "as" in test else {}
        left = self._customers.suppressed(suppression.marks(pii, row.channel, test["to"]))
        return Situation(
            permit=self.permit(row.customer),
            recipient=Recipient(test["to"], suppression=left.undeliverable if left else None, channel=row.channel),
            traits=traits,
            state=state,
            event={},
            cancelled=False,
            topic=described(row, settings, traits),
            account=self._account(state.facts, prices),
            wanted=test.get("locale") or wanted(traits),
        )

    def _account(self, facts: Facts, prices: Prices) -> Mapping[str, Any] | None:
        account = self._customers.accounts.of(facts)
        return None if account is None else as_rules_see(account, prices)

    def cancelled(self, row: Send, customer: str) -> bool:
        """Whether the customer has left the journey, or reached its goal, since a message was planned."""
        enrolment = self._enrolment(row, customer)
        return enrolment is not None and cancels(enrolment, row)

    def _enrolment(self, row: Send, customer: str) -> Enrolment | None:
        """The enrolment that planned the row, as whoever it goes on."""
        enrolment = self._enrolments.get(row.customer, row.enrolment)
        if enrolment is not None and enrolment.became:
            enrolment = self._enrolments.get(customer, enrolment.became) or enrolment
        return None if enrolment is None else self._settle(enrolment)

    def first(self, row: Send, priorities: Mapping[str, int], now: datetime) -> tuple[Waiting, ...]:
        """The messages that go before a row's: one query, and only if some live journey goes before its own."""
        if not rivals.outranked(row, priorities):
            return ()
        page = self._db.query(resources.SENDS, row.customer, descending=True, limit=rivals.LOOKED_AT, consistent=True)
        return rivals.first(row, map(Send.from_item, page.items), priorities, now)

    def permit(self, customer: str) -> Permit:
        """The customer's permit, as it is now."""
        item = self._db.get(resources.CUSTOMERS, customer, PERMIT)
        if item is None:
            return Permit()
        return Permit(int(item["version"]), {key: Sent.of(text) for key, text in (item.get("sent") or {}).items()})
