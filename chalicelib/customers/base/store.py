"""Where bases are kept: items beside the state of their subject, written once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.aws.database import ABSENT, Check, ConditionFailed, Database, Put, TransactionConflict
from chalicelib.customers.base import PREFIX, Base, Bases
from chalicelib.customers.state import STATE
from chalicelib.customers.store import Conflict
from chalicelib.resources import CUSTOMERS


class BaseStore:
    """The bases of everybody. Read them after the events: what was deleted before is in a base by then."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, customer: str, subjects: Iterable[str]) -> Bases:
        """All bases of a customer whose events are those of these subjects, as they are now."""
        return Bases(tuple(base for subject in subjects for base in self._of(subject)), customer)

    def keep(self, base: Base, customer: str, v: int) -> None:
        """Keep a new base of one of a customer's subjects, if the customer still is as it was read, of version `v`.

        Conflict if not, or if the subject got a base of this number meanwhile (perhaps by this very call, whose
        answer was lost): read again. Whoever was erased gets none.
        """
        try:
            self._db.transact(
                [
                    Put(CUSTOMERS, base.to_item(), when={"pk": ABSENT}),
                    Check(CUSTOMERS, customer, STATE, when={"v": v}),
                ]
            )
        except (ConditionFailed, TransactionConflict) as lost:
            raise Conflict(customer) from lost

    def _of(self, subject: str) -> Iterable[Base]:
        start: Any = None
        while True:
            page = self._db.query(CUSTOMERS, subject, prefix=PREFIX, start=start, consistent=True)
            yield from map(Base.from_item, page.items)
            start = page.next
            if start is None:
                return
