"""rescore: everybody is judged anew, because another fit was adopted or a setting changed that stages stand on.

The customers table is read in parts of about a hundred customers, eight side by side in each slice, and the cursor is
how many parts are done. A part that was interrupted is done again: who was judged then is the same now, and is not
written. Accounts follow, marked so that the worker of the due index folds them.

It waits for a minute before it begins: until then a worker may still know the parameters of before, and whom it judges
by them after they were rescored would stay so until their next event or date.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from chalicelib.aws.database import Item
from chalicelib.customers.standing import FRESH
from chalicelib.customers.state import STATE, State
from chalicelib.customers.store import CustomerStore
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.sample.store import UNREADABLE, Sampler
from chalicelib.resources import CUSTOMERS
from chalicelib.review.advance import Rules
from chalicelib.review.failure import why
from chalicelib.review.rescore import rescore

SETTLED: Final = FRESH + timedelta(seconds=30)
"""After a change: until every worker has read it, and what was begun before is done."""
A_PART: Final = 100  # customers, about
SIDE_BY_SIDE: Final = 8
_MOST_PARTS: Final = 65_536
_COUNTED: Final = 1_000  # customers looked at to learn how many there are
_PAGE: Final = 100  # accounts

logger = logging.getLogger(__name__)


class Request(BaseModel):
    """Why everybody is rescored (`model`: a fit was adopted; `settings`), and the moment of that change."""

    model_config = ConfigDict(extra="ignore")

    reason: str
    changed_at: datetime


class _Rescore:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        early = (request.changed_at + SETTLED - tools.now()).total_seconds()
        if early > 0:
            tools.around.pause(min(early, max(0.0, (tools.until - tools.now()).total_seconds())))
            return Slice({"waits": True}, {}, {"reason": request.reason, "waits_for_workers": True})
        cursor = dict(job.cursor or {})
        if "parts" not in cursor:
            customers = Sampler(tools.db).sample(_COUNTED, lambda state: True).customers
            cursor = {"parts": _parts(customers), "done": 0, "customers": customers}
        if cursor["done"] < cursor["parts"]:
            return self._customers(request, cursor, tools)
        return self._accounts(request, cursor, tools)

    def _customers(self, request: Request, cursor: Mapping[str, Any], tools: Tools) -> Slice:
        rules, counts, taken = tools.around.rules(), Counter[str](), _Taken(cursor["done"], cursor["parts"])

        def lane(_: int) -> Counter[str]:
            done: Counter[str] = Counter()
            while (part := taken.next()) is not None:
                done += _part(part, cursor["parts"], rules, tools)
                if tools.time_is_up():
                    break
            return done

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for done in pool.map(lane, range(SIDE_BY_SIDE)):
                counts += done
        following = {**cursor, "done": taken.place}
        return Slice(following, counts, _report(request, following))

    def _accounts(self, request: Request, cursor: Mapping[str, Any], tools: Tools) -> Slice:
        accounts, stages = CustomerStore(tools.db).accounts, list(Stage)
        place, behind, marked = cursor.get("stage", 0), cursor.get("behind"), 0
        while place < len(stages) and not tools.time_is_up():
            found, behind = accounts.in_stage(str(stages[place]), limit=_PAGE, cursor=behind)
            for account in found:
                accounts.mark(account.id, tools.now())
            marked, place = marked + len(found), place if behind else place + 1
        following = {**cursor, "stage": place, "behind": behind} if place < len(stages) else None
        return Slice(following, {"accounts": marked}, _report(request, cursor))


class _Taken:
    """Which parts are taken: one after the other, by whichever lane is free."""

    def __init__(self, place: int, parts: int) -> None:
        self.place = place
        self._parts = parts
        self._turn = threading.Lock()

    def next(self) -> int | None:
        """The next part; None when there is none left."""
        with self._turn:
            if self.place >= self._parts:
                return None
            self.place += 1
            return self.place - 1


def _parts(customers: int) -> int:
    """A power of two: about a hundred customers in each, but a few at least, to have something side by side."""
    parts = SIDE_BY_SIDE
    while parts * A_PART < customers and parts < _MOST_PARTS:
        parts *= 2
    return parts


def _part(part: int, parts: int, rules: Rules, tools: Tools) -> Counter[str]:
    customers, done = CustomerStore(tools.db), Counter[str]()
    for item in _items(part, parts, tools):
        if "stage" not in item or "join" in item:
            continue
        try:
            state = State.from_item(item)
        except UNREADABLE as error:  # logged: whoever cannot be read holds nobody else up
            logger.error("a customer could not be rescored: %s", why(error))
            done["unread"] += 1
            continue
        done[rescore(state, rules, customers, tools.now())] += 1
        done["customers"] += 1
    return done


def _items(part: int, parts: int, tools: Tools) -> Iterator[Item]:
    start: Item | None = None
    while True:
        page = tools.db.scan(CUSTOMERS, segment=part, segments=parts, start=start, sk=STATE)
        yield from page.items
        start = page.next
        if start is None:
            return


def _report(request: Request, cursor: Mapping[str, Any]) -> dict[str, Any]:
    share = cursor["done"] / cursor["parts"]
    return {"reason": request.reason, "share_done": round(share, 4), "customers_about": cursor["customers"]}


plugin: Kind[Request] = _Rescore()
