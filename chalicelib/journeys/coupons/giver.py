"""Who gives codes: the one code of a person and a journey, whatever happens on the way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from chalicelib import ids, times
from chalicelib.errors import Transient
from chalicelib.journeys.coupons import letters
from chalicelib.journeys.coupons.code import Code, NoCode
from chalicelib.journeys.coupons.coupon import Coupon, Pool, Shared, Unique
from chalicelib.journeys.coupons.store import CouponStore

FRESH: Final = timedelta(seconds=30)
"""How long a container may not know that a coupon was changed."""
_ATTEMPTS: Final = 12

logger = logging.getLogger(__name__)


class Own(Protocol):
    """Who gives people codes of their own in referral programmes (referrals/own.py)."""

    def code(self, customer: str, programme: str, now: datetime, *, also: Sequence[str] = ()) -> Code | None:
        """A person's own code; None if there is no such programme."""
        ...


class Giver:
    """Gives codes (the port is `code.Coupons`). `token`: what nobody can guess, new for each code that is made here.

    own: where a step names no coupon but a referral programme, the code is the person's own one.
    """

    def __init__(self, store: CouponStore, token: Callable[[], str], own: Own | None = None) -> None:
        self._store = store
        self._token = token
        self._own = own
        self._known: dict[str, tuple[datetime, Coupon | None]] = {}

    def code(
        self, customer: str, campaign: str, journey: str, now: datetime, *, also: Sequence[str] = ()
    ) -> Code | NoCode:
        """See `code.Coupons`."""
        coupon = self._coupon(campaign, now)
        if coupon is None and self._own and (mine := self._own.code(customer, campaign, now, also=also)):
            return mine
        for attempt in range(_ATTEMPTS):
            standing = self._store.held(customer, campaign, journey)
            before = standing or next((row for one in also if (row := self._store.held(one, campaign, journey))), None)
            if before is not None:
                code = held(before)
                if coupon is None or not coupon.is_due_again(code.given_at, now):
                    return code
            refused = lack(coupon, campaign, now)
            if refused is not None or coupon is None:
                return refused or NoCode("unknown_coupon", campaign)
            found = self._next(coupon, customer, journey, now, attempt)
            if found is None:
                return NoCode("none_left", f"Every code of the coupon {campaign} is given away. Upload more.")
            worth = coupon.discount.worth() if coupon.discount else None
            given = Code(found, campaign, now, coupon.expires_at(now), worth)
            if self._store.give(customer, journey, given, coupon.codes.kind, standing):
                self._warn(coupon)
                return given
        raise Transient(f"others kept taking codes of the coupon {campaign}")

    def _coupon(self, name: str, now: datetime) -> Coupon | None:
        read_at, coupon = self._known.get(name, (None, None))
        if read_at is None or not read_at <= now < read_at + FRESH:
            coupon = self._store.coupon(name)
            self._known[name] = (now, coupon)
        return coupon

    def _next(self, coupon: Coupon, customer: str, journey: str, now: datetime, attempt: int) -> str | None:
        """A code that nobody has, as far as can be seen; another one at every attempt."""
        match coupon.codes:
            case Shared(code=code):
                return code
            case Unique(prefix=prefix):
                seeds = (self._token(), coupon.name, customer, journey, times.text(now), str(attempt))
                return letters.made(prefix, *seeds)
            case Pool():
                begin = ids.digest(customer, journey, str(attempt), length=8)
                return next(iter(self._store.free(coupon.name, begin)), None)

    def _warn(self, coupon: Coupon) -> None:
        """Say so, now and then, where a pool runs out."""
        if isinstance(coupon.codes, Pool) and coupon.codes.low:
            left = self._store.counts(coupon.name)["left"]
            if left < coupon.codes.low and (left < 10 or left % 10 == 0):
                logger.warning("coupon %s: %d codes left; upload more", coupon.name, left)


def held(row: Mapping[str, Any]) -> Code:
    """The code in a person's row."""
    expires = row.get("expires_at")
    return Code(
        row["code"],
        row["campaign"],
        times.parse(row["given_at"]),
        times.parse(expires) if expires else None,
        row.get("discount"),
    )


def lack(coupon: Coupon | None, campaign: str, now: datetime) -> NoCode | None:
    """Why a coupon gives nothing now; None if it does. Pure."""
    if coupon is None:
        return NoCode("unknown_coupon", f"There is no coupon {campaign}. Put it, or correct the step.")
    if coupon.paused:
        return NoCode("paused_coupon", f"The coupon {campaign} is paused.")
    if coupon.until is not None and coupon.is_over(now):
        return NoCode("over_coupon", f"The coupon {campaign} ended at {times.text(coupon.until)}.")
    return None
