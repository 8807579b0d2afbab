"""Everything before the claim: read, ask permission, render, prepare. Whatever can go wrong with a message goes wrong
here, where nothing has happened yet. Nothing is written: the answer is the request, or the row that says why not."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from chalicelib.journeys.send import Send
from chalicelib.journeys.template import Template
from chalicelib.messages import channels, compiled, ledger, trial
from chalicelib.messages.channels import Channel, Request, Unsendable
from chalicelib.messages.compose import Letterhead, Unfit, compose
from chalicelib.messages.contents import asked, spoken
from chalicelib.messages.dispatcher import Dispatcher, Ready
from chalicelib.messages.permission import Allowed, Later, Skipped, permitted
from chalicelib.messages.store import Situation

PACED: Final = "paced"

logger = logging.getLogger(__name__)


def make_ready(row: Send, at: Dispatcher) -> Ready | Send:
    """The request of a row that waits, or the row that says why there is none."""
    try:
        channel = channels.channel(row.channel)
    except LookupError:
        return ledger.skip(row, "no_such_channel")
    template = None
    if channel.worded:
        template = at.templates.template(row.template, row.template_version) if row.template else None
        if template is None or template.message_class != row.message_class:
            return ledger.skip(row, "no_such_template" if template is None else "template_of_another_class")
        row = replace(row, topic=row.topic or template.topic)
    asks = asked(row) if template is None else compiled.of(template).asks
    reaches = channel.reaches(row)
    situation = at.situations.read(row, reaches, at.consent(), at.secrets.named("pii"), asks, at.prices())
    verdict = permitted(
        row,
        situation.recipient,
        situation.permit,
        at.policy,
        at.clock(),
        cancelled=situation.cancelled,
        pause=at.brake().holds(row.channel, at.clock()),
    )
    match verdict:
        case Skipped(reason):
            return ledger.skip(row, reason)
        case Later(until, reason):
            return ledger.postpone(row, reason, until)
        case Allowed(by):
            row = replace(row, template_version=template.version if template else None, permitted=by)
    waiting = at.purse.held(row, at.clock()) if at.purse else None
    coupon = at.purse.coupon(row, situation.state, at.clock()) if at.purse and waiting is None else waiting
    if isinstance(coupon, Send):
        return coupon
    known = at.contexts.of(situation.state, situation.traits, situation.account, asks, situation.wanted, at.clock())
    known |= {"coupon": coupon}
    request = _request(row, template, channel, situation, known, at)
    if isinstance(request, Unfit):
        logger.warning("%s cannot be sent: %s", row.id, request.detail)
        return ledger.skip(row, request.reason)
    # A row that was given a turn has waited for it.
    wait = at.turn() if channel.worded and row.reason != PACED else 0.0
    if wait > 0:
        return ledger.postpone(row, PACED, at.clock() + timedelta(seconds=math.ceil(wait)))
    counts = row.message_class == "marketing" and reaches is not None and row.test is None
    return Ready(row, channel, request, situation.permit, counts)


def _request(
    row: Send, template: Template | None, channel: Channel, situation: Situation, known: dict[str, Any], at: Dispatcher
) -> Request | Unfit:
    if template is None:
        return _spoken(row, channel, situation, {**known, "event": situation.event}, at)
    if row.test is not None:
        known = dict(trial.known(row.test, template, known, at.clock()))
    secrets = at.secrets
    letterhead = Letterhead(at.sender, at.postal_address, secrets.public_url(), secrets.named("link"), at.tracked())
    return compose(row, template, channel, situation, letterhead, known)


def _spoken(
    row: Send, channel: Channel, situation: Situation, known: Mapping[str, Any], at: Dispatcher
) -> Request | Unfit:
    message = spoken(row, channel, known, situation.recipient.address or "")
    if isinstance(message, Unfit):
        return message
    try:
        return channel.prepare(message, at.sender)
    except Unsendable as error:
        return Unfit("unsendable", str(error))
