"""The life of one row of the ledger: which state may follow which, and why. Pure.

    planned ──claim──► claimed ──accepted──► sent
       │  ▲              │ ├──again────────► retry ──claim──► ...
       │  └─postpone     │ ├──hold─────────► held  ──claim──► ...
       ▼                 │ └──refuse───────► failed
    skipped              └──unanswered─────► unknown ──settle──► sent (assumed) or retry (once)

Where whoever is called can tell that it is the same message (channels: `repeatable`), what was not answered is tried
again like what was refused for now.

Whoever claims a row makes one call to the provider. Between the claim and the answer nobody knows whether a
message left, so a claimed row is never claimed again because time has passed: it waits `SETTLE` for the
provider's own event, and only then is it settled, once.

Every function takes a row and returns the row that follows; the store writes it only if the old one still
stands there (`v`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import ids, times
from chalicelib.journeys.send import Send, Status
from chalicelib.tracking.actor import burst

SETTLE: Final = timedelta(minutes=20)
"""How long the provider's event is waited for. Longer than a function may run plus the lag of the events."""

HOLD: Final = timedelta(hours=1)
"""How often a held message asks again whether what held it has been put right."""

FIRST_WAIT: Final = timedelta(seconds=20)
LONGEST_WAIT: Final = timedelta(minutes=30)

ASSUMED: Final = "assumed_sent"
UNANSWERED: Final = "unanswered"
RESENT: Final = "resent_at"
REJECTED: Final = "rejected_at"
CLICKED: Final = "clicked_at"
MOST_CLICKS: Final = 8
"""Links of a message that its row remembers: as many as tell a person from a machine."""

FINAL: Final = frozenset({Status.SENT, Status.SKIPPED, Status.FAILED})
UNCERTAIN: Final = frozenset({Status.CLAIMED, Status.UNKNOWN})
CLAIMABLE: Final = frozenset({Status.PLANNED, Status.RETRY, Status.HELD})

ALLOWED: Final[Mapping[str, frozenset[Status]]] = {
    # Held messages ask again by themselves: what held them may have been put right.
    "claim": CLAIMABLE,
    "skip": CLAIMABLE,
    "postpone": CLAIMABLE,
    "accepted": frozenset({Status.CLAIMED}),
    "again": frozenset({Status.CLAIMED}),
    "hold": frozenset({Status.CLAIMED}),
    "refuse": frozenset({Status.CLAIMED}),
    "unanswered": frozenset({Status.CLAIMED}),
    # A claimed row whose worker died is as uncertain as one whose answer was lost.
    "settle": UNCERTAIN,
    # The provider's event is right, whatever we believed. From `retry`: an answer was lost, the row was given a
    # second try, and the event of the first saves the second message. From `skipped`: that second try came too
    # late. From `planned`: a table restored from a backup plans what left long ago. From `sent`: it was only
    # assumed, or there is an outcome to add. To `failed`: SES accepts a message and rejects it a moment later.
    "evidence": frozenset(Status),
}
"""From which states each event may move a row."""

ADVICE: Final[Mapping[str, str]] = {
    "sandbox": "The account is in the SES sandbox, which writes only to verified addresses. Ask for production "
    "access in the SES console; this message leaves by itself once it is granted.",
    "sender_not_verified": "SES has not verified the sender. Publish the DKIM records of its domain; this "
    "message leaves by itself once SES has seen them.",
    "mail_from_not_verified": "The custom MAIL FROM domain lost its MX record. Publish it again; this message "
    "leaves by itself once SES has seen it.",
    "sending_paused": "Sending is paused for the account or the configuration set. Look at the reputation "
    "dashboard of SES, then resume sending.",
    "account_suspended": "AWS has suspended sending for this account. Answer the case that it opened.",
    "not_authorised": "The function's role may not send as this sender. Deploy again, or compare its policy.",
    "configuration_set_missing": "The configuration set does not exist in this region. Deploy again.",
    "sms_not_set_up": "The deployment names no sender of text messages. Get a number, a pool or a sender id from AWS "
    "End User Messaging, and deploy with SmsOrigination (docs/CHANNELS.md).",
    "sms_sandbox": "The account is in the SMS sandbox, which writes only to verified numbers. Ask for production "
    "access in the console of AWS End User Messaging; this message leaves by itself once it is granted.",
    "sms_spend_limit": "The month's spending limit for text messages is reached. Ask AWS for a higher one, or wait "
    "for the next month; this message leaves by itself if it is still worth sending.",
    "sms_sender_missing": "AWS does not know the sender that the deployment names (SmsOrigination). Compare it with "
    "the numbers, pools and sender ids of this region.",
    "sms_sender_not_registered": "The sender must be registered for the recipient's country, or its registration is "
    "not finished. Look at its status in the console of AWS End User Messaging.",
    "sms_message_type": "The sender is for another type of message. Use a number for promotional (marketing) and one "
    "for transactional messages, both in one pool.",
    "push_not_set_up": "The deployment names no application for this platform. Make one in SNS, and deploy with "
    "PushApplicationIos or PushApplicationAndroid (docs/CHANNELS.md).",
    "push_application_disabled": "SNS has disabled the platform application: its certificate or key has expired or "
    "was refused. Renew it in the console of SNS; this message leaves by itself.",
    "push_application_missing": "The platform application that the deployment names does not exist in this region.",
}
"""What to do about each reason for which a message is held."""


class NotAllowed(Exception):
    """A transition that the table does not know: a mistake in the program, not in the data."""

    def __init__(self, row: Send, event: str) -> None:
        super().__init__(f"{event}: not for a send that is {row.status}")


def ready(row: Send, now: datetime) -> bool:
    """Whether it is time to act on a row that still waits for something.

    A planned row that nobody has looked at yet is ready before its due date: the due date belongs to the index,
    which looks after what the queue lost.
    """
    untouched = row.status is Status.PLANNED and row.reason is None
    return untouched or (row.due_at is not None and row.due_at <= now)


def claim(row: Send, owner: str, now: datetime) -> Send:
    """Taken by one worker for one call. If it dies, the due index finds the row when it can be settled."""
    return _move(
        "claim",
        row,
        Status.CLAIMED,
        reason=None,
        owner=owner,
        claimed_at=now,
        attempts=row.attempts + 1,
        due_at=now + SETTLE,
    )


def accepted(row: Send, provider_id: str) -> Send:
    """The provider took it."""
    return _move("accepted", row, Status.SENT, reason=None, provider_id=provider_id, due_at=None)


def again(row: Send, reason: str, now: datetime, wait: timedelta | None = None) -> Send:
    """The provider refused for now (throttled): nothing left, so it is safe to try later."""
    due = now + max(backoff(row), wait or timedelta(0))
    return _move("again", row, Status.RETRY, reason=reason, due_at=_while_worth_it(row, due, now, wait))


def hold(row: Send, reason: str, now: datetime) -> Send:
    """The provider refuses until somebody acts: nothing left; ADVICE says what to do."""
    return _move("hold", row, Status.HELD, reason=reason, due_at=_while_worth_it(row, now + HOLD, now))


def refuse(row: Send, reason: str) -> Send:
    """The provider refused for good: nothing left and nothing will."""
    return _move("refuse", row, Status.FAILED, reason=reason, due_at=None)


def unanswered(row: Send) -> Send:
    """No answer came. It stays so until the provider's event arrives or the row is settled."""
    return _move("unanswered", row, Status.UNKNOWN, reason=UNANSWERED)


def settle(row: Send, now: datetime, *, repeatable: bool = False) -> Send:
    """`SETTLE` has passed and no event came.

    A receipt that is missing hurts more than one that comes twice: a transactional message is sent again, once,
    if it is still worth sending. Marketing is assumed to have left. What may be repeated is, until it is too late.
    """
    if repeatable:
        return _move("settle", row, Status.RETRY, reason=UNANSWERED, due_at=now)
    if row.message_class == "transactional" and RESENT not in row.outcomes and now < row.deadline:
        outcomes = {**row.outcomes, RESENT: now}
        return _move("settle", row, Status.RETRY, reason=UNANSWERED, due_at=now, outcomes=outcomes)
    return _move("settle", row, Status.SENT, reason=ASSUMED, due_at=None)


def skip(row: Send, reason: str) -> Send:
    """It may not be sent, and will not be."""
    return _move("skip", row, Status.SKIPPED, reason=reason, due_at=None)


def postpone(row: Send, reason: str, until: datetime) -> Send:
    """It may not be sent yet: permission is asked again at `until`."""
    return _move("postpone", row, Status.PLANNED, reason=reason, due_at=until)


def evidence(row: Send, outcome: str, at: datetime, provider_id: str | None) -> Send:
    """The provider's event says that a message of this row left, and what became of it.

    The first time of an outcome stays (ten opens have one `opened_at`). The row itself is returned if it knew
    all this: events arrive more than once.
    """
    outcomes = {**row.outcomes, outcome: min(at, row.outcomes.get(outcome, at))}
    if outcome == REJECTED:
        changed = _move("evidence", row, Status.FAILED, reason="rejected_by_provider", due_at=None, outcomes=outcomes)
    else:
        # What was assumed is now known; what was refused after acceptance stays refused.
        rejected = REJECTED in outcomes
        changed = _move(
            "evidence",
            row,
            Status.FAILED if rejected else Status.SENT,
            reason=row.reason if rejected else None,
            due_at=None,
            outcomes=outcomes,
            provider_id=row.provider_id or provider_id,
        )
    return row if replace(changed, v=row.v) == row else changed


def link_mark(link: str) -> str:
    """A link of a message as its row remembers it."""
    return ids.digest("link", link, length=8)


def clicked(row: Send) -> dict[str, datetime]:
    """When each of the links was followed last."""
    return {mark: times.parse(key.partition("#")[0]) for mark, key in row.clicks.items()}


def followed(row: Send, link: str, key: str) -> Send:
    """The row with a link that was followed; `key`: of the event. The last time of each of the last few links stays.
    Those that nobody could have followed so soon one after the other were a machine's, the first of them as well: then
    no click of a person's among them stays. The row itself if it knew."""
    mark = link_mark(link)
    if row.clicks.get(mark, key) > key:
        return row
    kept = sorted({**row.clicks, mark: key}.items(), key=lambda one: one[1])[-MOST_CLICKS:]
    changed = replace(row, clicks=dict(kept))
    ats, first = clicked(changed), row.outcomes.get(CLICKED)
    if first is not None and first in (ats[each] for each in burst(ats)):
        outcomes = {name: at for name, at in row.outcomes.items() if name != CLICKED}
        outcomes[f"machine_{CLICKED}"] = min(first, outcomes.get(f"machine_{CLICKED}", first))
        changed = replace(changed, outcomes=outcomes)
    return row if changed == row else replace(changed, v=row.v + 1)


def backoff(row: Send) -> timedelta:
    """Exponential from FIRST_WAIT to LONGEST_WAIT, spread by half on both sides so that a throttled crowd does not
    come back as one. The spread is a hash of the row and its attempt: a replay waits as long."""
    doublings = min(max(row.attempts - 1, 0), 16)
    wait = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    spread = 0.5 + ids.fraction(row.id, row.customer, str(row.attempts))
    return timedelta(seconds=round(wait.total_seconds() * spread, 3))


def _while_worth_it(row: Send, due: datetime, now: datetime, wait: timedelta | None = None) -> datetime:
    """When to try again, before the deadline if that helps: half-way to it, as often as there is time for; and at the
    deadline at the latest, to be told as too late. wait: before it has passed trying is of no use."""
    if due < row.deadline:
        return due
    half = now + (row.deadline - now) / 2
    useful = half - now >= FIRST_WAIT / 2 and half >= now + (wait or timedelta(0))
    return half if useful else max(row.deadline, now)


def _move(event: str, row: Send, to: Status, **changes: Any) -> Send:
    if row.status not in ALLOWED[event]:
        raise NotAllowed(row, event)
    return replace(row, status=to, v=row.v + 1, **changes)
