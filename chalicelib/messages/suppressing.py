"""What suppresses an address beyond what a report says by itself, and who else is told.

A permanent bounce and a complaint suppress at once (customers/fold.py). Bounces that are not permanent do when there
are too many of them with no delivery among them (the setting `suppression`): then an event of the customer says so,
which counts like a permanent one. SES's list of the account is told of all three, so that no other sender writes there.

All of it may be done twice: the event has an id of its own, and the list knows an address once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib import ids
from chalicelib.aws.account import Listed, MailAccount
from chalicelib.journeys.send import Send
from chalicelib.messages.health.setting import SuppressionSettings
from chalicelib.messages.store import SendStore
from chalicelib.tracking.event import Event, statement
from chalicelib.tracking.store import EventStore

SUPPRESSED: Final = "Email Suppressed"  # {email, reason: soft_bounces | bounce | complaint}
SOFT_BOUNCES: Final = "soft_bounces"
LISTED: Final = "OnAccountSuppressionList"
"""The kind of bounce that SES makes itself, for an address on its list."""

ROWS: Final = 50
"""The last rows of the ledger among which bounces are counted."""

_SOFT: Final = "soft_bounced_at"
_DELIVERED: Final = "delivered_at"


@dataclass(frozen=True)
class Suppressor:
    """Hears what is reported of mails."""

    settings: Callable[[], SuppressionSettings]
    sends: SendStore
    events: EventStore
    account: Callable[[], MailAccount]

    def hear(self, event: Event, row: Send) -> None:
        """A report of a mail, before its row learns of it. Raises Transient: to be heard again."""
        why = self._why(event, row)
        if why is None:
            return
        address = event.properties.get("email")
        if why == SOFT_BOUNCES:
            self.events.store([suppressed(event.subject, address, why, event.at, row.id)])
        if isinstance(address, str) and address and self.settings().tell_ses:
            listed: Listed = "COMPLAINT" if why == "complaint" else "BOUNCE"
            self.account().suppress(address, listed)

    def _why(self, event: Event, row: Send) -> str | None:
        """Why the address is suppressed by this; None if it is not, or if SES's own list has said so."""
        if row.test is not None or event.properties.get("bounce_subtype") == LISTED:
            return None
        if event.name == "Email Marked as Spam":
            return "complaint"
        if event.name != "Email Bounced":
            return None
        if event.properties.get("bounce_type") == "Permanent":
            return "bounce"
        return SOFT_BOUNCES if self._too_often(event, row) else None

    def _too_often(self, event: Event, row: Send) -> bool:
        limits = self.settings()
        if limits.soft_bounces is None:
            return False
        others = [each for each in self.sends.of(row.customer, limit=ROWS) if each.id != row.id]
        return soft_bounces(row, others, event.at, timedelta(days=limits.soft_days)) >= limits.soft_bounces


def soft_bounces(row: Send, others: Iterable[Send], now: datetime, within: timedelta) -> int:
    """How many mails bounced in the time before `now`, at which `row` did, with none delivered since. Pure."""
    mails = [each for each in others if each.channel == row.channel]
    arrived = max((each.outcomes[_DELIVERED] for each in mails if _DELIVERED in each.outcomes), default=None)
    ats = [row.outcomes.get(_SOFT, now), *(each.outcomes[_SOFT] for each in mails if _SOFT in each.outcomes)]
    return sum(now - within < at <= now and (arrived is None or at > arrived) for at in ats)


def suppressed(
    subject: str, address: object, why: str, at: datetime, origin: str, received_at: datetime | None = None
) -> Event:
    """The event that says so. Its source is whom it is believed of. origin: of what it follows."""
    properties = {"reason": why, **({"email": address} if isinstance(address, str) else {})}
    id = f"suppressed-{ids.digest(subject, origin)}"
    return statement(SUPPRESSED, id, subject, properties, at=at, received_at=received_at, source="ses")
