"""Facts made anew from all stored events, and the proof that the kept ones equal them.

A rebuild is what makes counting safe to give up: whatever cannot be told apart any more (an event received before
`seen`, an order before the recent ones, a record that failed) marks the customer, and this starts from the stored
events, which are the truth. It reads the state first and the events after, consistently, so it knows at least what
was counted; it writes under the version it has read, so nothing that was counted meanwhile is lost.

What is forgotten is in bases (customers/base), which stand for its events. They are read after the events: whatever
was deleted before it could be read is in a base by then. A rebuild that is asked to may seal more (seal.py).

Events that are stored but whose stream records have not come through yet are counted by the rebuild: their effects
leave with it, and the records find them seen.

It is also the one place in which merges and splits take effect. It brings every subject around the customer into the
state that the rules say (join.py), claims anew what stored events claim, and folds the events of all who belong to the
customer. Whoever joins meanwhile raises the customer's version, and the rebuild begins again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

from chalicelib.customers.claims import Claim
from chalicelib.customers.facts import Facts
from chalicelib.customers.links import known
from chalicelib.customers.links.family import Graph
from chalicelib.customers.profile import Profile
from chalicelib.customers.seen import Verdict
from chalicelib.customers.state import Chain, Join, State
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.customers.trust import Link
from chalicelib.customers.vocabulary import Vocabulary
from chalicelib.errors import Transient
from chalicelib.review.advance import Rules
from chalicelib.review.join import Joiner
from chalicelib.review.lots import said
from chalicelib.review.renew import Person, Stored, held_since, known_since, once_each, permission_changed, renewed
from chalicelib.review.seal import Sealer
from chalicelib.review.store import EventLog, Unread
from chalicelib.review.survey import Survey
from chalicelib.tracking.event import USER, Event, is_counted

ATTEMPTS: Final = 5


class TooManyEvents(Exception):
    """More events than the caller has time to fold: leave it to the worker of the due index."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: the stored events in the facts, the twins it removed, the changes it let out, the events it
    could not read, and those that it sealed and deleted."""

    events: int
    twins: int
    effects: int
    unread: int
    sealed: int = 0


@dataclass(frozen=True)
class Difference:
    """Something kept that is not what the stored events come to."""

    customer: str
    what: str
    kept: str
    folded: str


class Rebuilder:
    """Rebuilds customers, and checks them."""

    def __init__(self, customers: CustomerStore, log: EventLog, survey: Survey | None = None) -> None:
        self._customers = customers
        self._log = log
        self._survey = survey or Survey(customers)
        self._bases = customers.bases
        self._sealer = Sealer(customers.bases, log)
        self._joiner = Joiner(customers)

    def rebuild(
        self, customer: str, rules: Rules, now: datetime, *, most: int | None = None, seal: bool = False
    ) -> Rebuilt:
        """Fold everything stored of whom the subject `customer` is or belongs to, and write what it comes to.

        seal: events whose days are over are forgotten by it. TooManyEvents beyond `most` events; Transient when
        others kept writing the customer.
        """
        tried, conflicts = set[Claim](), 0
        while conflicts < ATTEMPTS:
            try:
                root = self._joiner.graph().customer(customer)
                self._joiner.settle(root, now)
                person, held = self._read(root, most)
                claims = said(event for event in held if isinstance(event, Event))
                unsaved = [claim for claim in self._joiner.unsaved(claims) if claim not in tried]
                if unsaved:  # for whatever reason; who joins by it may have said something in turn
                    tried.update(unsaved)
                    self._joiner.learn(unsaved, now)
                    continue
                person = replace(person, claims=known.add(b"", claims))
                stored = once_each(held, person.seen, person.bases, rules.vocabulary)
                before = len(stored.events)
                if seal:
                    person, stored = self._sealer.seal(person, stored, rules.days_kept, now, rules.vocabulary)
                done = self._write(person, stored, rules, now)
                return replace(done, sealed=before - len(stored.events))
            except Conflict:
                conflicts += 1
        raise Transient(f"{customer}: written by others {ATTEMPTS} times during a rebuild")

    def check(self, customer: str, rules: Rules, now: datetime) -> list[Difference]:
        """Where the kept facts, traits, dates and conditions differ from what the stored events come to: nowhere, if
        all is well.

        rules: by its vocabulary facts are made; facts that wait to be made by it differ, until they are. Events that
        are on their way through the stream are a difference (`uncounted`), until they have arrived. Conditions are
        compared where nothing is on its way and none waits for its moment, as far as the customer was asked about them.
        """
        found = self._check_joins(customer)
        if self._customers.load(customer).join is None:
            person, held = self._read(customer, None, settled=False)
            stored = once_each(held, person.state.seen, person.bases, rules.vocabulary)
            found |= self._check_facts(person, stored, rules.vocabulary)
            if not found:
                found = self._check_conditions(person, stored, rules, now)
        return [Difference(customer, what, kept, folded) for what, (kept, folded) in found.items()]

    def _read(self, root: str, most: int | None, *, settled: bool = True) -> tuple[Person, list[Event | Unread]]:
        """The customer first, then those who belong to it, then the events, then the bases: who joins later changes
        the version, and what is sealed meanwhile is read twice rather than not at all."""
        state, graph = self._customers.load(root), self._joiner.graph()
        members = graph.members(root)
        joined = tuple(self._customers.load(member) for member in members)
        unturned = any(_owner(each.join) != _owner(graph.join(each.customer)) for each in joined)
        if settled and (unturned or state.join is not None or graph.join(root) is not None):
            raise Conflict(root)  # claimed a moment ago: until it is turned, somebody else may count its events
        held: list[Event | Unread] = []
        for subject in (root, *members):
            for event in self._log.of(subject):
                if isinstance(event, Event) and not is_counted(event):
                    continue
                held.append(event)
                if most is not None and len(held) > most:
                    raise TooManyEvents(root)
        bases = self._bases.of(root, (root, *members))
        since = known_since((event for event in held if isinstance(event, Event)), bases)
        links = {member: link_of(graph, member, since.get(member)) for member in members}
        return Person(state, joined, links, bases=bases), held

    def _write(self, person: Person, stored: Stored, rules: Rules, now: datetime) -> Rebuilt:
        states = self._judged(person, stored, rules, now)
        self._keep_profile(person, stored.events)
        for before, after in zip([person.state, *states], states, strict=False):
            self._customers.save(after, permission_changed=permission_changed(before, after))
        self._log.delete(stored.twins)  # after the state knows which of them counts
        self._keep_known(person)
        effects = sum(len(after.fx) for after in states)
        return Rebuilt(len(stored.events), len(stored.twins), effects, len(stored.unread))

    def _judged(self, person: Person, stored: Stored, rules: Rules, now: datetime) -> list[State]:
        """Its conditions are answered from the events at hand."""
        from chalicelib.segments.history import History

        survey = replace(self._survey, read=lambda _, need: History.of(stored.events, need.names, need.since))
        return survey.judge(
            person.state, rules, lambda rules, beside: list(renewed(person, stored, rules, now, beside))
        )

    def _keep_profile(self, person: Person, events: Sequence[Event]) -> None:
        if any(event.type == "group" for event in events):
            self._customers.accounts.keep(person.state.customer, events, anew=True)
        kept = self._customers.profile(person.state.customer)
        profile = Profile(kept.customer, v=kept.v).merge(events, person.known_at, person.links)
        if profile != kept:
            self._customers.save_profile(profile, before=kept)

    def _keep_known(self, person: Person) -> None:
        """Since when joined users are known, so that what they say later is judged without reading all events."""
        for state in person.joined:
            known_at = person.links[state.customer].known_at
            if state.join and state.join.known_at != known_at:
                self._customers.save(replace(state, v=state.v + 1, join=replace(state.join, known_at=known_at)))

    def _check_joins(self, customer: str) -> dict[str, tuple[str, str]]:
        """Whether the subject, and everybody around it, belongs to whom the rules say."""
        graph, found = self._joiner.graph(), dict[str, tuple[str, str]]()
        for subject in graph.around(customer):
            kept, folded = self._customers.load(subject), graph.join(subject)
            if (kept.v or folded) and _owner(kept.join) != _owner(folded):
                found[f"owner of {subject}"] = (_owner(kept.join), _owner(folded))
        return found

    def _check_facts(self, person: Person, stored: Stored, said: Vocabulary) -> dict[str, tuple[str, str]]:
        state = person.state
        profile = Profile(state.customer).merge(stored.events, person.known_at, person.links)
        uncounted = sum(state.seen.verdict(event) is Verdict.NEW for event in stored.events)
        found = _compared(state.facts, person.bases.fold(stored.events, person.links, said))
        held = held_since(stored.events, state.facts, said)
        if held is not None and not uncounted and (state.held_since is None or state.held_since > held):
            found["held_since"] = (str(state.held_since), f"at or before {held}")
        if self._customers.profile(state.customer).values != profile.values:
            found["traits"] = ("other values", ", ".join(profile.values))
        if uncounted:
            found["uncounted"] = ("0", str(uncounted))
        if state.rebuild is not None:
            found["rebuild"] = (state.rebuild, "not marked")
        if state.next_at is not None and (state.due_at is None or state.due_at > state.next_at):
            found["due_at"] = (str(state.due_at), f"at or before {state.next_at}")
        return found

    def _check_conditions(
        self, person: Person, stored: Stored, rules: Rules, now: datetime
    ) -> dict[str, tuple[str, str]]:
        state, live = person.state, rules.conditions
        known = [each for each in live.conditions if each.since <= state.conditions_v]
        due = state.conditions_at is not None and state.conditions_at <= now
        if not known or due:
            return {}
        anew = self._judged(person, stored, rules, now)[-1]
        kept, judged = ({each.name for each in known if each.key in one.memberships} for one in (state, anew))
        return {} if kept == judged else {"conditions": (", ".join(sorted(kept)), ", ".join(sorted(judged)))}


def link_of(graph: Graph, member: str, known_at: datetime | None) -> Link:
    """How a subject's events come to be the customer's, by all owners on the way."""
    hops, here = list[State](), member
    while (join := graph.join(here)) is not None:
        hops.append(State(here, join=replace(join, known_at=known_at if member.startswith(USER) else None)))
        here = join.to
    link = Chain(State(here), tuple(hops)).link
    assert link is not None, "a member has an owner"
    return link


def _owner(join: Join | None) -> str:
    return join.to if join else "nobody"


def _compared(kept: Facts, folded: Facts) -> dict[str, tuple[str, str]]:
    names = [field.name for field in fields(Facts)]
    pairs: Mapping[str, tuple[object, object]] = {name: (getattr(kept, name), getattr(folded, name)) for name in names}
    return {name: (str(ours), str(theirs)) for name, (ours, theirs) in pairs.items() if ours != theirs}
