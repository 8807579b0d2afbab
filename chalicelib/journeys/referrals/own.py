"""Everybody's own referral code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from chalicelib import times
from chalicelib.aws.database import Item
from chalicelib.errors import Transient
from chalicelib.journeys.coupons import letters
from chalicelib.journeys.coupons.code import Code
from chalicelib.journeys.referrals.store import ReferralStore

_ATTEMPTS: Final = 5


class Referrals:
    """Gives people their own codes. `token`: what nobody can guess, a new one for each code."""

    def __init__(self, store: ReferralStore, token: Callable[[], str]) -> None:
        self._store = store
        self._token = token

    def code(self, customer: str, programme: str, now: datetime, *, also: Sequence[str] = ()) -> Code | None:
        """A person's own code in a programme, made now if there was none; None if there is no such programme.

        Always the same one. `also`: other subjects that turned out to be the same person. Transient: ask again.
        """
        known = self._store.programme(programme)
        if known is None:
            return None
        worth = known.friend.worth() if known.friend else None
        for attempt in range(_ATTEMPTS):
            row = self._held(customer, programme, also)
            if row is not None:
                return Code(row["code"], programme, times.parse(row["given_at"]), None, worth)
            code = letters.made(known.prefix, self._token(), programme, customer, str(attempt))
            if self._store.give(customer, programme, code, times.text(now)):
                return Code(code, programme, now, None, worth)
        raise Transient(f"no code could be made for the programme {programme}")

    def _held(self, customer: str, programme: str, also: Sequence[str]) -> Item | None:
        rows = (self._store.own(subject, programme) for subject in (customer, *also))
        return next((row for row in rows if row is not None), None)
