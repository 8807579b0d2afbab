"""Where coupons and their codes are kept, and the one transaction by which a code is given.

    catalog     coupon             version#…, current#…          what a coupon is (catalog/store.py)
                shared             <code>                        of which coupon a code is that everybody has
    customers   coupon#<name>      free#<hash>#<code>            the codes of a pool that nobody has
                                   count#<shard>                 how many were uploaded, given, used: exact, in shards
                code#<code>        !code                         what became of a code
                <customer>         coupon#<name>#<journey>       the code that somebody has

Giving is one transaction: the code leaves the pool *if it is there*, the person's row is written *if there is none*,
and the code's row says so. Of two workers that give one code, or give to one person, one finds its condition broken
and looks again; one whose answer was lost finds the person's row. So no code goes to two people, nobody gets two, and a
code is always either free or somebody's (tests/coupons/test_giving_laws.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from chalicelib import ids, times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Delete, Item, Put, Update, Write
from chalicelib.catalog.store import DefinitionStore
from chalicelib.errors import Transient
from chalicelib.journeys.coupons.code import Code
from chalicelib.journeys.coupons.coupon import Coupon
from chalicelib.resources import CATALOG, CUSTOMERS, SCHEMA_VERSION

KIND: Final = "coupon"
SHARED: Final = "shared"
STATUS: Final = "!code"
SHARDS: Final = 16
FREE: Final = "free#"
COUNT: Final = "count#"
AT_ONCE: Final = 40  # codes uploaded in one transaction, which holds 100 writes
MOST_BEFORE: Final = 20
_TRIES: Final = 3


class CouponStore:
    """Coupons and codes."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.definitions = DefinitionStore(db, KIND)

    def coupon(self, name: str) -> Coupon | None:
        """The newest version of a coupon; None if there is none."""
        pointer = self.definitions.pointer(name)
        body = None if pointer is None else self.definitions.body(name, pointer.latest)
        return None if body is None else Coupon.model_validate(body)

    # --- who has which ---

    def held(self, customer: str, coupon: str, journey: str) -> Item | None:
        """The row of the code that somebody has of a coupon in a journey."""
        return self._db.get(CUSTOMERS, customer, _held_key(coupon, journey))

    def status(self, code: str) -> Item | None:
        """What became of a code: `campaign`, `state` (free, given, redeemed, shared, referral, erased), and whose."""
        own = self._db.get(CUSTOMERS, code_key(code), STATUS)
        if own is not None:
            return own
        shared = self._db.get(CATALOG, SHARED, code)
        return None if shared is None else {**shared, "pk": code_key(code), "state": SHARED}

    def free(self, coupon: str, begin: str, limit: int = 1) -> list[str]:
        """Some codes that nobody has, beginning somewhere; empty if there are none."""
        after = self._db.query(CUSTOMERS, pool_key(coupon), after=FREE + begin, limit=limit, consistent=True).items
        if not after:
            after = self._db.query(CUSTOMERS, pool_key(coupon), prefix=FREE, limit=limit, consistent=True).items
        return [str(item["sk"]).rpartition("#")[2] for item in after]

    def give(self, customer: str, journey: str, code: Code, kind: str, before: Item | None) -> bool:
        """Give a code, if the person's row still is `before`, and nobody has the code. False: look again."""
        writes: list[Write] = [
            Put(CUSTOMERS, _held(customer, journey, code, before), when=_standing(before)),
            counted(pool_key(code.campaign), customer, given=1),
        ]
        if kind == "pool":
            writes.append(Delete(CUSTOMERS, pool_key(code.campaign), _free_key(code.code), when={"code": code.code}))
            writes.append(Put(CUSTOMERS, _given(customer, journey, code), when={"state": "free"}))
        elif kind == "unique":
            writes.append(Put(CUSTOMERS, _given(customer, journey, code), when={"pk": ABSENT}))
        return written(self._db, writes)

    # --- pools ---

    def upload(self, coupon: str, codes: Sequence[str]) -> tuple[Counter[str], list[str]]:
        """Put codes into a pool. How many are `new` and `known` in it; and those that are another coupon's."""
        counts: Counter[str] = Counter()
        taken: list[str] = []
        for start in range(0, len(codes), AT_ONCE):
            part = codes[start : start + AT_ONCE]
            if self._upload(coupon, part):
                counts["new"] += len(part)
                continue
            for code in part:  # some are there: one by one, to see which
                standing = self.status(code)
                if standing is None and self._upload(coupon, [code]):
                    counts["new"] += 1
                elif (standing or self.status(code) or {}).get("campaign") == coupon:
                    counts["known"] += 1
                else:
                    taken.append(code)
        return +counts, taken

    def _upload(self, coupon: str, codes: Sequence[str]) -> bool:
        writes: list[Write] = [counted(pool_key(coupon), codes[0], uploaded=len(codes))]
        for code in codes:
            status = {"campaign": coupon, "state": "free", "schema_v": SCHEMA_VERSION}
            writes.append(Put(CUSTOMERS, {"pk": code_key(code), "sk": STATUS, **status}, when={"pk": ABSENT}))
            free = {"code": code, "schema_v": SCHEMA_VERSION}
            writes.append(Put(CUSTOMERS, {"pk": pool_key(coupon), "sk": _free_key(code), **free}))
        return written(self._db, writes)

    def counts(self, coupon: str) -> Counter[str]:
        """`uploaded`, `given`, `redeemed`; `unasked`: used though nobody was given them; `left` of a pool; and by
        currency what they took off (`off_EUR`, in hundredths)."""
        totals = summed(self._db, pool_key(coupon))
        totals["left"] = totals["uploaded"] - totals["given"] - totals["unasked"]
        return totals

    # --- what came of them ---

    def share(self, coupon: str, code: str) -> bool:
        """Note of which coupon a shared code is; False if it is another one's."""
        row = {"pk": SHARED, "sk": code, "campaign": coupon, "schema_v": SCHEMA_VERSION}
        if self.status(code) is None:
            with suppress(ConditionFailed):  # noted at the same moment: of which, is asked below
                self._db.put(CATALOG, row, when={"pk": ABSENT})
                return True
        return (self.status(code) or {}).get("campaign") == coupon

    def redeem(self, status: Item, customer: str, order: str, at: str, off: Mapping[str, int]) -> bool:
        """Count that a code was used in a customer's order; False if that order has been counted with it, or the code
        has changed hands since it was read: look again.

        A unique code counts once more with every order, and what became of it is said of the first. One that is still
        in its pool leaves it: somebody has it, whoever gave it.
        """
        key, code, coupon = str(status["pk"]), str(status["pk"]).partition("#")[2], str(status["campaign"])
        row = {"pk": customer, "sk": f"redeemed#{code}#{ids.digest(order, length=16)}", "schema_v": SCHEMA_VERSION}
        said = {"code": code, "campaign": coupon, "order": order, "at": at}
        unasked = {"unasked": 1} if status["state"] == "free" else {}
        writes: list[Write] = [
            Put(CUSTOMERS, {**row, **said}, when={"pk": ABSENT}),
            counted(pool_key(coupon), customer, redeemed=1, **unasked, **off),
        ]
        if off and status.get("journey"):
            writes.append(counted(f"journey#{status['journey']}", customer, **off))  # what it costs (spending/store.py)
        if status["state"] in ("given", "free"):
            used = {"state": "redeemed", "redeemed_at": at, "by_owner": status.get("customer") == customer}
            writes.append(Update(CUSTOMERS, key, STATUS, used, when={"state": status["state"]}))
        if unasked:
            writes.append(Delete(CUSTOMERS, pool_key(coupon), _free_key(code), when={"code": code}))
        return written(self._db, writes)

    def forget(self, customer: str) -> int:
        """Take the person out of the rows of her codes: nobody gets them again, and they say no more whose they were.
        How many there were. Before her own rows go."""
        codes = [code for item in self.all_held(customer) for code in (item["code"], *item.get("before", ()))]
        for code in codes:
            status = self.status(str(code))
            if status is not None and status.get("customer") == customer:
                gone = ("customer", "journey")
                self._db.update(CUSTOMERS, code_key(str(code)), STATUS, set={"state": "erased"}, remove=gone)
        return len(codes)

    def all_held(self, customer: str) -> Iterator[Item]:
        """Every row of a code that somebody has: of coupons, and her own for referrals."""
        for prefix in ("coupon#", "referral#"):
            yield from self._db.query(CUSTOMERS, customer, prefix=prefix, consistent=True).items


_OURS: Final = frozenset({"pk", "sk", "schema_v"})


def counted(key: str, by: str, **numbers: int) -> Update:
    """A write that counts, beside one that can happen once: so the sum over the shards is exact."""
    place = f"{COUNT}{ids.shard(by, SHARDS):02d}"
    return Update(CUSTOMERS, key, place, {"schema_v": SCHEMA_VERSION}, add=numbers)


def summed(db: Database, key: str) -> Counter[str]:
    """What was counted under a key."""
    totals: Counter[str] = Counter()
    for item in db.query(CUSTOMERS, key, prefix=COUNT).items:
        totals.update({name: int(number) for name, number in item.items() if name not in _OURS})
    return totals


def written(db: Database, writes: Sequence[Write]) -> bool:
    """All or nothing; False if a condition did not hold. Transient after a few answers that did not come: whoever asks
    again finds out what happened."""
    for left in reversed(range(_TRIES)):
        try:
            db.transact(writes)
        except ConditionFailed:
            return False
        except Transient:
            if left:
                continue
            raise
        return True
    raise AssertionError


def code_key(code: str) -> str:
    """The hash key of a code's own row."""
    return f"code#{code}"


def pool_key(coupon: str) -> str:
    """The hash key of what belongs to a coupon as a whole."""
    return f"coupon#{coupon}"


def _free_key(code: str) -> str:
    return f"{FREE}{ids.digest(code, length=8)}#{code}"


def _held_key(coupon: str, journey: str) -> str:
    return f"coupon#{coupon}#{journey}"


def _standing(before: Item | None) -> dict[str, Any]:
    return {"pk": ABSENT} if before is None else {"code": before["code"], "given_at": before["given_at"]}


def _held(customer: str, journey: str, code: Code, before: Item | None) -> Item:
    earlier = [*(before or {}).get("before", ()), before["code"]][-MOST_BEFORE:] if before else []
    return {
        "pk": customer,
        "sk": _held_key(code.campaign, journey),
        "schema_v": SCHEMA_VERSION,
        **code.as_dict(),
        **({"before": earlier} if earlier else {}),
    }


def _given(customer: str, journey: str, code: Code) -> Item:
    said = {"campaign": code.campaign, "state": "given", "customer": customer, "journey": journey}
    expires = {"expires_at": times.text(code.expires_at)} if code.expires_at else {}
    given = {"given_at": times.text(code.given_at), "schema_v": SCHEMA_VERSION}
    return {"pk": code_key(code.code), "sk": STATUS, **said, **given, **expires}
