"""The ledger in its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

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
from chalicelib.customers.store import PERMIT
from chalicelib.errors import Transient
from chalicelib.journeys.send import Send, Status
from chalicelib.messages import trial
from chalicelib.messages.permission import Permit, Sent, key_of

_ATTEMPTS: Final = 3


class Claim(Enum):
    """How an attempt to claim a row ended."""

    MINE = "mine"
    TAKEN = "taken"  # by another worker, or ended: there is nothing left to do
    MOVED = "moved"  # what was read no longer holds: read again and ask again


class _Change(NamedTuple):
    """What makes one stored row another."""

    set: Item
    remove: tuple[str, ...]


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
            change = _change(old, new)
            self._db.update(
                resources.SENDS, old.customer, old.id, set=change.set, remove=change.remove, when=_standing(old)
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
        change, when = _change(old, claimed), {**_standing(old), "status": str(old.status)}
        row = Update(resources.SENDS, old.customer, old.id, change.set, change.remove, when)
        for _ in range(_ATTEMPTS):
            try:
                self._db.transact([row, _permit(permit.customer or old.customer, permit, sent), *charge])
            except ConditionFailed as lost:
                return _lost(lost.item, claimed)
            except Transient:
                continue
            return Claim.MINE
        raise Transient("the claim was not answered")

    def give_back(self, customer: str, send: str, permit: Permit) -> None:
        """Take a message that certainly did not leave out of the window of `permit`. If somebody was faster it stays
        there, which is only too careful."""
        kept = {key: one for key, one in permit.sent.items() if key != key_of(send)}
        if permit.version is None or len(kept) == len(permit.sent):
            return
        with suppress(ConditionFailed):
            self._db.update(resources.CUSTOMERS, customer, PERMIT, set=_raised(permit, kept), when=_as_read(permit))

    def due(self, shard: str, until: datetime, *, limit: int, start: Item | None = None) -> Page:
        """A page of the keys of rows that are due by `until`; an index, so some may be out of date."""
        return self._db.query_index(
            resources.SENDS, resources.DUE, shard, until=times.text(until), limit=limit, start=start
        )


def _standing(row: Send) -> When:
    return {"v": row.v}


def _change(old: Send, new: Send) -> _Change:
    before, after = old.to_item(), new.to_item()
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return _Change(changed, tuple(sorted(before.keys() - after.keys())))


def _permit(customer: str, permit: Permit, sent: Mapping[str, Sent] | None) -> Update | Check:
    if sent is None:
        return Check(resources.CUSTOMERS, customer, PERMIT, _as_read(permit))
    return Update(resources.CUSTOMERS, customer, PERMIT, _raised(permit, sent), when=_as_read(permit))


def _as_read(permit: Permit) -> When:
    return {"version": ABSENT if permit.version is None else permit.version}


def _raised(permit: Permit, sent: Mapping[str, Sent]) -> Item:
    return {
        "version": (permit.version or 0) + 1,
        "schema_v": resources.SCHEMA_VERSION,
        "sent": {key: one.to_text() for key, one in sent.items()},
    }


def _lost(standing: Item | None, claimed: Send) -> Claim:
    if standing is None or standing["sk"] != claimed.id:
        return Claim.MOVED  # the permit, or a row that is gone: reading again tells which
    row = Send.from_item(standing)
    if row.status is Status.CLAIMED and row.owner == claimed.owner:
        return Claim.MINE
    return Claim.TAKEN
