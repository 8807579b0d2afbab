"""Asking permission for a message that nobody has planned. Imported by the handler when it runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chalicelib import wiring
from chalicelib.api.permissions import ChannelAnswer, CustomerPermission
from chalicelib.api.whom import state_of
from chalicelib.journeys.send import MessageClass, Send, planned
from chalicelib.messages.permission import CONSENT_MAY_FOLLOW, Allowed, Later, Reaches, Verdict, permitted
from chalicelib.messages.situation.store import SituationStore

ASKED: Final = (
    Reaches("email", "email"),
    Reaches("sms", "phone"),
    Reaches("push", None),
    Reaches("onsite", None),
    Reaches("phone", "phone"),
    Reaches("post", None),
)
WORTH: Final = timedelta(days=7)


def asked(spoken: str, message_class: MessageClass, topic: str | None) -> CustomerPermission:
    """The answer on every channel. Refused: 404 `customer_not_found`."""
    perennial = wiring.perennial()
    customer, now = state_of(spoken).customer, perennial.now()
    store, policy = SituationStore(perennial.db), perennial.policy()
    person = store.person(_row(customer, "email", message_class, topic, now))
    answers = []
    for reaches in ASKED:
        row = _row(customer, reaches.channel, message_class, topic, now)
        pii = perennial.secrets_named("pii")
        known = store.read(row, reaches, perennial.consent(), pii, zone=policy.zone, person=person)
        pause = perennial.brake.current().holds(reaches.channel, now)
        verdict = permitted(row, known.recipient, known.permit, policy, now, pause=pause)
        zones = [str(zone) for zone in known.recipient.zones] if reaches.channel in policy.hours else []
        answers.append(_shown(reaches.channel, verdict, zones, known.recipient.bad_zone))
    return CustomerPermission(customer=customer, asked_at=now, channels=answers)


def _row(customer: str, channel: str, message_class: MessageClass, topic: str | None, now: datetime) -> Send:
    """A message that was planned long enough ago to wait for no consent any more."""
    return planned(
        customer=customer,
        message_class=message_class,
        channel=channel,
        template=None,
        journey="",
        step="",
        enrolment="permission#!asked",
        origin="permission",
        occurrence=0,
        now=now - CONSENT_MAY_FOLLOW,
        worth=WORTH,
        topic=topic,
    )


def _shown(channel: str, verdict: Verdict, zones: list[str], bad_zone: bool) -> ChannelAnswer:
    said = {"channel": channel, "time_zones": zones, "bad_time_zone": bad_zone}
    match verdict:
        case Allowed():
            return ChannelAnswer(answer="allowed", reason=None, until=None, **said)
        case Later(until, reason):
            return ChannelAnswer(answer="later", reason=reason, until=until, **said)
    return ChannelAnswer(answer="skipped", reason=verdict.reason, until=None, **said)
