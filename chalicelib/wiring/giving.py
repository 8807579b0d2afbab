"""Coupons and referral codes: who gives them, and who follows what orders say came of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.wiring.front import Front

if TYPE_CHECKING:
    from chalicelib.journeys.coupons.code import Coupons
    from chalicelib.journeys.coupons.follow import Follower
    from chalicelib.journeys.coupons.store import CouponStore
    from chalicelib.journeys.referrals.own import Referrals
    from chalicelib.journeys.referrals.store import ReferralStore
    from chalicelib.journeys.spending.store import Budgets
    from chalicelib.tracking.event import Event


class Giving(Front):
    """Codes."""

    @cached_property
    def coupon_store(self) -> CouponStore:
        """Coupons and codes."""
        from chalicelib.journeys.coupons.store import CouponStore

        return CouponStore(self.db)

    @cached_property
    def coupons(self) -> Coupons:
        """Gives codes of coupons. One for a container: it remembers what coupons are."""
        from chalicelib.journeys.coupons.giver import Giver

        return Giver(self.coupon_store, self._token, self.referrals)

    @cached_property
    def budgets(self) -> Budgets:
        """What journeys cost and may cost. One for a container: it remembers budgets."""
        from chalicelib.journeys.spending.store import Budgets

        return Budgets(self.db, self.prices)

    @cached_property
    def referral_store(self) -> ReferralStore:
        """Referral programmes, codes and credits."""
        from chalicelib.journeys.referrals.store import ReferralStore

        return ReferralStore(self.db)

    @cached_property
    def referrals(self) -> Referrals:
        """Gives people their own codes."""
        from chalicelib.journeys.referrals.own import Referrals

        return Referrals(self.referral_store, self._token)

    @cached_property
    def follower(self) -> Follower:
        """Follows orders that used codes."""
        from chalicelib.journeys.coupons.follow import Follower

        return Follower(self.coupon_store, self.referral_store, self.referrals, self.customers, self._say)

    def _say(self, event: Event) -> None:
        self.events.store([event])

    def _token(self) -> str:
        """What nobody can guess: a new one for each code that is made."""
        import secrets

        return secrets.token_hex(16)
