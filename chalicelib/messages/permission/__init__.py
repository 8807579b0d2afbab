"""May this message leave now? One pure function, asked when a message is about to be sent, not when it was planned.

The answer is a value: allowed, or skipped for good with the reason, or later, with the reason and the moment at
which the answer may change. What cannot change any more is asked first (people.py), so that a row ends by the reason
that a person would give; then whether this is the moment (moments.py). What the workspace decides is its policy
(setting.py, policy.py); docs/PERMISSION.md tells all of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.journeys.send import Send
from chalicelib.messages.brake import PAUSED, Pause
from chalicelib.messages.permission.addresses import deliverable, dialable
from chalicelib.messages.permission.asking import (
    Allowed,
    Later,
    Permit,
    Question,
    Reaches,
    Recipient,
    Sent,
    Skipped,
    Verdict,
    Waiting,
    key_of,
)
from chalicelib.messages.permission.moments import (
    CAPPED,
    OPEN_TICKET,
    OUTRANKED,
    OWN_FREQUENCY,
    QUIET_HOURS,
    TICKET_MAY_CLOSE,
    now_or_when,
)
from chalicelib.messages.permission.people import (
    ANSWERED,
    CANCELLED,
    CONSENT_MAY_FOLLOW,
    DO_NOT_CALL,
    DUPLICATE,
    HOLDOUT,
    NO_ADDRESS,
    NO_CONSENT,
    NOT_FOR_STAGE,
    OF_PEOPLE,
    OF_TESTS,
    TOO_LATE,
    UNCONFIRMED,
    said_before,
    word,
)
from chalicelib.messages.permission.policy import Cap, Holdout, Policy, Stage

__all__ = [
    "ANSWERED",
    "CANCELLED",
    "CAPPED",
    "CONSENT_MAY_FOLLOW",
    "DO_NOT_CALL",
    "DUPLICATE",
    "HOLDOUT",
    "NOT_FOR_STAGE",
    "NO_ADDRESS",
    "NO_CONSENT",
    "OPEN_TICKET",
    "OUTRANKED",
    "OWN_FREQUENCY",
    "PAUSED",
    "QUIET_HOURS",
    "TICKET_MAY_CLOSE",
    "TOO_LATE",
    "UNCONFIRMED",
    "Allowed",
    "Cap",
    "Holdout",
    "Later",
    "Permit",
    "Policy",
    "Question",
    "Reaches",
    "Recipient",
    "Sent",
    "Skipped",
    "Stage",
    "Verdict",
    "Waiting",
    "answer",
    "counted",
    "deliverable",
    "dialable",
    "key_of",
    "permitted",
    "said_before",
]


def permitted(
    send: Send,
    recipient: Recipient,
    permit: Permit,
    policy: Policy,
    now: datetime,
    *,
    cancelled: bool = False,
    pause: Pause | None = None,
    words: str | None = None,
    waiting: tuple[Waiting, ...] = (),
) -> Verdict:
    """The verdict of the first rule that objects; Allowed if none does."""
    return answer(Question(send, recipient, permit, policy, now, cancelled, pause, words, waiting))


def answer(ask: Question) -> Verdict:
    """The same, of everything that the answer depends on."""
    of_test = ask.send.test is not None
    for rule in OF_TESTS if of_test else OF_PEOPLE:
        verdict = rule(ask)
        if verdict is not None:
            return verdict
    return (None if of_test else now_or_when(ask)) or Allowed(word(ask))


def counted(permit: Permit, send: Send, sent: Sent, policy: Policy, every: timedelta | None = None) -> dict[str, Sent]:
    """The permit's window with this message in it and without what nothing can see any more. every: the person's own
    wish."""
    kept = {key: other for key, other in permit.sent.items() if policy.seen_until(other.at, every) > sent.at}
    return {**kept, key_of(send.id): sent}
