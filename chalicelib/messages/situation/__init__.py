"""What is known of a customer when a message is about to leave, as permission and rendering ask for it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final, NamedTuple

from chalicelib.customers import devices
from chalicelib.customers.consent import ConsentSettings, key_of, said_in
from chalicelib.customers.facts import address_mark
from chalicelib.customers.frequency import wished
from chalicelib.customers.state import State
from chalicelib.customers.suppression import Suppressed
from chalicelib.journeys.enrolment import Enrolment, takes_back
from chalicelib.journeys.send import Send
from chalicelib.messages.permission import Permit, Reaches, Recipient
from chalicelib.messages.permission.whose import zones_of

PROVABLE: Final = frozenset({"email", "sms"})
"""The channels by which an address is asked to confirm, and may be another by the time that it is written to."""


class Person(NamedTuple):
    """What is known of a customer whatever the channel. permit: read before all the rest; doubted: the traits of which
    nobody knows that the person said them."""

    permit: Permit
    state: State
    traits: Mapping[str, Any]
    doubted: frozenset[str]
    enrolment: Enrolment | None


@dataclass(frozen=True)
class Situation:
    """What is known of a customer at the moment a message is about to leave.

    topic:     what the message is about (or asks to confirm), in the customer's language: key, title, description,
               wording; empty for no topic.
    permit:    read before all the rest: whatever changes afterwards changes its version, and the claim fails.
    state:     facts, stage and their dates.
    account:   what rules and templates see of the account that the customer belongs to; None for none, and where the
               template does not ask.
    wanted:    the locale that the customer reads, as the traits say it.
    cancelled: the customer left the journey after the message was planned.
    """

    permit: Permit
    recipient: Recipient
    traits: Mapping[str, Any]
    state: State
    event: Mapping[str, Any]
    cancelled: bool
    topic: Mapping[str, str]
    account: Mapping[str, Any] | None = None
    wanted: str | None = None


def reached_at(reaches: Reaches, traits: Mapping[str, Any]) -> str | None:
    """Where a message goes: what the trait says, or the person's devices; None for what is said nowhere."""
    if reaches.channel == "push":
        return devices.addressed(traits)
    held = traits.get(reaches.trait) if reaches.trait else None
    return held.strip() if isinstance(held, str) else None


def recipient(
    row: Send,
    reaches: Reaches | None,
    address: str | None,
    state: State,
    traits: Mapping[str, Any],
    settings: ConsentSettings,
    left: Suppressed | None,
    zone: tzinfo = UTC,
    doubted: Collection[str] = (),
) -> Recipient:
    """What permission asks of a customer. `left`: what an erasure left behind of somebody with the same address;
    `zone`: the workspace's; `doubted`: as of a Person. A visitor who has confirmed an address may name another: what
    was confirmed does not count there, until somebody who is trusted says that it is the same person's."""
    if reaches is None:
        return Recipient(None, channel=None)
    channel, facts = reaches.channel, state.facts
    own, wish = zones_of(channel, traits, address, zone), wished(traits)
    about = row.confirms or (key_of(channel, row.topic) if row.topic else None)
    topic = settings.topic(about) if about else None
    said = facts.suppressed.get(channel)
    held = said if said and said.holds(address) else None
    mark = address_mark(address) if address and channel in PROVABLE else None
    of = mark if reaches.trait in doubted else None
    return Recipient(
        address=address,
        consent=facts.consent_status(channel, of),
        suppression=held.reason if held else left.undeliverable if left else None,
        topic=facts.consent_status(about, of) if about else None,
        own_consent=topic is not None and topic.own_consent,
        erased=left.stands(facts, (about, channel), mark) if left else False,
        ticket=facts.tickets.holds_until,
        channel=channel,
        stage=state.stage,
        zones=own.zones,
        bad_zone=own.bad,
        every=wish.every if wish else None,
        mark=mark,
    )


def described(row: Send, settings: ConsentSettings, traits: Mapping[str, Any]) -> dict[str, str]:
    """The topic of a message in the customer's language, as templates see it. What is not said is not there: in Liquid,
    an empty text is true."""
    key = row.confirms or (key_of(row.channel, row.topic) if row.topic else None)
    if key is None:
        return {}
    topic, language = settings.topic(key), traits.get("language") or traits.get("locale")
    said = {
        "key": key,
        "title": said_in(topic.title, language, settings.language) if topic else "",
        "description": said_in(topic.description, language, settings.language) if topic else "",
        "wording": settings.wording_of(key) or "",
    }
    return {name: value for name, value in said.items() if value}


def cancels(enrolment: Enrolment, row: Send) -> bool:
    """Whether leaving the journey, or reaching its goal, takes back a message that it planned."""
    return takes_back(enrolment, row.planned_at)


def properties_of(enrolment: Enrolment | None) -> Mapping[str, Any]:
    """What the event said that began the journey; nothing where none did."""
    if enrolment is None:
        return {}
    found = enrolment.trigger.get("properties")
    return found if isinstance(found, Mapping) else {}
