"""Facts from events: pure, and the same for any order, any split and any batching of the same events.

    fold(fold(Facts(), a), b) == fold(Facts(), a + b)      or NeedsRebuild (orders.py, sessions.py, lifting.py...)

What the names of events mean is the workspace's vocabulary; facts are those of one vocabulary, and of another they are
folded anew, as those of another version of this code are (`fold_version`).

Each event is given once; dropping repetitions is the projector's business. What an event says of is a table below,
one small function for each kind. Nothing a client sends makes a fold fail. What is unusable is left out by these
rules, and counted in `Facts.faulty`:

- a time before 2000 (a clock at its epoch) says nothing about when: only consent and suppression are taken from such
  an event, as of its receipt. Times after receipt do not exist (tracking cuts them);
- an order without a usable total is an order over nothing; one without an id stands for itself;
- a refund without a usable amount gives everything back; without an order id it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, Protocol, TypeVar

from chalicelib.customers import (
    devices,
    happenings,
    intents,
    interests,
    lifting,
    lists,
    memberships,
    sessions,
    subscriptions,
    tickets,
    touches,
)
from chalicelib.customers.activity import is_own_activity
from chalicelib.customers.addresses import in_context
from chalicelib.customers.consent import CHANNELS, IMPORTED, awaits_confirmation, confirmed_of, consent_key, is_proven
from chalicelib.customers.facts import (
    ACTIVE_SPAN,
    INTENT_SPAN,
    Asked,
    Consent,
    Facts,
    Order,
    Refund,
    Suppression,
    address_mark,
)
from chalicelib.customers.gifts import is_gift
from chalicelib.customers.moments import DAWN
from chalicelib.customers.money import currency_code, first_amount, goods
from chalicelib.customers.orders import Orders
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.customers.trust import NO_LINKS, Links, counts, first_known, is_protected, rests_on, stands
from chalicelib.customers.vocabulary import CONVERSIONS, DEFAULT, ORDER_ID, TOTALS, Conversion, Vocabulary
from chalicelib.ids import digest
from chalicelib.tracking.event import OURS, Event

__all__ = ["FOLD_VERSION", "NeedsRebuild", "fold", "fold_version"]

FOLD_VERSION: Final = 5
"""Raised whenever the same events come to different facts: stored facts of another version are folded anew."""

_VERSIONS: Final = 1_000  # of the fold, before the vocabulary's mark begins
_LONGEST_NAME: Final = 100
MOST_SUBJECTS: Final = 100  # channels and topics with a statement
_TRUSTED: Final = frozenset({"ses", "sms", "perennial", IMPORTED})  # who may say that a mailbox refused or complained


def fold(facts: Facts, events: Iterable[Event], links: Links = NO_LINKS, vocabulary: Vocabulary = DEFAULT) -> Facts:
    """`facts` with `events` added. NeedsRebuild when only all stored events can tell what they come to.

    links: how the subjects of events that are not the person's own came to belong to her (trust.py).
    vocabulary: the one that `facts` were made by.
    """
    arrived = list(events)
    draft = _Draft(facts, first_known(facts.known_at, arrived, links), links, vocabulary)
    for event in arrived:
        draft.add(event)
    return draft.finished()


def fold_version(vocabulary: Vocabulary) -> int:
    """What facts are kept with: which code, and which vocabulary, made them."""
    return FOLD_VERSION + _VERSIONS * vocabulary.mark


class Part(Protocol):
    """One part of the facts with rules of its own, while it is added to."""

    def add(self, event: Event, own: bool) -> None:
        """Add what an event says. `own`: it is the person's own activity, at a time that can be."""

    def finished(self) -> Any:
        """What all of them come to. NeedsRebuild as for `fold`."""


PARTS: Final[Mapping[str, Callable[[Any], Part]]] = {
    "sessions": sessions.Draft,
    "touches": touches.Draft,
    "interests": interests.Draft,
    "memberships": memberships.Draft,
    "tickets": tickets.Draft,
    "intents": intents.Draft,
    "subscriptions": subscriptions.Draft,
    "happenings": happenings.Draft,
    "lists": lists.Draft,
}
"""Field of `Facts` -> what adds to it. A new part is its own module, a field, a line here and one in packing.py."""


class _Draft:
    """Facts that are being added to."""

    def __init__(self, facts: Facts, known_at: datetime | None, links: Links, vocabulary: Vocabulary) -> None:
        if not stands(facts.claimed_at, known_at):
            raise NeedsRebuild("the person was known before what was taken for a newcomer's word")
        self.facts = facts
        self.known, self.claimed, self.links, self.vocabulary = known_at, facts.claimed_at, links, vocabulary
        self.first, self.last, self.identified = facts.first_at, facts.last_at, facts.identified_at
        self.days = set(facts.active_days)
        self.intent = dict(facts.intent)
        self.consent = dict(facts.consent)
        self.asked = dict(facts.asked)
        self.refused: list[tuple[str, Suppression]] = []
        self.lifted = dict(facts.lifted)
        self.parts: dict[str, Part] = {name: part(getattr(facts, name)) for name, part in PARTS.items()}
        self.parts["intents"] = intents.Draft(facts.intents, vocabulary)
        self.faulty = facts.faulty
        self._orders: Orders | None = None

    @property
    def orders(self) -> Orders:
        if self._orders is None:  # most events are no orders
            self._orders = Orders(self.facts)
        return self._orders

    def add(self, event: Event) -> None:
        name = event.name.casefold()
        kind = _KINDS.get((event.type, name))
        sound = kind is None or kind(self, event)
        if "externalIds" in event.context and in_context(event.context):
            self.believes(event)  # as for an identify's protected traits
        if "device" in event.context and devices.in_event(event):
            self.believes(event)
        if event.type == "track":
            sound = sound and self._converts(event, name)
        own = event.at >= DAWN and is_own_activity(event)
        if own:
            self._active(event)
        sound = sound and event.at >= DAWN
        for part in self.parts.values():
            part.add(event, own)
        self.faulty += not sound

    def believes(self, event: Event) -> bool:
        """Whether what the event says of protected things counts; that it did because the person is new is kept."""
        link = self.links.get(event.subject)
        if not counts(event, self.known, link):
            return False
        claimed = rests_on(event, link)
        if claimed is not None:
            self.claimed = max(self.claimed, claimed) if self.claimed else claimed
        return True

    def finished(self) -> Facts:
        facts = self._orders.added_to(self.facts) if self._orders is not None else self.facts
        return replace(
            facts,
            first_at=self.first,
            last_at=self.last,
            identified_at=self.identified,
            active_days=tuple(sorted(_latest(self.days, ACTIVE_SPAN))),
            intent=tuple((day, self.intent[day]) for day in sorted(_latest(self.intent, INTENT_SPAN))),
            consent=self.consent,
            asked=self.asked,
            suppressed=self._suppressed(),
            lifted=self.lifted,
            known_at=self.known,
            claimed_at=self.claimed,
            **{name: part.finished() for name, part in self.parts.items()},
            faulty=self.faulty,
        )

    def _suppressed(self) -> dict[str, Suppression]:
        """What was known, and what of the new was not lifted."""
        suppressed = dict(self.facts.suppressed)
        for channel, new in self.refused:
            if lifting.stands(channel, new, self.lifted):
                known = suppressed.get(channel)
                suppressed[channel] = new if known is None else known.together(new)
        return suppressed

    def _converts(self, event: Event, name: str) -> bool:
        """Add a conversion, or what takes one back; False when something in it was unusable."""
        conversion = self.vocabulary.orders.get(name)
        if conversion is not None:
            return _order(self, event, conversion)
        undone = self.vocabulary.undone.get(name)
        return undone is None or _give_back(self, event, Refund(all=True), undone)

    def _active(self, event: Event) -> None:
        self.first = _least(self.first, event.at)
        self.last = max(self.last, event.at) if self.last else event.at
        day = event.at.toordinal()
        self.days.add(day)
        weight = self.vocabulary.weight(event.name) if event.type == "track" else 0
        if weight:
            self.intent[day] = self.intent.get(day, 0) + weight


_Said = TypeVar("_Said", Asked, Consent)
_Kind = Callable[[_Draft, Event], bool]
"""Adds what one event says to the draft; False when something in it was unusable."""


def _identify(draft: _Draft, event: Event) -> bool:
    if any(is_protected(name, event) for name in event.traits):
        draft.believes(event)  # the profile keeps the traits; whether they count is known here
    if event.at >= DAWN and (event.user_id or _has_address(event.traits)):
        draft.identified = _least(draft.identified, event.at)
    return True


def _order(draft: _Draft, event: Event, conversion: Conversion) -> bool:
    if event.at < DAWN:
        return False
    total = first_amount(event.properties, conversion.totals)
    usable = total is not None and total >= 0
    draft.orders.report(
        Order(
            id=_order_id(event.properties, conversion) or _short(event.message_id),
            at=event.at,
            total=total if total is not None and usable else Decimal(0),
            currency=currency_code(event.properties.get("currency")) or "",
            gift=is_gift(event.properties),
        )
    )
    return usable


def _refund(draft: _Draft, event: Event) -> bool:
    properties = event.properties
    money = first_amount(properties, TOTALS)
    if money is None and "total" not in properties:
        money = goods(properties.get("products"))
    given_back = Refund(all=True) if money is None else Refund(abs(money))
    return _give_back(draft, event, given_back) and (money is not None or "total" not in properties)


def _give_back(draft: _Draft, event: Event, refund: Refund, conversion: Conversion = CONVERSIONS[0]) -> bool:
    id = _order_id(event.properties, conversion)
    if id is None:
        return False
    draft.orders.refund(id, refund)
    return True


def _consent(granted: bool) -> _Kind:
    def say(draft: _Draft, event: Event) -> bool:
        subject = consent_key(event.properties)
        if subject is None:
            return False
        if granted and awaits_confirmation(event):  # anybody may ask: it gives nothing, and only the person can confirm
            _say(draft.asked, subject, Asked(_when(event), event.message_id))
        elif draft.believes(event):
            proven = granted and is_proven(event)
            of = confirmed_of(event) if proven else None
            _say(draft.consent, subject, Consent(granted, _when(event), event.message_id, proven, of))
        return True

    return say


def _say(said: dict[str, _Said], subject: str, new: _Said) -> None:
    """The last word stays. Of a thousand topics the hundred last spoken of: a client cannot fill the item."""
    known = said.get(subject)
    if known is None or _spoken(new) > _spoken(known):
        said[subject] = new
    if len(said) > MOST_SUBJECTS:
        topics = (held for held in said if held not in CHANNELS)
        del said[min(topics, key=lambda held: (*_spoken(said[held]), held))]


def _spoken(said: Asked | Consent) -> tuple[datetime, str]:
    return said.at, said.message_id


def _bounce(draft: _Draft, event: Event) -> bool:
    kind = event.properties.get("bounce_type")
    if isinstance(kind, str) and kind.casefold() == "permanent":
        _suppress(draft, event, "bounce")
    return True


def _complaint(draft: _Draft, event: Event) -> bool:
    _suppress(draft, event, "complaint")
    return True


def _suppressed(draft: _Draft, event: Event) -> bool:
    """What we conclude from several reports, or find on the provider's own list."""
    _suppress(draft, event, "complaint" if event.properties.get("reason") == "complaint" else "bounce")
    return True


def _text_failed(draft: _Draft, event: Event) -> bool:
    if event.properties.get("failure") == "invalid":
        _suppress(draft, event, "bounce", "sms")
    return True


def _suppress(draft: _Draft, event: Event, reason: Literal["bounce", "complaint"], channel: str = "email") -> None:
    if event.source not in _TRUSTED:
        return
    address = event.properties.get("email" if channel == "email" else "phone")
    of = {address_mark(address)} if reason == "bounce" and isinstance(address, str) and address.strip() else set[str]()
    draft.refused.append((channel, Suppression(reason, _when(event), frozenset(of))))


def _lift(draft: _Draft, event: Event) -> bool:
    if event.source != OURS:
        return True
    until = lifting.reaches(event, _when(event))
    if until is None:
        return False
    new = {key: at for key, at in until.items() if key not in draft.lifted or at > draft.lifted[key]}
    for channel, held in draft.facts.suppressed.items():
        if lifting.may_free(held, channel, new):
            raise NeedsRebuild("of what suppressed before only all of it tells what stands")
    draft.lifted |= new
    return True


_KINDS: Final[Mapping[tuple[str, str], _Kind]] = {
    ("identify", "identify"): _identify,
    ("track", "order refunded"): _refund,
    ("track", "refunded order"): _refund,
    ("track", "subscribed"): _consent(True),
    ("track", "unsubscribed"): _consent(False),
    ("track", "email bounced"): _bounce,
    ("track", "sms failed"): _text_failed,
    ("track", "email marked as spam"): _complaint,
    ("track", "email suppressed"): _suppressed,
    ("track", "suppression lifted"): _lift,
}


def _order_id(properties: Mapping[str, Any], conversion: Conversion) -> str | None:
    """The conversion's id as text: ids beyond 2^53 come as numbers from some and as text from others. Booking 7 is not
    order 7: ids by another property than the usual one have its name before them."""
    usual = conversion.id == ORDER_ID
    id = properties.get(conversion.id, properties.get("orderId") if usual else None)
    text = str(id) if isinstance(id, int) and not isinstance(id, bool) else id.strip() if isinstance(id, str) else ""
    return _short(text if usual else f"{conversion.id}:{text}") if text else None


def _short(id: str) -> str:
    return id if len(id) <= _LONGEST_NAME else digest(id)


def _has_address(traits: Mapping[str, Any]) -> bool:
    return any(isinstance(traits.get(name), str) and traits[name].strip() for name in ("email", "phone"))


def _when(event: Event) -> datetime:
    return event.at if event.at >= DAWN else event.received_at


def _least(known: datetime | None, new: datetime) -> datetime:
    return min(known, new) if known else new


def _latest(days: Iterable[int], span: int) -> list[int]:
    """Those within `span` days of the newest: what falls out can never come back, as the newest only grows."""
    kept = list(days)
    newest = max(kept, default=0)
    return [day for day in kept if day > newest - span]
