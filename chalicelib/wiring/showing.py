"""What recipients are shown of their messages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.wiring.acting import Acting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.messages.again import Again
    from chalicelib.messages.compose import Letterhead
    from chalicelib.messages.pages.store import ShortLinks


class Showing(Acting):
    """Messages once more."""

    @cached_property
    def short_links(self) -> ShortLinks:
        """Messages by the short links in them."""
        from chalicelib.messages.pages.store import ShortLinks

        return ShortLinks(self.db)

    @cached_property
    def again(self) -> Again:
        """Mails, rendered again."""
        from chalicelib.messages.again import Again
        from chalicelib.messages.situation.store import SituationStore

        return Again(
            situations=SituationStore(self.db, self.engine.settle),
            templates=self.templates,
            contexts=self.contexts,
            consent=self.consent,
            prices=self.prices,
            letterhead=self._letterhead,
            given=self._given,
        )

    def _letterhead(self) -> Letterhead:
        from chalicelib.messages.channels import Sender
        from chalicelib.messages.compose import Letterhead

        settings, secrets = self.settings, self.secrets
        sender = Sender(settings.sender, settings.configuration_set)
        address, url = settings.postal_address, secrets.public_url()
        return Letterhead(sender, address, url, secrets.named("link"), self.tracked_links())

    def _given(self, customer: str, campaign: str, journey: str) -> Mapping[str, Any] | None:
        """The code that somebody was given; none is given by asking."""
        from chalicelib.journeys.coupons.giver import held

        family = self.family(customer)
        rows = (self.coupon_store.held(one, campaign, journey) for one in family)
        row = next((row for row in rows if row is not None), None)
        if row is not None:
            return held(row).as_dict()
        own = next((row for one in family if (row := self.referral_store.own(one, campaign)) is not None), None)
        return None if own is None else {"code": own["code"], "campaign": campaign, "given_at": own["given_at"]}
