"""Where referral programmes, everybody's codes and credits are kept.

catalog     referral           version#…, current#…          what a programme is (catalog/store.py)
customers   code#<code>        !code                         whose code it is (`state` referral)
            referral#<name>    count#<shard>                 how many have a code, how many orders counted: exact
            <owner>            referral#<name>               her code
                               credit#<name>#<hash>          what one friend's first order brought her
            <friend>           referred#<name>               that she came by a code: once
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from chalicelib import ids
from chalicelib.aws.database import ABSENT, Database, Item, Put
from chalicelib.catalog.store import DefinitionStore
from chalicelib.journeys.coupons.store import STATUS, code_key, counted, summed, written
from chalicelib.journeys.referrals.referral import Referral
from chalicelib.resources import CUSTOMERS, SCHEMA_VERSION

KIND: Final = "referral"


class ReferralStore:
    """Programmes, codes and credits."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.definitions = DefinitionStore(db, KIND)

    def programme(self, name: str) -> Referral | None:
        """The newest version of a programme; None if there is none."""
        pointer = self.definitions.pointer(name)
        body = None if pointer is None else self.definitions.body(name, pointer.latest)
        return None if body is None else Referral.model_validate(body)

    def own(self, customer: str, name: str) -> Item | None:
        """The row of somebody's own code."""
        return self._db.get(CUSTOMERS, customer, f"referral#{name}")

    def give(self, customer: str, name: str, code: str, at: str) -> bool:
        """Make a code somebody's own; False if she has one, or somebody else has this one."""
        said = {"campaign": name, "state": KIND, "customer": customer, "given_at": at, "schema_v": SCHEMA_VERSION}
        own = {"pk": customer, "sk": f"referral#{name}", "code": code, "given_at": at, "schema_v": SCHEMA_VERSION}
        return written(
            self._db,
            [
                Put(CUSTOMERS, own, when={"pk": ABSENT}),
                Put(CUSTOMERS, {"pk": code_key(code), "sk": STATUS, **said}, when={"pk": ABSENT}),
                counted(_programme_key(name), customer, given=1),
            ],
        )

    def credit(self, name: str, owner: str, friend: str, order: str, said: Mapping[str, Any]) -> bool:
        """Count a friend's order for the owner of a code: once for the friend, in one transaction. True also if it
        was this order that had been counted: its answer was lost."""
        credit = {"pk": owner, "sk": f"credit#{name}#{ids.digest(friend, order, length=16)}", **said}
        gate = {"pk": friend, "sk": f"referred#{name}", "order": order, "code": said["code"], "at": said["at"]}
        done = written(
            self._db,
            [
                Put(CUSTOMERS, {**gate, "schema_v": SCHEMA_VERSION}, when={"pk": ABSENT}),
                Put(CUSTOMERS, {**credit, "schema_v": SCHEMA_VERSION}, when={"pk": ABSENT}),
                counted(_programme_key(name), owner, credited=1),
            ],
        )
        standing = None if done else self._db.get(CUSTOMERS, friend, f"referred#{name}")
        return done or (standing is not None and standing["order"] == order)

    def credits(self, owner: str, limit: int = 100) -> list[Item]:
        """What somebody was credited, at most `limit` rows."""
        return self._db.query(CUSTOMERS, owner, prefix="credit#", limit=limit, consistent=True).items

    def refuse(self, name: str, reason: str, friend: str) -> None:
        """Count why an order brought nothing: approximately, because one that is heard twice counts twice."""
        update = counted(_programme_key(name), friend, **{reason: 1})
        self._db.add(CUSTOMERS, update.pk, update.sk, update.add)

    def counts(self, name: str) -> Counter[str]:
        """`given`, `credited`, and approximately how many orders brought nothing, by reason."""
        return summed(self._db, _programme_key(name))


def _programme_key(name: str) -> str:
    return f"referral#{name}"
