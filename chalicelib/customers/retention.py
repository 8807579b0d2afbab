"""How long things are kept. Pure.

Facts are the fold of all stored events, so only events that contribute nothing to them may expire by themselves: the
mail provider's reports that a mail was sent, delivered, delayed, opened or rejected (a click is the person's own
doing; a bounce and a complaint suppress), what a source says of itself, and what we concluded from facts. A test holds
that a fold without them is the same. What people looked at and did is deleted by whoever has sealed it into a base
(customers/base), from which facts are folded as before. All other events stay until the person is erased.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from pydantic import Field

from chalicelib import ids
from chalicelib.customers.setting import Setting
from chalicelib.tracking.event import Event, is_counted

REPORTS: Final = frozenset(
    {
        *("Email Sent", "Email Delivered", "Email Delayed", "Email Opened", "Email Rejected"),
        *("SMS Sent", "SMS Delivered"),
    }
)
REPORTERS: Final = frozenset({"ses", "sms"})
_MINUTES: Final = 24 * 60


class Retention(Setting):
    """Days after which things are forgotten; null keeps them until the person is erased. A change of `events` reaches
    each customer with the next event or review; of the others it holds for what is stored from then on."""

    name: ClassVar[str] = "retention"

    mail_reports: int | None = Field(
        400, ge=60, le=3650, description="Events that a message was sent, delivered, delayed, opened or rejected."
    )
    messages: int | None = Field(
        800, ge=90, le=3650, description="Rows of the ledger: what was sent or not, and what became of it."
    )

    sources: int | None = Field(
        90, ge=1, le=3650, description="Events of a source itself, which concern no person: a product that changed."
    )

    stage_changes: int | None = Field(
        800, ge=90, le=3650, description="Events that the stage changed; the history of stages stays."
    )

    events: int | None = Field(
        None,
        ge=90,
        le=3650,
        description="Pages, screens and what else was done; the facts of it are kept. Orders, refunds, consent,"
        " suppressions, tickets, subscriptions and what says who somebody is do not expire.",
    )

    def event_expires(self, event: Event) -> int | None:
        """When an event may go, in seconds since 1970; None for never."""
        if event.of_source:
            return _after(event.received_at, self.sources)
        if not is_counted(event):
            return _after(event.received_at, self.stage_changes)
        return _after(event.received_at, self.mail_reports) if is_report(event) else None

    def message_expires(self, planned_at: datetime) -> int | None:
        """When a row of the ledger may go. By then it has long ended: none is worth sending for so long."""
        return _after(planned_at, self.messages)


def seal_date(customer: str, held_since: int | None, days: int | None) -> datetime | None:
    """When events held since a day (ordinal, UTC) have been kept for so many days: at a minute of that day which is
    the customer's own, so that midnight is not everybody's. None if there are none, or they are kept for good."""
    if days is None or held_since is None:
        return None
    midnight = datetime.fromordinal(held_since + days).replace(tzinfo=UTC)
    return midnight + timedelta(minutes=ids.shard(customer, _MINUTES))


def is_report(event: Event) -> bool:
    """Whether nothing is counted from an event."""
    return event.source in REPORTERS and event.name in REPORTS


def _after(moment: datetime, days: int | None) -> int | None:
    return None if days is None else int((moment + timedelta(days=days)).timestamp())
