"""A code is free or one person's, and nobody has two: whatever fails, and whoever gives at the same moment.

Two workers give codes of one small pool to few people. Calls to the tables are refused, lose their answers or kill the
worker, and between any two calls of the one the other does all of its own. Afterwards everybody asks once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import Transient
from chalicelib.journeys.coupons.code import Code, NoCode
from chalicelib.journeys.coupons.coupon import parse
from chalicelib.journeys.coupons.giver import Giver
from chalicelib.journeys.coupons.store import CouponStore, code_key, pool_key
from chalicelib.resources import CUSTOMERS
from tests.fakes.database import MemoryDatabase
from tests.journeys.faults import FAULTS, Crash, Fault

NOW = datetime(2026, 11, 22, tzinfo=UTC)
POOL = [f"CODE-{number}" for number in range(4)]
PEOPLE = ("u#ann", "u#bob", "u#cid")
JOURNEYS = ("back", "hello")
Asked = tuple[str, str]


class Shaky:
    """The tables, as a worker meets them: before call `n` somebody else acts (`meddling`), and it may fail."""

    def __init__(self, db: MemoryDatabase, faults: Mapping[int, Fault], meddling: Mapping[int, Callable[[], Any]]):
        self._db, self._faults, self._meddling, self.calls = db, faults, meddling, 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._db, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            number = self.calls
            self.calls += 1
            if number in self._meddling:
                self._meddling[number]()
            fault = self._faults.get(number)
            if fault in (None, "crash after", "answer lost"):
                answer = method(*args, **kwargs)
            if fault in ("refused", "answer lost"):
                raise Transient("a fault of the test")
            if fault is not None:
                raise Crash
            return answer

        return call


asked = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(JOURNEYS))
call = st.integers(0, 30)


@settings(max_examples=150)
@given(
    mine=st.lists(asked, min_size=1, max_size=5),
    meddling=st.dictionaries(call, asked, max_size=5),
    faults=st.dictionaries(call, st.sampled_from(FAULTS), max_size=4),
    kind=st.sampled_from(["pool", "unique"]),
)
def test_a_code_is_free_or_somebodys_and_nobody_has_two(
    mine: list[Asked], meddling: dict[int, Asked], faults: dict[int, Fault], kind: str
) -> None:
    db = MemoryDatabase()
    store = CouponStore(db)
    coupon = parse({"name": "back-10", "title": "10 %", "codes": {"kind": kind}})
    store.definitions.put("back-10", coupon.title, coupon.body(), NOW, in_force=True)
    if kind == "pool":
        assert store.upload("back-10", POOL) == ({"new": len(POOL)}, [])
    answers: dict[Asked, set[str]] = {}

    def ask(giver: Giver, who: Asked) -> Code | NoCode:
        answer = giver.code(who[0], "back-10", who[1], NOW)
        if isinstance(answer, Code):
            answers.setdefault(who, set()).add(answer.code)
        return answer

    tokens = map(str, count())
    other = Giver(store, lambda: next(tokens))
    shaky = Shaky(db, faults, {at: partial(ask, other, who) for at, who in meddling.items()})
    for who in mine:
        with suppress(Transient, Crash):
            ask(Giver(CouponStore(shaky), lambda: next(tokens)), who)
    last = {who: ask(other, who) for who in [*mine, *meddling.values()]}

    held = {who: {answer.code} for who, answer in last.items() if isinstance(answer, Code)}
    assert answers == held, "the same answer whenever it was asked"
    codes = [code for each in held.values() for code in each]
    assert len(codes) == len(set(codes)), "no code has two people"
    counts = store.counts("back-10")
    assert counts["given"] == len(codes)
    for (customer, journey), (code,) in held.items():
        status = db.get(CUSTOMERS, code_key(code), "!code")
        assert status is not None
        assert (status["state"], status["customer"], status["journey"]) == ("given", customer, journey)
    if kind == "pool":
        free = {item["code"] for item in db.query(CUSTOMERS, pool_key("back-10"), prefix="free#").items}
        assert free.isdisjoint(codes)
        assert free | set(codes) == set(POOL), "none is lost"
        assert counts["left"] == len(free)
        lacking = [who for who, answer in last.items() if isinstance(answer, NoCode)]
        assert not (free and lacking), "nobody goes without while there are some"
