"""Where customers are kept: state, profile, permit and the history of their stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Final

from chalicelib import times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Item, Put, Update
from chalicelib.customers import addresses, erased, suppression
from chalicelib.customers.erased import Tombstone
from chalicelib.customers.profile import PROFILE, Profile
from chalicelib.customers.shards import due_shard, stage_shards
from chalicelib.customers.stages import HISTORY, StageChange, stage_change
from chalicelib.customers.state import STATE, Chain, State
from chalicelib.customers.suppression import Kept, Suppressed
from chalicelib.errors import Transient
from chalicelib.resources import CUSTOMERS, SCHEMA_VERSION, STAGE, WORK

if TYPE_CHECKING:
    from chalicelib.customers.accounts.store import AccountStore
    from chalicelib.customers.base.store import BaseStore
    from chalicelib.customers.links.store import LinkStore

PERMIT: Final = "!permit"  # the range key
UNKNOWN_TOPIC: Final = "unknown-topic"  # kind in the work table
UNKNOWN_FOR: Final = timedelta(days=90)
MOST_UNKNOWN: Final = 100
MOST_FOUND: Final = 50  # customers with one address
_LONGEST_CHAIN: Final = 12  # of who belongs to whom
_LONGEST_KEY: Final = 2048  # bytes: what DynamoDB takes


class Conflict(Exception):
    """Somebody else has written this customer since it was read: read it again and decide anew."""


class Circle(Transient):
    """Subjects are joined in a circle: two workers turned them at one moment, and one of them is about to open it."""


@dataclass(frozen=True)
class Listed:
    """A customer in a list of a stage, and since when it is there."""

    customer: str
    since: datetime


class CustomerStore:
    """Every customer. Nothing here is cached: whoever decides, decides on what stands there now.

    pii: the secrets under which customers can be looked up by their addresses, the newest first. Whoever writes
    profiles needs them.
    """

    def __init__(self, db: Database, pii: Callable[[], Sequence[str]] | None = None) -> None:
        self._db = db
        self._pii = pii

    @cached_property
    def links(self) -> LinkStore:
        """Who belongs to whom."""
        from chalicelib.customers.links.store import LinkStore

        return LinkStore(self._db)

    @cached_property
    def bases(self) -> BaseStore:
        """What is left of events that are forgotten."""
        from chalicelib.customers.base.store import BaseStore

        return BaseStore(self._db)

    @cached_property
    def accounts(self) -> AccountStore:
        """What people belong to."""
        from chalicelib.customers.accounts.store import AccountStore

        return AccountStore(self._db)

    def load(self, customer: str, *, consistent: bool = True) -> State:
        """The customer's state; `State(customer)`, with v 0, if there is none."""
        item = self._db.get(CUSTOMERS, customer, STATE, consistent=consistent)
        return State(customer) if item is None else State.from_item(item)

    def chain(self, subject: str, *, consistent: bool = True) -> Chain:
        """The subject's customer, and the joined states on the way to it; one read if the subject is the customer."""
        state, hops = self.load(subject, consistent=consistent), list[State]()
        while state.join is not None:
            hops.append(state)
            if len(hops) > _LONGEST_CHAIN:
                raise Circle(subject)
            state = self.load(state.join.to, consistent=consistent)
        return Chain(state, tuple(hops))

    def subjects(self, state: State) -> list[str]:
        """All subjects of a customer, itself first. Whoever has folded nobody else's events and saved no claim is
        alone: then nothing is read."""
        if not state.has and not state.claims:
            return [state.customer]
        from chalicelib.customers.links.family import Graph

        return [state.customer, *Graph(self.links.node).members(state.customer)]

    def find(self, subject: str, *, consistent: bool = True) -> State:
        """The state of the customer that a subject is or belongs to."""
        return self.chain(subject, consistent=consistent).root

    def save(self, state: State, *, permission_changed: bool = False) -> None:
        """Write a state whose `v` is one more than that of the state which it was made from.

        One write; two in one transaction when consent or suppression changed, because every message that was
        permitted under the old permit's version must then be asked for again. Conflict if somebody was faster.
        """
        written = Put(CUSTOMERS, state.to_item(), when={"v": state.v - 1} if state.v > 1 else {"pk": ABSENT})
        try:
            if permission_changed:
                self._db.transact([written, self._raised_permit(state.customer)])
            else:
                self._db.put(CUSTOMERS, written.item, when=written.when)
        except ConditionFailed as lost:
            raise Conflict(state.customer) from lost

    def mark(self, customer: str, reason: str, due_at: datetime) -> None:
        """Mark a customer for rebuild, due at `due_at` or before, whatever state it is in. Conflict as for `save`.

        The item is not read as a state, because an unreadable one must be markable too.
        """
        item = self._db.get(CUSTOMERS, customer, STATE)
        if item is None:
            self.save(State(customer, v=1, rebuild=reason, due_at=due_at))
            return
        due = min(times.text(due_at), item.get("due_at", "~"))
        if "rebuild" in item and item.get("due_at") == due:
            return
        v = int(item["v"])
        marked = {"v": v + 1, "rebuild": reason, "due_at": due, "due_shard": due_shard(customer)}
        try:
            # The outbox was this item's last write; it must not leave again with this one.
            self._db.update(CUSTOMERS, customer, STATE, set=marked, remove=("fx",), when={"v": v})
        except ConditionFailed as lost:
            raise Conflict(customer) from lost

    def set_aside(self, customer: str, reason: str, until: datetime) -> None:
        """Look at a marked customer again only at `until`, so that one who cannot be rebuilt does not come up at
        every minute. Nothing happens if somebody else writes at the same time."""
        item = self._db.get(CUSTOMERS, customer, STATE)
        if item is None:
            return
        v = int(item["v"])
        aside = {"v": v + 1, "rebuild": reason, "due_at": times.text(until), "due_shard": due_shard(customer)}
        with suppress(ConditionFailed):
            self._db.update(CUSTOMERS, customer, STATE, set=aside, remove=("fx",), when={"v": v})

    def profile(self, customer: str) -> Profile:
        """The customer's traits; an empty profile if there are none."""
        item = self._db.get(CUSTOMERS, customer, PROFILE)
        return Profile(customer) if item is None else Profile.from_item(item)

    def save_profile(self, profile: Profile, *, before: Profile | None = None) -> None:
        """Write a profile made from `before`, of version `profile.v`, and first what it can be looked up by. Conflict
        if somebody was faster."""
        if self._pii is not None:
            known = set(addresses.known_by(before.values)) if before else set()
            new = [each for each in addresses.known_by(profile.values) if each not in known]
            for each in new:
                hash_key = addresses.pointer(self._pii()[0], each)
                self._db.put(CUSTOMERS, addresses.to_item(hash_key, profile.customer))
        when = {"v": profile.v} if profile.v else {"pk": ABSENT}
        try:
            self._db.put(CUSTOMERS, replace(profile, v=profile.v + 1).to_item(), when=when)
        except ConditionFailed as lost:
            raise Conflict(profile.customer) from lost

    def known_by(self, known: addresses.Known, *, most: int = MOST_FOUND) -> list[str]:
        """The customers whose profiles have this address or external id now. Of more than `most` those who have a user
        id: visitors by the dozen may have entered an address that is somebody's."""
        assert self._pii is not None, "looking up takes the secrets"
        found: dict[str, None] = {}
        for hash_key in addresses.pointers(self._pii(), known):
            # `u#` stands behind `a#`.
            for item in self._db.query(CUSTOMERS, hash_key, limit=most, descending=True).items:
                customer = self.find(item["sk"]).customer
                if customer not in found and known in addresses.known_by(self.profile(customer).values):
                    found[customer] = None
        return sorted(found)

    def suppressed(self, marks: Sequence[str]) -> Suppressed | None:
        """What keeps messages from an address, whoever has it (suppression.py), under any of its hash keys."""
        standing = [held for kept in self.kept(marks) if (held := kept.standing)]
        return reduce(suppression.united, standing) if standing else None

    def kept(self, marks: Sequence[str]) -> list[Kept]:
        """What stands under the hash keys of an address, where anything does."""
        found = (self._db.get(CUSTOMERS, mark, suppression.RANGE_KEY) for mark in marks)
        return [suppression.from_item(item) for item in found if item is not None]

    def suppress(self, mark: str, left: Suppressed) -> None:
        """Keep what an erasure leaves behind, together with what another left. Doing it again changes nothing."""
        before = next((kept.erased for kept in self.kept([mark])), None)
        self._keep(mark, suppression.of_erasure(suppression.united(before, left) if before else left))

    def suppress_listed(self, mark: str, listed: Suppressed) -> None:
        """Keep what SES's list says, together with what it said before and was not lifted. Doing it again changes
        nothing."""
        before = next((kept.listing for kept in self.kept([mark])), None)
        self._keep(mark, suppression.of_list(suppression.united(before, listed) if before else listed))

    def lift(self, mark: str, at: datetime) -> None:
        """What SES's list said until then counts no more. What an erasure left stays."""
        self._keep(mark, suppression.of_lift(at))

    def _keep(self, mark: str, attributes: Item) -> None:
        self._db.update(CUSTOMERS, mark, suppression.RANGE_KEY, set=attributes)

    def tombstone(self, subject: str) -> Tombstone | None:
        """What remains of a subject that was erased within the last 30 days."""
        item = self._db.get(CUSTOMERS, erased.key(subject), erased.RANGE_KEY)
        return None if item is None else Tombstone.from_item(item)

    def bury(self, subject: str, stone: Tombstone) -> None:
        """Leave a tombstone, or add to the one that stands there. Doing it again changes nothing."""
        standing = self.tombstone(subject)
        self._db.put(CUSTOMERS, (stone.united(standing) if standing else stone).to_item(subject))

    def in_stage(self, stage: str, *, limit: int, cursor: str | None = None) -> tuple[list[Listed], str | None]:
        """At most `limit` customers of a stage, and the cursor of the next page, None at the end.

        The index has eight shards, gone through one after the other; within one the longest in the stage come first.
        ValueError for a cursor that is none. The index lags behind by moments.
        """
        shards = stage_shards(stage)
        place, start = _position(cursor, shards) if cursor else (0, None)
        found: list[Listed] = []
        while place < len(shards):
            page = self._db.query_index(CUSTOMERS, STAGE, shards[place], limit=limit - len(found), start=start)
            found += [Listed(item["pk"], times.parse(item["stage_since"])) for item in page.items]
            start = page.next
            place += start is None
            if len(found) >= limit:
                break
        return found, _cursor(place, start) if place < len(shards) else None

    def count_in_stage(self, stage: str) -> int:
        """How many customers the index lists in a stage: counted now, behind the table by moments."""
        return sum(self._db.count_index(CUSTOMERS, STAGE, shard) for shard in stage_shards(stage))

    def history(self, customer: str, *, limit: int) -> list[StageChange]:
        """The last `limit` changes of stage, newest first."""
        page = self._db.query(CUSTOMERS, customer, prefix=HISTORY, descending=True, limit=limit)
        return [stage_change(item) for item in page.items]

    def everybody(self, *, segment: int = 0, segments: int = 1) -> Iterator[State]:
        """The state of every customer in one of `segments` parts of the table, in no order: for jobs over all."""
        start: Item | None = None
        while True:
            page = self._db.scan(CUSTOMERS, segment=segment, segments=segments, start=start)
            yield from (State.from_item(item) for item in page.items if item["sk"] == STATE)
            start = page.next
            if start is None:
                return

    def _raised_permit(self, customer: str) -> Update:
        """The permit's next version, whatever it holds beside it; a worker that was counting on the last one fails."""
        standing = self._db.get(CUSTOMERS, customer, PERMIT)
        version = int(standing["version"]) if standing else 0
        raised = {"version": version + 1, "schema_v": SCHEMA_VERSION}
        return Update(CUSTOMERS, customer, PERMIT, raised, when={"version": version if standing else ABSENT})


class UnknownTopics:
    """Topics that somebody stated something about and nobody has defined: the statements count, and are listed here.

    Each is written once by a container that has not met it, and at most MOST by one: a client cannot fill a table.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._met: set[str] = set()

    def met(self, key: str, now: datetime) -> None:
        """Somebody spoke of `key`, such as `email/letters`."""
        if key in self._met or len(self._met) >= MOST_UNKNOWN:
            return
        expires = int((now + UNKNOWN_FOR).timestamp())
        item = {"pk": UNKNOWN_TOPIC, "sk": key, "met_at": times.text(now), "expires": expires}
        self._db.insert_all(WORK, [item | {"schema_v": SCHEMA_VERSION}])
        self._met.add(key)

    def all(self, now: datetime) -> list[tuple[str, datetime]]:
        """The first hundred by name, each with the moment at which it was first met."""
        page = self._db.query(WORK, UNKNOWN_TOPIC, limit=MOST_UNKNOWN)
        return [(i["sk"], times.parse(i["met_at"])) for i in page.items if int(i["expires"]) > now.timestamp()]


def _cursor(place: int, start: Item | None) -> str:
    """`2`, or `2|stage since|customer`: the shard, and behind whom to go on in it. A customer's id comes last
    because it may hold anything."""
    return str(place) if start is None else f"{place}|{start['stage_since']}|{start['pk']}"


def _position(cursor: str, shards: tuple[str, ...]) -> tuple[int, Item | None]:
    place, *behind = cursor.split("|", 2)
    if not place.isdecimal() or int(place) >= len(shards) or len(behind) not in (0, 2):
        raise ValueError(f"not a cursor: {cursor!r}")
    if not behind:
        return int(place), None
    since, customer = behind
    if times.text(times.parse(since)) != since or not 0 < len(customer.encode()) <= _LONGEST_KEY:
        raise ValueError(f"not a cursor: {cursor!r}")
    return int(place), {"pk": customer, "sk": STATE, "stage_shard": shards[int(place)], "stage_since": since}
