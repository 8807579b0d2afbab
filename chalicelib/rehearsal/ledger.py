"""What was decided to be sent asks for permission, and leaves, waits or does not leave: the ledger on a virtual clock.

The steps are those of messages/ready.py before the claim, but that nothing is rendered; whatever is permitted leaves
at once, because the call to a provider is no decision.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.customers.answering import answering
from chalicelib.journeys.send import Send, Status
from chalicelib.messages import channels, ledger, rivals
from chalicelib.messages.permission import Allowed, Later, Permit, Question, Sent, Skipped, answer, counted, said_before
from chalicelib.messages.preference import PREFERRED, by_preference
from chalicelib.messages.situation import cancels, reached_at, recipient
from chalicelib.rehearsal.diary import Diary, Line, What
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn

PROVIDER = "rehearsed"


def bring_on(row: Send, double: StandIn, plan: Plan, now: datetime, diary: Diary) -> None:
    """Bring a row as far as it can be brought now; one that still waits stays with the double."""
    after = _attempted(row, double, plan, now)
    double.sends.pop(row.id, None)
    if after.status is Status.SENT:
        _note(diary, "sent", after, now, double)
    elif after.status is Status.SKIPPED:
        _note(diary, "skipped", after, now, double)
    else:
        double.sends[row.id] = after
        if after.reason != row.reason:
            _note(diary, "held", after, now, double)


def _attempted(row: Send, double: StandIn, plan: Plan, now: datetime) -> Send:
    if row.channel != PREFERRED:
        return _by_its_channel(row, double, plan, now)
    known = answering(double.state.facts, double.profile.values, now, plan.policy.preferred)
    return by_preference(row, (one.channel for one in known), lambda each: _by_its_channel(each, double, plan, now))


def _by_its_channel(row: Send, double: StandIn, plan: Plan, now: datetime) -> Send:
    channel, template = channels.channel(row.channel), None
    if channel.worded:
        template = plan.templates.get(row.template or "")
        if template is None or template.message_class != row.message_class:
            return ledger.skip(row, "no_such_template" if template is None else "template_of_another_class")
        row = replace(row, topic=row.topic or template.topic)
    reaches = channel.reaches(row)
    address = reached_at(reaches, double.profile.values) if reaches else None
    traits, zone = double.profile.values, plan.policy.zone
    known = recipient(row, reaches, address, double.state, traits, plan.consent, None, zone, double.profile.doubted)
    enrolment = double.enrolments.get(row.enrolment)
    cancelled = enrolment is not None and cancels(enrolment, row)
    permit = Permit(sent=double.window)
    first = rivals.first(row, double.sends.values(), plan.priorities, now) if reaches else ()
    ask = Question(row, known, permit, plan.policy, now, cancelled, waiting=first)
    verdict = answer(ask)
    if isinstance(verdict, Allowed) and template is not None and row.channel not in template.channels:
        verdict = Skipped("template_of_another_channel")
    said = plan.stands_for.get(row.template or "") if channel.worded else None
    if isinstance(verdict, Allowed) and said is not None:
        verdict = said_before(replace(ask, words=said)) or verdict
    match verdict:
        case Skipped(reason):
            return ledger.skip(row, reason)
        case Later(until, reason):
            return ledger.postpone(row, reason, until)
        case Allowed():
            if plan.policy.counts(known.channel, row.message_class):
                sent = Sent(now, known.channel, row.message_class, said)
                double.window = counted(permit, row, sent, plan.policy, known.every)
    return ledger.accepted(ledger.claim(row, PROVIDER, now), PROVIDER)


def _note(diary: Diary, what: What, row: Send, now: datetime, double: StandIn) -> None:
    held = double.enrolments.get(row.enrolment)
    origin = held.origin if held else ""
    diary.append(
        Line(
            now,
            what,
            row.journey,
            origin,
            row.step,
            row.reason or "",
            row.channel,
            row.template or "",
            until=row.due_at,
        )
    )
