"""What remains of events that are forgotten: bases, from which facts are folded as if the events still were there.

    fold(everything) == Bases(of what is forgotten).fold(what is stored)          Pure.

A base is the fold of some events of one subject, sealed before they are deleted (review/seal.py). It never changes
again. A subject gets another one about once a month, and takes all of them along when it joins a customer or leaves it:
bases of several months and of several subjects are united by the same rules, field by field (UNION), and those rules
are exact. That is why nothing needs to be kept but this:

- Facts that only grow towards a least, a greatest, a sum or the last few unite as they are.
- Sessions are kept complete in a base, one by one: an order that was made in the middle of a visit whose pages are
  forgotten still belongs to that visit, and so does a visit on another device.
- Orders, refunds, consent, who somebody is, tickets and subscriptions come only from events that are never forgotten.
  An event that adds anything to such a field may not expire: that is the whole rule of what may (`may_expire`), and
  a new field of `Facts` has to say here what it is.
- Intents do not unite: what closed a cart may lie between what filled it. So the events of an intent stay as long as it
  is open (`begun`), and of one that is over nothing is left. It is the one field that forgetting changes.

A base also knows the message ids of its events, six bytes of a hash of each. So an event that is sent again after it
was forgotten is told from a new one, whenever it comes, and a sealing that was interrupted leaves nothing that counts
twice: what is in a base and stored as well is a twin. Two ids that share six bytes would be taken for one: for
somebody with 10,000 forgotten events that is one in 28 thousand million for each event that arrives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from chalicelib.customers import happenings, interests, sessions, touches
from chalicelib.customers.activity import is_own_activity
from chalicelib.customers.claims import claims, may_claim
from chalicelib.customers.facts import ACTIVE_SPAN, INTENT_SPAN, Facts
from chalicelib.customers.fold import FOLD_VERSION, fold, fold_version
from chalicelib.customers.intents import Intents
from chalicelib.customers.moments import DAWN
from chalicelib.customers.packing import pack, unpack
from chalicelib.customers.profile import traits_in
from chalicelib.customers.retention import is_report
from chalicelib.customers.trust import NO_LINKS, Links
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking.event import OURS, Event

PREFIX: Final = "base#"
_MARK: Final = 6  # bytes of a message id's hash
_DOINGS: Final = frozenset({"page", "screen", "track"})

Unite = Callable[[Sequence[Any]], Any]


def _least(many: Sequence[Any]) -> Any:
    return min((one for one in many if one is not None), default=None)


def _greatest(many: Sequence[Any]) -> Any:
    return max((one for one in many if one is not None), default=None)


def _nothing(many: Sequence[Any]) -> Intents:
    return Intents()


def _days(many: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    days = sorted({day for one in many for day in one})
    return tuple(day for day in days if day > days[-1] - ACTIVE_SPAN)


def _weights(many: Sequence[tuple[tuple[int, int], ...]]) -> tuple[tuple[int, int], ...]:
    summed: dict[int, int] = {}
    for day, weight in (pair for one in many for pair in one):
        summed[day] = summed.get(day, 0) + weight
    newest = max(summed, default=0)
    return tuple((day, summed[day]) for day in sorted(summed) if day > newest - INTENT_SPAN)


UNION: Final[Mapping[str, Unite | None]] = {
    "first_at": _least,
    "last_at": _greatest,
    "identified_at": None,
    "orders": None,
    "earlier": None,
    "refunds": None,
    "refunds_lost": None,
    "active_days": _days,
    "intent": _weights,
    "consent": None,
    "asked": None,
    "suppressed": None,
    "lifted": None,
    "known_at": _least,
    "claimed_at": None,
    "sessions": sessions.whole,
    "touches": touches.united,
    "interests": interests.united,
    "memberships": None,
    "tickets": None,
    "intents": _nothing,
    "subscriptions": None,
    "happenings": happenings.united,
    "lists": None,
    "faulty": sum,
}
"""Field of `Facts` -> how several of one person become one, so that the fold of all their events is the same; None for
what only events that never expire add to."""

_NOTHING: Final = Facts()


def may_expire(event: Event, vocabulary: Vocabulary = DEFAULT) -> bool:
    """Whether an event may be forgotten once it is sealed: something done or looked at that says neither who somebody
    is nor anything else that facts keep for good."""
    if event.type not in _DOINGS or event.of_source or event.source == OURS or is_report(event):
        return False
    if (may_claim(event) and claims(event)) or traits_in(event):
        return False
    timely = event if event.at >= DAWN else event.model_copy(update={"at": event.received_at})  # an order all the same
    return _is_only_activity(fold(_NOTHING, [timely], vocabulary=vocabulary))


def begun(intents: Intents, vocabulary: Vocabulary = DEFAULT) -> Callable[[Event], datetime | None]:
    """Until when an event stays because of the intent that it belongs to: until that expires. None if to none."""
    runs = {kind: run for kind, run in intents.runs.items() if run.unfinished}

    def stays(event: Event) -> datetime | None:
        said = vocabulary.said_of_intents.get(event.name.casefold(), ()) if runs else ()
        return max(
            (runs[kind].expires for kind, _ in said if kind in runs and event.at >= runs[kind].since), default=None
        )

    return stays


def mark(event: Event) -> bytes:
    """What a base keeps of an event's message id."""
    return hashlib.sha256(event.message_id.encode("utf-8", "surrogatepass")).digest()[:_MARK]


@dataclass(frozen=True)
class Base:
    """Some forgotten events of one subject.

    number: counted up from 0 for each subject. until: the day (ordinal, UTC) before which all of them were received.
    facts:  their fold, with every session. marks: of their message ids, sorted and joined.
    sources: where they came from.
    """

    subject: str
    number: int
    until: int
    facts: Facts
    marks: bytes
    fold_v: int = FOLD_VERSION
    sources: tuple[str, ...] = ()

    @classmethod
    def of(cls, events: Sequence[Event], number: int, until: int, vocabulary: Vocabulary = DEFAULT) -> Base:
        """The base of events of one subject, at least one. ValueError if any of them may not expire."""
        facts = fold(_NOTHING, events, vocabulary=vocabulary)
        if not _is_only_activity(facts):
            raise ValueError("an event says something that must not be forgotten")
        own = (event for event in events if event.at >= DAWN and is_own_activity(event))
        facts = replace(facts, sessions=sessions.complete(own), intents=Intents())
        marks = b"".join(sorted({mark(event) for event in events}))
        sources = tuple(sorted({event.source for event in events}))
        return cls(events[0].subject, number, until, facts, marks, fold_version(vocabulary), sources)

    @property
    def count(self) -> int:
        """How many events are in it."""
        return len(self.marks) // _MARK

    def to_item(self) -> dict[str, Any]:
        """The stored item."""
        return {
            "pk": self.subject,
            "sk": f"{PREFIX}{self.number:05d}",
            "until": self.until,
            "facts": pack(self.facts),
            "marks": self.marks,
            "fold_v": self.fold_v,
            "sources": list(self.sources),
            "schema_v": SCHEMA_VERSION,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Base:
        """What `to_item` wrote."""
        number = int(str(item["sk"]).removeprefix(PREFIX))
        facts, marks = unpack(bytes(item["facts"])), bytes(item["marks"])
        sources = tuple(item["sources"])
        return cls(str(item["pk"]), number, int(item["until"]), facts, marks, int(item["fold_v"]), sources)


@dataclass(frozen=True)
class Bases:
    """Everything that is sealed of a customer, or of a part of one: the bases of all its subjects, in any order."""

    each: tuple[Base, ...] = ()
    customer: str = field(default="", compare=False)

    @property
    def until(self) -> int | None:
        """The day (ordinal) before which something is sealed; None if nothing is."""
        return max((base.until for base in self.each), default=None)

    @property
    def known_since(self) -> Mapping[str, datetime]:
        """Of each user among the subjects, the least receipt of what is sealed."""
        known = [(base.subject, base.facts.known_at) for base in self.each]
        return {subject: least for subject, _ in known if (least := _least([at for of, at in known if of == subject]))}

    def next_number(self, subject: str) -> int:
        """The number of the subject's next base."""
        return sum(base.subject == subject for base in self.each)

    def holds(self, event: Event) -> bool:
        """Whether an event, or one with its message id, is in a base."""
        return bool(self._marks) and mark(event) in self._marks

    def fold(self, events: Iterable[Event], links: Links = NO_LINKS, vocabulary: Vocabulary = DEFAULT) -> Facts:
        """The facts of what is sealed and of these events, as `fold` makes them of all. It never needs a rebuild."""
        facts = fold(self._facts, events, links, vocabulary)
        return replace(facts, sessions=sessions.closed(facts.sessions)) if self.each else facts

    @cached_property
    def _marks(self) -> frozenset[bytes]:
        return frozenset(
            base.marks[start : start + _MARK] for base in self.each for start in range(0, len(base.marks), _MARK)
        )

    @cached_property
    def _facts(self) -> Facts:
        if not self.each:
            return _NOTHING
        united = {
            name: unite([getattr(base.facts, name) for base in self.each])
            for name, unite in UNION.items()
            if unite is not None
        }
        return Facts(**united | {"known_at": self.known_since.get(self.customer)})


def _is_only_activity(facts: Facts) -> bool:
    kept = (name for name, unite in UNION.items() if unite is None)
    return all(getattr(facts, name) == getattr(_NOTHING, name) for name in kept)
