"""What a batch of stored events means for one customer who was last in this state. Pure.

sort    each event is new, counted already, stored twice, or too old to tell
count   the new ones are folded and judged; one that breaks the fold is left aside, the others go on
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter

from chalicelib.customers.base import may_expire
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.seen import Seen, Verdict
from chalicelib.customers.state import State
from chalicelib.customers.trust import NO_LINKS, Links
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.review.advance import Rules, advance
from chalicelib.review.beside import ALONE, Beside
from chalicelib.review.effects import parts
from chalicelib.review.failure import why
from chalicelib.tracking.event import Event


@dataclass
class Arrivals:
    """fresh: to be counted, by time of receipt. twins: stored under another key too, to be deleted. old: received
    before what `seen` can tell. late: happened before what is forgotten; only a rebuild can tell whether they are of
    that. repeated: how many were counted already."""

    fresh: list[Event] = field(default_factory=list)
    twins: list[Event] = field(default_factory=list)
    old: list[Event] = field(default_factory=list)
    late: list[Event] = field(default_factory=list)
    repeated: int = 0


@dataclass(frozen=True)
class Counted:
    """states: the writes to make, one after the other. counted: the events in them. failed: events that broke the
    fold, with the reason."""

    states: list[State]
    counted: list[Event]
    failed: list[tuple[Event, str]]


def sort(events: Iterable[Event], seen: Seen, sealed: int | None = None, vocabulary: Vocabulary = DEFAULT) -> Arrivals:
    """Sort events. Of two with one message id the first received is the event, the other its twin.

    sealed: the day before which events of the customer are in bases: one that happened then may be one of those.
    """
    arrivals, chosen = Arrivals(), dict[str, list[str]]()
    for (_, *place), event in sorted(((first_received(event), event) for event in events), key=itemgetter(0)):
        match seen.verdict(event):
            case Verdict.OLD:
                arrivals.old.append(event)
            case Verdict.TWIN:
                arrivals.twins.append(event)
            case Verdict.NEW if sealed is not None and event.at.toordinal() < sealed and may_expire(event, vocabulary):
                arrivals.late.append(event)
            case Verdict.NEW if event.message_id not in chosen:
                chosen[event.message_id] = place
                arrivals.fresh.append(event)
            case Verdict.NEW if chosen[event.message_id] != place:
                arrivals.twins.append(event)
            case _:
                arrivals.repeated += 1
    return arrivals


def count(
    before: State,
    fresh: Sequence[Event],
    rules: Rules,
    now: datetime,
    *,
    partly: bool = False,
    links: Links = NO_LINKS,
    beside: Beside = ALONE,
) -> Counted:
    """The states that follow from new events: one, unless more events are watched than one write can report.

    NeedsRebuild when the stored facts cannot take them; `partly`: then those that they cannot take are among the
    failed, and the others are counted. (What an event needs depends on the stored facts only, not on other events.)
    links: how the subjects of events that are not the customer's own came to belong to it. beside: what was read of the
    customer for its conditions; Wanted, if they ask for more.
    """
    if before.fold_v != rules.fold_v and before.counted:
        other = NeedsRebuild(f"facts of fold version {before.fold_v}")
        if partly:
            return Counted([], [], [(event, str(other)) for event in fresh])
        raise other
    whole, all_facts, failed = _folded(before.facts, fresh, partly, links, rules.vocabulary)
    portions = parts(whole, rules.watched) if whole else []
    beside = beside.with_traits_in(whole, before.facts.known_at, links)
    day = min((event.received_at for event in whole), default=now).toordinal()
    if (
        before.held_since is None or day < before.held_since
    ):  # whether they may expire is asked when their days are over
        before = replace(before, held_since=day)
    states: list[State] = []
    for portion in portions:
        facts = all_facts if len(portions) == 1 else fold(before.facts, portion, links, rules.vocabulary)
        before = advance(before, portion, facts, before.seen.add(portion), rules, now, beside=beside)
        states.append(before)
    return Counted(states, whole, failed)


def with_twins(before: State, counted: Counted, twins: Sequence[Event]) -> Counted:
    """The same, and its last state remembers the twins: they are deleted, and their records may come again after what
    they are twins of has left the window. A batch of nothing but twins is one more write, if it has to be."""
    if not twins:
        return counted
    last = counted.states[-1] if counted.states else before
    seen = last.seen.add_twins(twins)
    if seen == last.seen:
        return counted
    if counted.states:
        return replace(counted, states=[*counted.states[:-1], replace(last, seen=seen)])
    return replace(counted, states=[replace(before, v=before.v + 1, seen=seen, fx=())])


def first_received(event: Event) -> tuple[datetime, str, str]:
    """By this order the first of several events with one message id is the one that counts."""
    return event.received_at, event.key, event.subject


def _folded(
    facts: Facts, events: Sequence[Event], partly: bool, links: Links, said: Vocabulary
) -> tuple[list[Event], Facts, list[tuple[Event, str]]]:
    """The events that can be folded, what they come to, and those that break the fold, which none should."""
    try:
        return list(events), fold(facts, events, links, said), []
    except Exception as error:
        if isinstance(error, NeedsRebuild) and not partly:
            raise
        failed = [(event, reason) for event in events if (reason := _breaks(facts, event, partly, links, said))]
    broken = {(event.subject, event.key) for event, _ in failed}
    whole = [event for event in events if (event.subject, event.key) not in broken]
    return whole, fold(facts, whole, links, said), failed


def _breaks(facts: Facts, event: Event, partly: bool, links: Links, said: Vocabulary) -> str | None:
    try:
        fold(facts, [event], links, said)
    except NeedsRebuild as reason:
        if partly:
            return str(reason)
        raise
    except Exception as error:  # noqa: BLE001 the caller parks the event with this reason
        return why(error)
    return None
