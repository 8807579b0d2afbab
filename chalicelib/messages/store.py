"""The ledger in its table, and everything that is read about a customer before a message leaves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from enum import Enum
from typing import Any, Final, NamedTuple

from chalicelib import resources, times
from chalicelib.aws.database import (
    ABSENT,
    Check,
    ConditionFailed,
    Database,
    Item,
    Page,
    Update,
    When,
)
from chalicelib.customers import devices, suppression
from chalicelib.customers import do_not_call as numbers
from chalicelib.customers.accounts.account import as_rules_see
from chalicelib.customers.consent import ConsentSettings, key_of, said_in
from chalicelib.customers.do_not_call import PHONE
from chalicelib.customers.do_not_call.store import DoNotCall
from chalicelib.customers.facts import Facts
from chalicelib.customers.frequency import wished
from chalicelib.customers.prices import NO_PRICES, Prices
from chalicelib.customers.state import State
from chalicelib.customers.store import PERMIT, CustomerStore
from chalicelib.customers.suppression import Suppressed
from chalicelib.errors import Transient
from chalicelib.journeys.enrolment import Enrolment, takes_back
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.store import EnrolmentStore
from chalicelib.messages import rivals, trial
from chalicelib.messages.locale.reader import wanted
from chalicelib.messages.permission import Permit, Reaches, Recipient, Sent, Waiting
from chalicelib.messages.permission.whose import zones_of

_ATTEMPTS: Final = 3


class Claim(Enum):
    """How an attempt to claim a row ended."""

    MINE = "mine"
    TAKEN = "taken"  # by another worker, or ended: there is nothing left to do
    MOVED = "moved"  # what was read no longer holds: read again and ask again


class Person(NamedTuple):
    """What is known of a customer whatever the channel. permit: read before all the rest."""

    permit: Permit
    state: State
    traits: Mapping[str, Any]
    enrolment: Enrolment | None


@dataclass(frozen=True)
class Situation:
    """What is known of a customer at the moment a message is about to leave.

    topic:     what the message is about (or asks to confirm), in the customer's language: key, title, description,
               wording; empty for no topic.
    permit:    read before all the rest: whatever changes afterwards changes its version, and the claim fails.
    state:     facts, stage and their dates.
    account:   what rules and templates see of the account that the customer belongs to; None for none, and where the
               template does not ask.
    wanted:    the locale that the customer reads, as the traits say it.
    cancelled: the customer left the journey after the message was planned.
    """

    permit: Permit
    recipient: Recipient
    traits: Mapping[str, Any]
    state: State
    event: Mapping[str, Any]
    cancelled: bool
    topic: Mapping[str, str]
    account: Mapping[str, Any] | None = None
    wanted: str | None = None


class SendStore:
    """Rows of the ledger. Every write demands that the row still stands as it was read. noted: is told of each."""

    def __init__(self, db: Database, noted: Callable[[Send, Send], None] = lambda old, new: None) -> None:
        self._db = db
        self._noted = noted

    def get(self, customer: str, send: str) -> Send | None:
        """One row, as it is now."""
        item = self._db.get(resources.SENDS, customer, send)
        return None if item is None else Send.from_item(item)

    def of(self, customer: str, *, limit: int) -> list[Send]:
        """The last `limit` rows of a customer, newest first."""
        page = self._db.query(resources.SENDS, customer, descending=True, limit=limit)
        return [Send.from_item(item) for item in page.items]

    def plan_test(self, row: Send) -> None:
        """Write the row of a test. It is forgotten after a month, whatever the setting says of customers'."""
        expires = int((row.planned_at + trial.KEPT_FOR).timestamp())
        self._db.put(resources.SENDS, row.to_item() | {"expires": expires}, when={"pk": ABSENT})

    def save(self, old: Send, new: Send) -> bool:
        """Write the row that follows `old`; False if another stands there by now."""
        try:
            self._db.update(
                resources.SENDS,
                old.customer,
                old.id,
                set=_set(old, new),
                remove=_removed(old, new),
                when=_standing(old),
            )
        except ConditionFailed as lost:
            # Our own write, of which the acknowledgement was lost and which was then tried again.
            return lost.item is not None and Send.from_item(lost.item) == new
        self._noted(old, new)
        return True

    def claim(
        self,
        old: Send,
        claimed: Send,
        permit: Permit,
        sent: Mapping[str, Sent] | None,
        charge: Sequence[Update] = (),
    ) -> Claim:
        """Take a row for one call, if the permit under which it was permitted still stands: one transaction, which
        counts with `charge` what the message costs its journey.

        sent: the permit's new window for what counts, which raises the permit too, or two workers would both find room
        under the same cap. None for what counts for no cap, which only checks it.

        A transaction can lose to itself: its acknowledgement is lost, it is tried again and finds the row claimed. So
        a failed claim whose owner is this attempt's is a claim. Transient if nobody can tell.
        """
        row = Update(
            resources.SENDS,
            old.customer,
            old.id,
            _set(old, claimed),
            _removed(old, claimed),
            {**_standing(old), "status": str(old.status)},
        )
        for _ in range(_ATTEMPTS):
            try:
                self._db.transact([row, _permit(permit.customer or old.customer, permit, sent), *charge])
            except ConditionFailed as lost:
                return _lost(lost.item, claimed)
            except Transient:
                continue
            return Claim.MINE
        raise Transient("the claim was not answered")

    def due(self, shard: str, until: datetime, *, limit: int, start: Item | None = None) -> Page:
        """A page of the keys of rows that are due by `until`; an index, so some may be out of date."""
        return self._db.query_index(
            resources.SENDS, resources.DUE, shard, until=times.text(until), limit=limit, start=start
        )


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
        permit, state, traits, enrolment = person or self.person(row)
        address = reached_at(reaches, traits) if reaches else None
        marks = suppression.marks(pii, reaches.channel, address) if reaches and reaches.trait and address else ()
        left = self._customers.suppressed(marks) if marks else None
        return Situation(
            permit=permit,
            recipient=self._called(recipient(row, reaches, address, state, traits, settings, left, zone), pii, state),
            traits=traits,
            state=state,
            event=_properties(enrolment),
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

    def person(self, row: Send) -> Person:
        """What is the same whatever the channel."""
        permit = self.permit(row.customer)
        state = self._customers.find(row.customer)
        if state.customer != row.customer:  # it turned out to be somebody else's, who has the say
            permit = replace(self.permit(state.customer), customer=state.customer)
            state = self._customers.load(state.customer)
        traits = self._customers.profile(state.customer).values
        return Person(permit, state, traits, self._enrolment(row, state.customer))

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


def reached_at(reaches: Reaches, traits: Mapping[str, Any]) -> str | None:
    """Where a message goes: what the trait says, or the person's devices; None for what is said nowhere."""
    if reaches.channel == "push":
        return devices.addressed(traits)
    held = traits.get(reaches.trait) if reaches.trait else None
    return held.strip() if isinstance(held, str) else None


def recipient(
    row: Send,
    reaches: Reaches | None,
    address: str | None,
    state: State,
    traits: Mapping[str, Any],
    settings: ConsentSettings,
    left: Suppressed | None,
    zone: tzinfo = UTC,
) -> Recipient:
    """What permission asks of a customer. `left`: what an erasure left behind of somebody with the same address;
    `zone`: the workspace's."""
    if reaches is None:
        return Recipient(None, channel=None)
    channel, facts = reaches.channel, state.facts
    own, wish = zones_of(channel, traits, address, zone), wished(traits)
    about = row.confirms or (key_of(channel, row.topic) if row.topic else None)
    topic = settings.topic(about) if about else None
    said = facts.suppressed.get(channel)
    held = said if said and said.holds(address) else None
    standing = left.stands(facts, (about, channel)) if left else False
    return Recipient(
        address=address,
        consent=facts.consent_status(channel),
        suppression=held.reason if held else left.undeliverable if left else None,
        topic=facts.consent_status(about) if about else None,
        own_consent=topic is not None and topic.own_consent,
        erased=standing,
        ticket=facts.tickets.holds_until,
        channel=channel,
        stage=state.stage,
        zones=own.zones,
        bad_zone=own.bad,
        every=wish.every if wish else None,
    )


def described(row: Send, settings: ConsentSettings, traits: Mapping[str, Any]) -> dict[str, str]:
    """The topic of a message in the customer's language, as templates see it."""
    key = row.confirms or (key_of(row.channel, row.topic) if row.topic else None)
    if key is None:
        return {}
    topic, language = settings.topic(key), traits.get("language") or traits.get("locale")
    return {
        "key": key,
        "title": said_in(topic.title, language, settings.language) if topic else "",
        "description": said_in(topic.description, language, settings.language) if topic else "",
        "wording": settings.wording_of(key) or "",
    }


def cancels(enrolment: Enrolment, row: Send) -> bool:
    """Whether leaving the journey, or reaching its goal, takes back a message that it planned."""
    return takes_back(enrolment, row.planned_at)


def _properties(enrolment: Enrolment | None) -> Mapping[str, Any]:
    if enrolment is None:
        return {}
    found = enrolment.trigger.get("properties")
    return found if isinstance(found, Mapping) else {}


def _standing(row: Send) -> When:
    return {"v": row.v}


def _set(old: Send, new: Send) -> Item:
    before = old.to_item()
    return {name: value for name, value in new.to_item().items() if before.get(name) != value}


def _removed(old: Send, new: Send) -> tuple[str, ...]:
    return tuple(sorted(old.to_item().keys() - new.to_item().keys()))


def _permit(customer: str, permit: Permit, sent: Mapping[str, Sent] | None) -> Update | Check:
    when = {"version": ABSENT if permit.version is None else permit.version}
    if sent is None:
        return Check(resources.CUSTOMERS, customer, PERMIT, when)
    raised = {
        "version": (permit.version or 0) + 1,
        "schema_v": resources.SCHEMA_VERSION,
        "sent": {key: one.to_text() for key, one in sent.items()},
    }
    return Update(resources.CUSTOMERS, customer, PERMIT, raised, when=when)


def _lost(standing: Item | None, claimed: Send) -> Claim:
    if standing is None or standing["sk"] != claimed.id:
        return Claim.MOVED  # the permit, or a row that is gone: reading again tells which
    row = Send.from_item(standing)
    if row.status is Status.CLAIMED and row.owner == claimed.owner:
        return Claim.MINE
    return Claim.TAKEN
