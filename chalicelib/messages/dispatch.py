"""One row of the ledger becomes one message, effectively once. This is where values turn into a call.

SES has no idempotency token, so no single step can be both certain and unique. The order of the steps is what makes
it so (the states are ledger.py's):

1. *Read everything*: the row, the permit, then facts, traits, enrolment and template. Ask permission, render, and
   prepare the exact request (ready.py). What can go wrong with a message goes wrong here, where nothing has happened.
2. *Claim* in one transaction: the row, if it is still as it was read, with a token of this attempt; and the
   customer's permit, if no consent, suppression or cap has changed since. From here to the call is one hop.
3. *Call* the provider, once, with a client that never retries.
4. *Mark* the row with what the provider said. Only what certainly did not leave may be tried again.

A worker may die between any two of these. Before the claim nothing has happened, and the due index finds the row.
After it the row is claimed, and nobody claims it again: it waits until the provider's event says that the message
left (feedback.py), or until that can no longer be expected, and is settled. Queue messages are only hints: a row is
what it is, however often and by whomever it is looked at.

Webhooks and tasks go the same way. They differ in one thing: whoever is called can tell by the send's id that a call is
the same (channels: `repeatable`), so what nobody knows the end of is tried again.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal

from chalicelib import times
from chalicelib.aws.queues import LONGEST_DELAY
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.journeys.send import Send, Status, queue_of
from chalicelib.messages import channels, ledger
from chalicelib.messages.dispatcher import Dispatcher, Ready
from chalicelib.messages.ready import make_ready
from chalicelib.messages.store import Claim

PAGE: Final = 100
BACK_IN: Final = 5  # seconds until a message that was put back is looked at again
_ROUNDS: Final = 4
_MARKS: Final = 3
_NEVER_LEFT: Final = frozenset({Status.HELD, Status.FAILED})

Outcome = Literal["missing", "over", "not_due", "failed_here", "taken", "put_back"] | Status

logger = logging.getLogger(__name__)


def handle(queue: str, body: Mapping[str, Any], at: Dispatcher) -> list[Outcome]:
    """Do what one queue message asks: one row (`customer`, `send`) or what is due in a shard (`shard`, `until`).

    A call that has used up its time (its turns were slow to come) puts the message back: nothing failed.
    """
    if at.over():
        at.queues.send(queue, [body], delay=BACK_IN)
        return ["put_back"]
    if "send" in body:
        return [dispatch(body["customer"], body["send"], at)]
    return _page(queue, body, at)


def dispatch(customer: str, send: str, at: Dispatcher) -> Outcome:
    """Bring one row as far as it can be brought now. Raises Transient if its queue must deliver it again."""
    row = at.sends.get(customer, send)
    return "missing" if row is None else _bring_on(row, at)


def _bring_on(row: Send, at: Dispatcher) -> Outcome:
    for _ in range(_ROUNDS):
        if row.status in ledger.FINAL:
            return "over"
        if not ledger.ready(row, at.clock()):
            return "not_due"
        outcome = _settle(row, at) if row.status in ledger.UNCERTAIN else _attempt(row, at)
        if outcome is not None:
            return outcome
        again = at.sends.get(row.customer, row.id)
        if again is None:
            return "missing"
        row = again
    raise Transient(f"{row.id} kept changing while it was read")


def _settle(row: Send, at: Dispatcher) -> Outcome | None:
    """The event did not come in time. None: look at the row again, it may be sent a second time."""
    settled = ledger.settle(row, at.clock(), repeatable=_repeatable(row))
    if not at.sends.save(row, settled):
        return None
    logger.warning("%s was %s and is now %s (%s)", row.id, row.status, settled.status, settled.reason)
    return settled.status if settled.status in ledger.FINAL else None


def _attempt(row: Send, at: Dispatcher) -> Outcome | None:
    """Try to send a row that waits. None: something changed meanwhile, look at the row again."""
    ready = make_ready(row, at)
    if isinstance(ready, Send):
        return ready.status if at.sends.save(row, ready) else None
    now = at.clock()
    claimed = ledger.claim(ready.row, at.token(), now)
    window = ready.window(now)
    charge = at.purse.charge(row, now) if at.purse else ()
    match at.sends.claim(row, claimed, ready.permit, window, charge):
        case Claim.TAKEN:
            return "taken"
        case Claim.MOVED:
            return None
    marked = _call(claimed, ready, at)
    outcome = _mark(claimed, marked, at)
    if marked.status in _NEVER_LEFT and window is not None:
        _give_back(claimed, ready.permit.customer or claimed.customer, at)
    return outcome


def _give_back(claimed: Send, customer: str, at: Dispatcher) -> None:
    """Nothing left, and nothing soon will: the room that was taken under the caps is for others. Whoever dies before
    this leaves it taken until it is out of sight: too careful, and no more."""
    try:
        at.sends.give_back(customer, claimed.id, at.situations.permit(customer))
    except Transient as silence:
        logger.warning("%s keeps its room under the caps: %s", claimed.id, silence)


def _call(claimed: Send, ready: Ready, at: Dispatcher) -> Send:
    """The one call, and the row that follows from how it ended.

    Any other exception is a mistake in a channel: the row stays claimed and is settled like one whose worker died.
    """
    try:
        provider_id = ready.channel.send(ready.request, at.gateways[claimed.channel])
    except Transient as later:
        at.throttled(claimed.channel, later.retry_after.total_seconds() if later.retry_after else 0.0)
        return ledger.again(claimed, str(later), at.clock(), later.retry_after)
    except Held as held:
        logger.error("%s is held: %s. %s", claimed.id, held, ledger.ADVICE.get(str(held), ""))
        return ledger.hold(claimed, str(held), at.clock())
    except Permanent as refused:
        return ledger.refuse(claimed, str(refused))
    except Unanswered as silence:
        logger.warning("%s: nobody knows whether it left: %s", claimed.id, silence)
        if ready.channel.repeatable:
            return ledger.again(claimed, str(silence), at.clock())
        return ledger.unanswered(claimed)
    return ready.channel.kept(ledger.accepted(claimed, provider_id), ready.request)


def _repeatable(row: Send) -> bool:
    try:
        return channels.channel(row.channel).repeatable
    except LookupError:  # of a channel that this version does not have
        return False


def _mark(claimed: Send, marked: Send, at: Dispatcher) -> Outcome:
    """Write down how the call ended. If that fails, the row stays claimed, and the event or settling ends it."""
    for _ in range(_MARKS):
        try:
            if at.sends.save(claimed, marked):
                return marked.status
        except Transient:
            continue
        return "taken"  # the provider's event was faster and knows as much
    logger.error("%s could not be marked %s; it will be settled", claimed.id, marked.status)
    return Status.CLAIMED


def _page(queue: str, body: Mapping[str, Any], at: Dispatcher) -> list[Outcome]:
    """Bring on what is due in one shard and belongs to this queue; what is due in a moment comes back then.

    The rest of a page that was put back ends at `last`: what comes after it has a message of its own.
    """
    before, last = body.get("start"), body.get("last")
    page = at.sends.due(body["shard"], times.parse(body["until"]), limit=PAGE, start=before)
    if page.next is not None and last is None:  # first, so that the rest of the shard does not wait for this page
        at.queues.send(queue, [{**body, "start": page.next}])
    outcomes: list[Outcome] = []
    for key in page.items:
        if last is not None and key["due_at"] > last:
            break
        if at.over():
            rest = {**body, "start": before, "last": last or page.items[-1]["due_at"]}
            at.queues.send(queue, [rest], delay=BACK_IN)
            return [*outcomes, "put_back"]
        before = key
        row = at.sends.get(key["pk"], key["sk"])
        if row is not None and row.due_at is not None and queue_of(row) == queue:
            outcomes.append(_when_due(row, row.due_at - at.clock(), at))
    return outcomes


def _when_due(row: Send, wait: timedelta, at: Dispatcher) -> Outcome:
    """One row of a page: what fails for it is logged and found again by the next tick; the others do not wait."""
    delay = math.ceil(wait.total_seconds())
    try:
        if delay <= 0:
            return _bring_on(row, at)
        if delay <= LONGEST_DELAY:
            body = {"customer": row.customer, "send": row.id}
            at.queues.send(queue_of(row), [body], delay=delay)
    except Exception:
        logger.exception("%s could not be brought on", row.id)
        return "failed_here"
    return "not_due"
