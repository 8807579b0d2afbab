"""Double opt-in: the message that asks a person to confirm a subscription. Pure.

To text messages it asks by a text message, because a mail proves nothing of a telephone; to all else by a mail.

A subscription that must be confirmed leaves the customer's item by its outbox, like whatever else must follow. The
message is a row of the ledger as any other, of the transactional class; its id is made from the person, the topic and
the day, so that ten forms filled in on one day bring one message, and an effect that is delivered again plans nothing
new.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chalicelib import ids
from chalicelib.customers.consent import ConsentSettings
from chalicelib.journeys.send import FAST_PATH_GRACE, Send, send_id
from chalicelib.journeys.trigger import Effect

ASKED: Final = "asked"  # the kind of the effect
NAME: Final = "confirm-subscription"  # of the mail's template, and what stands where other rows name their journey
BY_TEXT: Final = "confirm-by-text"  # of the text message's
TEMPLATES: Final = frozenset({NAME, BY_TEXT})
STALE: Final = timedelta(days=1)
WORTH: Final = timedelta(days=1)


def asking(customer: str, effect: Effect, settings: ConsentSettings, now: datetime) -> Send | None:
    """The row of the message that asks; None for another effect, for what was asked long ago (a replay, a rebuild), and
    for a topic that nobody has defined: a client must not be able to have a message sent for each name it invents."""
    if effect.kind != ASKED or now - effect.at > STALE or not settings.knows(str(effect.data["to"])):
        return None
    to, statement = str(effect.data["to"]), str(effect.data["message_id"])
    by_text = is_text(to)
    return Send(
        customer=customer,
        id=row_id(customer, to, effect.at),
        message_class="transactional",
        channel="sms" if by_text else "email",
        template=BY_TEXT if by_text else NAME,
        journey=NAME,
        step="ask",
        enrolment=f"{NAME}#!{ids.digest(to)}",  # of which there is no row: this is no journey
        planned_at=now,
        deadline=now + WORTH,
        due_at=now + FAST_PATH_GRACE,
        confirms=to,
        statement=statement,
    )


def row_id(customer: str, to: str, at: datetime) -> str:
    """The id of the row by which a customer is asked on the day of `at`, in UTC."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return send_id(day, ids.digest(NAME, customer, to), NAME, 0)


def is_text(to: str) -> bool:
    """Whether a channel or topic is asked for by a text message."""
    return to.partition("/")[0] == "sms"
