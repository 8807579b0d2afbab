"""codes: unique codes into the pool of a coupon. Uploading one again changes nothing, so a slice may be done twice.

counts: `new`, `known` (in the pool, or given from it, already), `taken` (another coupon's). report: some of the taken.
"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, Field

from chalicelib.errors import Permanent
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.journeys.coupons.coupon import Pool
from chalicelib.journeys.coupons.store import AT_ONCE, CouponStore

MOST: Final = 5_000
_SHOWN: Final = 100


class Codes(BaseModel):
    """The codes, in their normal form, and the coupon whose they are to be."""

    coupon: str
    codes: list[str] = Field(min_length=1, max_length=MOST)


class _Upload:
    request = Codes

    def work(self, request: Codes, job: Job, tools: Tools) -> Slice:
        store = CouponStore(tools.db)
        coupon = store.coupon(request.coupon)
        if coupon is None or not isinstance(coupon.codes, Pool):
            raise Permanent(f"the coupon {request.coupon} has no pool")
        place = int((job.cursor or {}).get("place", 0))
        counts: dict[str, int] = {}
        taken: list[str] = list((job.report or {}).get("taken", ()))
        while place < len(request.codes) and not tools.time_is_up():
            found, refused = store.upload(request.coupon, request.codes[place : place + AT_ONCE])
            for name, number in {**found, "taken": len(refused)}.items():
                counts[name] = counts.get(name, 0) + number
            taken += refused
            place += AT_ONCE
        over = place >= len(request.codes)
        return Slice(None if over else {"place": place}, counts, {"taken": taken[:_SHOWN]})


plugin: Kind[Codes] = _Upload()
