"""Everything before the claim: read, ask permission, render, prepare. Whatever can go wrong with a message goes wrong
here, where nothing has happened yet. Nothing is written: the answer is the request, or the row that says why not."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from chalicelib.customers.answering import answering
from chalicelib.journeys.send import Send
from chalicelib.journeys.template import Template
from chalicelib.messages import channels, compiled, ledger, links, trial
from chalicelib.messages.channels import Channel, Request, Unsendable
from chalicelib.messages.compose import Letterhead, Unfit, Writing, enclose, words
from chalicelib.messages.contents import asked, spoken
from chalicelib.messages.dispatcher import Dispatcher, Ready
from chalicelib.messages.permission import Allowed, Later, Question, Sent, Skipped, answer, said_before
from chalicelib.messages.permission.words import words_of
from chalicelib.messages.preference import PREFERRED, by_preference
from chalicelib.messages.situation import Person, Situation

PACED: Final = "paced"
QUOTA: Final = "quota"
"""What is left of the day is kept for what somebody waits for."""

logger = logging.getLogger(__name__)


def make_ready(row: Send, at: Dispatcher) -> Ready | Send:
    """The request of a row that waits, or the row that says why there is none."""
    if row.channel != PREFERRED:
        return _by_its_channel(row, at)
    person = at.situations.person(row)
    known = answering(person.state.facts, person.traits, at.clock(), at.policy().preferred)
    return by_preference(row, (one.channel for one in known), lambda each: _by_its_channel(each, at, person))


def _by_its_channel(row: Send, at: Dispatcher, person: Person | None = None) -> Ready | Send:
    plan = _plan(row, at)
    if isinstance(plan, Send):
        return plan
    situation, question = _circumstances(plan, at, person)
    verdict = answer(question)
    row = replace(plan.row, bad_zone=situation.recipient.bad_zone and question.by_the_clock)
    if not isinstance(verdict, Allowed):
        return _refused(row, verdict)
    row = _permitted(row, plan, verdict, situation, at)
    known = _known(row, plan, situation, at)
    if isinstance(known, Send):
        return known
    request, question = _request(row, plan, situation, known, question, at)
    if isinstance(request, Skipped):
        return _refused(row, request)
    if isinstance(request, Unfit):
        logger.warning("%s cannot be sent: %s", row.id, request.detail)
        return ledger.skip(row, request.reason)
    later = _later(row, at) if plan.channel.worded else None
    if later is not None:
        return later
    counts, every = _counting(question), situation.recipient.every
    return Ready(row, plan.channel, request, situation.permit, question.policy, counts, every)


@dataclass(frozen=True)
class _Plan:
    """A row that can be carried out: its channel, the template that says it (None where the row itself does), and what
    the words ask of the context."""

    row: Send
    channel: Channel
    template: Template | None
    asks: frozenset[str]


def _plan(row: Send, at: Dispatcher) -> _Plan | Send:
    try:
        channel = channels.channel(row.channel)
    except LookupError:
        return ledger.skip(row, "no_such_channel")
    if not channel.worded:
        return _Plan(row, channel, None, asked(row))
    template = at.templates.template(row.template, row.template_version) if row.template else None
    if template is None or template.message_class != row.message_class:
        return ledger.skip(row, "no_such_template" if template is None else "template_of_another_class")
    return _Plan(replace(row, topic=row.topic or template.topic), channel, template, compiled.of(template).asks)


def _circumstances(plan: _Plan, at: Dispatcher, person: Person | None) -> tuple[Situation, Question]:
    """What is known of the customer, and the question whether the message may leave."""
    row, reaches = plan.row, plan.channel.reaches(plan.row)
    policy, now = at.policy(), at.clock()
    pii = at.secrets.named("pii")
    situation = at.situations.read(row, reaches, at.consent(), pii, plan.asks, at.prices(), policy.zone, person)
    return situation, Question(
        row,
        situation.recipient,
        situation.permit,
        policy,
        now,
        cancelled=situation.cancelled,
        pause=at.brake().holds(row.channel, now),
        waiting=at.situations.first(row, at.priorities(), now) if reaches else (),
    )


def _permitted(row: Send, plan: _Plan, verdict: Allowed, situation: Situation, at: Dispatcher) -> Send:
    """The row with what it was permitted by, what it will say, and where."""
    version = plan.template.version if plan.template else None
    row = replace(row, template_version=version, permitted=verdict.by, reached=situation.recipient.mark)
    if plan.template is None or row.channel not in links.SHORT_ON:
        return row
    return replace(row, short=row.short or links.short(at.secrets.named("link"), row.customer, row.id))


def _known(row: Send, plan: _Plan, situation: Situation, at: Dispatcher) -> dict[str, Any] | Send:
    """What words may say of the customer; the row instead, if a budget or a coupon holds it back."""
    coupon: object = None
    if at.purse is not None:
        coupon = at.purse.held(row, at.clock()) or at.purse.coupon(row, situation.state, at.clock())
        if isinstance(coupon, Send):
            return coupon
    known = at.contexts.of(
        situation.state, situation.traits, situation.account, plan.asks, situation.wanted, at.clock()
    )
    return {**known, "coupon": coupon}


def _request(
    row: Send, plan: _Plan, situation: Situation, known: dict[str, Any], question: Question, at: Dispatcher
) -> tuple[Request | Unfit | Skipped, Question]:
    """The request, or why there is none; and what permission knows by now."""
    if plan.template is None:
        return _spoken(row, plan.channel, situation, {**known, "event": situation.event}, at), question
    return _worded(row, plan.template, plan.channel, situation, known, question, at)


def _later(row: Send, at: Dispatcher) -> Send | None:
    """The row that waits for another day's quota, or for its turn; None if it need not."""
    kept = at.spare(row.channel)
    if kept > 0:
        return ledger.postpone(row, QUOTA, min(at.clock() + timedelta(seconds=kept), max(row.deadline, at.clock())))
    # A row that was given a turn has waited for it.
    wait = at.turn(row.channel) if row.reason != PACED else 0.0
    return ledger.postpone(row, PACED, at.clock() + timedelta(seconds=math.ceil(wait))) if wait > 0 else None


def _refused(row: Send, verdict: Skipped | Later) -> Send:
    """The row that says why not, or why not yet."""
    if isinstance(verdict, Skipped):
        return ledger.skip(row, verdict.reason)
    return ledger.postpone(row, verdict.reason, verdict.until)


def _counting(ask: Question) -> Sent | None:
    """As what a message counts for caps and repetitions; None if it does not."""
    channel, kind = ask.recipient.channel, ask.send.message_class
    if ask.send.test is not None or not ask.policy.counts(channel, kind):
        return None
    return Sent(ask.now, channel, kind, ask.words)


def _worded(
    row: Send,
    template: Template,
    channel: Channel,
    situation: Situation,
    known: dict[str, Any],
    question: Question,
    at: Dispatcher,
) -> tuple[Request | Unfit | Skipped, Question]:
    """The request of what a template says, unless that was said before; and what permission knows by now."""
    if row.test is not None:
        known = dict(trial.known(row.test, template, known, at.clock()))
    secrets = at.secrets
    sender = replace(at.sender, terms=at.terms[row.channel]()) if row.channel in at.terms else at.sender
    letterhead = Letterhead(sender, at.postal_address, secrets.public_url(), secrets.named("link"), at.tracked())
    writing = Writing(row, template, situation, letterhead, known)
    said = words(writing)
    if isinstance(said, Unfit):
        return said, question
    if row.test is None and question.policy.repeats(question.recipient.channel, row.message_class):
        stands_for = words_of(said.subject, said.text or said.html or "", letterhead.public_url)
        question = replace(question, words=stands_for)
        if (verdict := said_before(question)) is not None:
            return verdict, question
    return enclose(writing, said, channel), question


def _spoken(
    row: Send, channel: Channel, situation: Situation, known: Mapping[str, Any], at: Dispatcher
) -> Request | Unfit:
    message = spoken(row, channel, known, situation.recipient.address or "")
    if isinstance(message, Unfit):
        return message
    try:
        return channel.prepare(message, at.sender)
    except Unsendable as error:
        return Unfit(error.reason, str(error))
