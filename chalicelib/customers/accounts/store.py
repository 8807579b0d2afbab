"""Where accounts are kept: the account, and a share for each member, all under one hash key of the customers table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Item, Put
from chalicelib.customers.accounts.account import RECORD, Account, shards
from chalicelib.customers.accounts.share import ACCOUNT, MEMBER, Share
from chalicelib.customers.facts import Facts
from chalicelib.customers.memberships import group_of
from chalicelib.customers.shards import due_shard
from chalicelib.customers.stages import HISTORY, StageChange, kept_once, stage_change
from chalicelib.customers.store import Conflict
from chalicelib.customers.trust import NEWCOMER
from chalicelib.resources import CUSTOMERS, SCHEMA_VERSION, STAGE
from chalicelib.tracking.event import Event

SOON: Final = timedelta(minutes=1)
"""How long after a change an account is folded: whatever else changes until then is one fold."""
_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class ListedAccount:
    """An account in a list of a stage, and since when it is there."""

    id: str
    since: datetime


class AccountStore:
    """Every account. Nothing here is cached."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def load(self, id: str) -> Account:
        """The account; `Account(id)`, with v 0, if there is none."""
        item = self._db.get(CUSTOMERS, ACCOUNT + id, RECORD)
        return Account(id) if item is None else Account.from_item(item)

    def of(self, facts: Facts) -> Account | None:
        """The account that a person belongs to: of those that she counts in, the one she named first. None for none,
        and until the account has been folded."""
        for group in facts.memberships.groups:
            account = self.load(group)
            claimed = facts.memberships.claimed.get(group)
            new = claimed and account.first_at and claimed <= account.first_at + NEWCOMER
            if account.stage and (group in facts.memberships.proven or new):
                return account
        return None

    def save(self, account: Account, change: StageChange | None = None) -> None:
        """Write an account whose `v` is one more than that of the one which it was made from, and with it the change of
        stage that it made. Conflict if somebody was faster."""
        written = Put(CUSTOMERS, account.to_item(), when={"v": account.v - 1} if account.v > 1 else {"pk": ABSENT})
        try:
            if change is not None:
                self._db.transact([written, kept_once(ACCOUNT + account.id, change)])
            else:
                self._db.put(CUSTOMERS, written.item, when=written.when)
        except ConditionFailed as lost:
            raise Conflict(account.id) from lost

    def history(self, id: str, *, limit: int) -> list[StageChange]:
        """The last `limit` changes of an account's stage, newest first."""
        page = self._db.query(CUSTOMERS, ACCOUNT + id, prefix=HISTORY, descending=True, limit=limit)
        return [stage_change(item) for item in page.items]

    def mark(self, id: str, due_at: datetime) -> None:
        """Have the account looked at by `due_at`. One read where it is due already; who loses a race tries again."""
        key = ACCOUNT + id
        for _ in range(_ATTEMPTS):
            item = self._db.get(CUSTOMERS, key, RECORD)
            due = times.text(due_at)
            if item is not None and item.get("due_at", "~") <= due:
                return
            v = int(item["v"]) if item else 0
            marked = {"v": v + 1, "due_at": due, "due_shard": due_shard(key), "schema_v": SCHEMA_VERSION}
            try:
                self._db.update(CUSTOMERS, key, RECORD, set=marked, when={"v": v if item else ABSENT})
            except ConditionFailed:
                continue
            return
        raise Conflict(id)

    def set_aside(self, id: str, until: datetime) -> None:
        """Look at an account that cannot be folded again only at `until`; nothing if somebody else writes at the
        same time."""
        key = ACCOUNT + id
        item = self._db.get(CUSTOMERS, key, RECORD)
        if item is not None:
            v = int(item["v"])
            aside = {"v": v + 1, "due_at": times.text(until), "due_shard": due_shard(key)}
            with suppress(ConditionFailed):
                self._db.update(CUSTOMERS, key, RECORD, set=aside, when={"v": v})

    def keep(self, customer: str, events: Iterable[Event], *, anew: bool = False) -> None:
        """Keep what these events of a customer say of accounts; `anew`: they are all that there are. Keeping them again
        changes nothing. Conflict if somebody was faster."""
        calls = [event for event in events if group_of(event) is not None]
        for group in sorted({str(group_of(event)) for event in calls}):
            item = self._db.get(CUSTOMERS, ACCOUNT + group, MEMBER + customer)
            kept = Share.from_item(item) if item else Share(group, customer)
            share = (Share(group, customer, v=kept.v) if anew else kept).merge(calls)
            if share != kept:
                self._write(replace(share, v=kept.v + 1), kept.v)

    def shares(self, id: str, most: int) -> list[Share]:
        """What the first `most` members say of the account, by the order of their ids."""
        found: list[Share] = []
        start: Item | None = None
        while len(found) < most:
            page = self._db.query(
                CUSTOMERS, ACCOUNT + id, prefix=MEMBER, limit=most - len(found), start=start, consistent=True
            )
            found += map(Share.from_item, page.items)
            start = page.next
            if start is None:
                break
        return found

    def page(self, id: str, *, limit: int, after: str | None) -> tuple[list[Share], str | None]:
        """A page of shares by the order of their customers' ids, and behind whom the next one begins."""
        start = {"pk": ACCOUNT + id, "sk": MEMBER + after} if after else None
        page = self._db.query(CUSTOMERS, ACCOUNT + id, prefix=MEMBER, limit=limit, start=start)
        return [Share.from_item(item) for item in page.items], _customer(page.next)

    def forget(self, event: Event, customers: Iterable[str], now: datetime) -> int:
        """Remove the parts that these ids of a person who is erased have in the account that the event names, and have
        the account folded without her; how many there were."""
        group = group_of(event)
        if group is None:
            return 0
        key = ACCOUNT + group
        found = [one for one in customers if self._db.get(CUSTOMERS, key, MEMBER + one) is not None]
        if found:
            self.mark(group, now + SOON)  # before: what is interrupted here is done again
        for customer in found:
            self._db.delete(CUSTOMERS, key, MEMBER + customer)
        return len(found)

    def in_stage(self, stage: str, *, limit: int, cursor: str | None) -> tuple[list[ListedAccount], str | None]:
        """At most `limit` accounts of a stage and the cursor of the next page, None at the end; ValueError for a cursor
        that is none. As for customers: eight shards, one after the other."""
        hashes = shards(stage)
        place, start = _position(cursor, hashes) if cursor else (0, None)
        found: list[ListedAccount] = []
        while place < len(hashes):
            page = self._db.query_index(CUSTOMERS, STAGE, hashes[place], limit=limit - len(found), start=start)
            found += [
                ListedAccount(item["pk"].removeprefix(ACCOUNT), times.parse(item["stage_since"])) for item in page.items
            ]
            start = page.next
            place += start is None
            if len(found) >= limit:
                break
        return found, _cursor(place, start) if place < len(hashes) else None

    def count_in_stage(self, stage: str) -> int:
        """How many accounts the index lists in a stage."""
        return sum(self._db.count_index(CUSTOMERS, STAGE, shard) for shard in shards(stage))

    def _write(self, share: Share, standing: int) -> None:
        try:
            self._db.put(CUSTOMERS, share.to_item(), when={"v": standing} if standing else {"pk": ABSENT})
        except ConditionFailed as lost:
            raise Conflict(share.customer) from lost


def _customer(key: Item | None) -> str | None:
    return None if key is None else str(key["sk"]).removeprefix(MEMBER)


def _cursor(place: int, start: Item | None) -> str:
    return str(place) if start is None else f"{place}|{start['stage_since']}|{start['pk']}"


def _position(cursor: str, hashes: Sequence[str]) -> tuple[int, dict[str, Any] | None]:
    place, *behind = cursor.split("|", 2)
    if not place.isdecimal() or int(place) >= len(hashes) or len(behind) not in (0, 2):
        raise ValueError(f"not a cursor: {cursor!r}")
    if not behind:
        return int(place), None
    since, key = behind
    if times.text(times.parse(since)) != since or not key.startswith(ACCOUNT) or len(key.encode()) > 2_048:
        raise ValueError(f"not a cursor: {cursor!r}")
    return int(place), {"pk": key, "sk": RECORD, "stage_shard": hashes[int(place)], "stage_since": since}
