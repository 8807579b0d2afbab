"""What a rebuild writes, from all that is stored of a customer's subjects. Pure.

A rebuild that takes in other subjects, or lets them go, or counts by another vocabulary, goes in two steps: first the
facts of everything that was counted for any of them, silently, because whoever listens was told when it was counted;
then the events that nobody has counted yet, as if they had just arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.customers.base import Bases, begun, may_expire
from chalicelib.customers.facts import Facts
from chalicelib.customers.seen import Seen, Verdict
from chalicelib.customers.state import Effect, State, subject_mark
from chalicelib.customers.trust import NO_LINKS, Links
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.review.advance import Rules, advance
from chalicelib.review.arrivals import first_received
from chalicelib.review.beside import ALONE, Beside
from chalicelib.review.effects import ACCOUNT, parts
from chalicelib.review.join import MERGE, SPLIT
from chalicelib.review.store import Unread
from chalicelib.tracking.event import Event

INTERRUPTED = "interrupted"
_NO_BASES = Bases()


@dataclass(frozen=True)
class Stored:
    """The stored events of a customer: those that count, their twins, and what could not be read."""

    events: list[Event]
    twins: list[Event]
    unread: list[Unread]


@dataclass(frozen=True)
class Person:
    """A customer and the subjects that belong to it, each with its state, and how each came to. `claims`: marks of
    what their events claim, which is saved. `bases`: what is sealed of them."""

    state: State
    joined: tuple[State, ...] = ()
    links: Links = field(default_factory=lambda: NO_LINKS)
    claims: bytes = b""
    bases: Bases = field(default_factory=Bases)

    @property
    def seen(self) -> Seen:
        """What was counted for any of them."""
        return self.state.seen.united(each.seen for each in self.joined)

    @property
    def known_at(self) -> datetime | None:
        """Since when the customer itself is known, by what is sealed."""
        return self.bases.known_since.get(self.state.customer)

    @property
    def has(self) -> frozenset[bytes]:
        """Marks of those for whom something was counted before they joined."""
        return frozenset(subject_mark(each.customer) for each in self.joined if each.counted)


def once_each(
    held: Iterable[Event | Unread], seen: Seen, bases: Bases = _NO_BASES, said: Vocabulary = DEFAULT
) -> Stored:
    """Each event once: of several with one message id the one that was counted, else the first received. What is in
    a base is a twin of that."""
    stored = Stored([], [], [])
    chosen: dict[str, Event] = {}
    events = []
    for event in held:
        if isinstance(event, Unread):
            stored.unread.append(event)
        elif bases.holds(event) and may_expire(event, said):
            stored.twins.append(event)
        else:
            events.append(event)
    for event in sorted(events, key=lambda event: (seen.verdict(event) is not Verdict.SEEN, first_received(event))):
        if chosen.setdefault(event.message_id, event) is event:
            stored.events.append(event)
        else:
            stored.twins.append(event)
    return stored


def renewed(person: Person, stored: Stored, rules: Rules, now: datetime, beside: Beside = ALONE) -> Iterator[State]:
    """The states that a rebuild writes, one after the other.

    One, unless so many watched events had not been counted yet that their effects need several writes; the mark for
    rebuild is only taken off by the last. What was received too long ago to say whether it was counted has no effects:
    it has them behind it. beside: what was read for the customer's conditions; Wanted, if they ask for more.
    """
    state, events, known, links = person.state, stored.events, person.seen, person.links
    beside = beside.with_traits_of(events, person.known_at, links)
    facts = person.bases.fold(events, links, rules.vocabulary)
    everything = Seen().add(events).add_twins(stored.twins).remember(known)
    fresh = [event for event in events if _uncounted(event, known, everything)]
    left, owed = _keys(fresh), list[Effect]()
    before = replace(
        state,
        rebuild=None,
        due_at=None,
        has=person.has,
        claims=person.claims,
        held_since=_next_held(events, facts, rules, now),
        sealed=person.bases.until,
    )
    merging = state.rebuild in (MERGE, SPLIT) or state.has != person.has
    reworded = state.counted and state.fold_v != rules.fold_v
    if merging or reworded:
        settled = [event for event in events if _key(event) not in left]
        now_facts = person.bases.fold(settled, links, rules.vocabulary) if fresh else facts
        seen = Seen().add(settled).remember(known)
        merged = advance(
            before,
            (),
            now_facts,
            seen if fresh else everything,
            rules,
            now,
            merging=merging,
            reworded=reworded,
            beside=beside,
        )
        if state.stage is None and fresh:  # whoever has no stage yet gets the first one with the events that are new
            before, owed = replace(before, facts=now_facts), [each for each in merged.fx if each["kind"] == ACCOUNT]
        elif merged.fx or not fresh:
            yield replace(merged, rebuild=INTERRUPTED, due_at=now) if fresh else merged
            before = merged
        else:
            before = replace(merged, v=before.v)
        if not fresh:
            return
    for portion in parts(fresh, rules.watched):
        left -= _keys(portion)
        seen = _seen_without(left, events, known) if left else everything
        after = advance(before, portion, facts, seen, rules, now, anew=not (merging or reworded), beside=beside)
        told = {each["id"] for each in after.fx}
        after = replace(after, fx=(*after.fx, *(each for each in owed if each["id"] not in told)))
        owed = []
        yield replace(after, rebuild=INTERRUPTED, due_at=now) if left else after
        before = after


def held_since(events: Iterable[Event], facts: Facts, said: Vocabulary = DEFAULT) -> int | None:
    """The day of the first receipt among those of the events that may expire, and do not stay for an intent."""
    stays = begun(facts.intents, said)
    ordered = sorted(events, key=lambda event: event.received_at)
    return next((_day(event) for event in ordered if stays(event) is None and may_expire(event, said)), None)


def _next_held(events: Sequence[Event], facts: Facts, rules: Rules, now: datetime) -> int | None:
    """The same, and of those that stay the day from which the setting's days lead to when their intent is over."""
    stays, said = begun(facts.intents, rules.vocabulary), rules.vocabulary
    days = [held] if (held := held_since(events, facts, said)) is not None else []
    for event in events:
        over = stays(event)
        if over is not None and may_expire(event, said):
            days.append(max(_day(event), over.toordinal() + 1 - (rules.days_kept or 0) if over > now else 0))
    return min(days, default=None)


def _day(event: Event) -> int:
    return event.received_at.toordinal()


def permission_changed(before: State, after: State) -> bool:
    """Whether what may be sent to the customer is not what it was."""
    names = ("consent", "asked", "suppressed")
    return any(getattr(before.facts, name) != getattr(after.facts, name) for name in names)


def _seen_without(left: Collection[tuple[str, str]], events: Sequence[Event], before: Seen) -> Seen:
    return Seen().add(event for event in events if _key(event) not in left).remember(before)


def _uncounted(event: Event, seen: Seen, everything: Seen) -> bool:
    return seen.verdict(event) is Verdict.NEW and everything.verdict(event) is Verdict.SEEN


def _key(event: Event) -> tuple[str, str]:
    return event.subject, event.key


def _keys(events: Iterable[Event]) -> set[tuple[str, str]]:
    return {_key(event) for event in events}


def known_since(events: Iterable[Event], bases: Bases = _NO_BASES) -> Mapping[str, datetime]:
    """The least receipt of each user's own events, sealed ones included."""
    least = dict(bases.known_since)
    for event in events:
        if event.user_id is not None:
            least[event.subject] = min(event.received_at, least.get(event.subject, event.received_at))
    return least
