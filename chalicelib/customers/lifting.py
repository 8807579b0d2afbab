"""Suppression that was lifted: what the event that says so (ours alone) comes to. Pure.

Somebody whose mailbox works again, or who complained by mistake, is written to again once an operator has said so
(`POST /v1/suppressions/lift`). That is an event of ours, `Suppression Lifted`, and until when it reaches is in it:

- bounces of the address that it names count no more until the event itself;
- complaints, which are the person's, only until the person has agreed anew (`agreed_at`): what was complained of later
  stands.

Both are a greatest, so facts are the same in whatever order bounces, complaints and this arrive.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib import times
from chalicelib.customers.facts import Facts, Suppression, address_mark, lift_key
from chalicelib.tracking.event import Event, statement

LIFTED: Final = "Suppression Lifted"  # {channel, email or phone, agreed_at, why, asked_by, key}
ADDRESS: Final[Mapping[str, str]] = {"email": "email", "sms": "phone"}
"""By channel that can be suppressed: the property that names the address."""


def lifted(
    customer: str, channel: str, address: str, now: datetime, agreed_at: datetime | None, said: Mapping[str, str]
) -> Event:
    """The event that says so. said: who asked, and why."""
    agreed = {"agreed_at": times.text(agreed_at)} if agreed_at else {}
    properties = {"channel": channel, ADDRESS[channel]: address, **agreed, **said}
    id = f"lifted-{address_mark(address)}-{times.text(now)}"
    return statement(LIFTED, id, customer, properties, at=now)


def reaches(event: Event, at: datetime) -> dict[str, datetime] | None:
    """By `lift_key`, until when what the event lifts counts no more; None if it says nothing that can be used.

    at: when the event was.
    """
    channel = event.properties.get("channel")
    address = event.properties.get(ADDRESS.get(channel, "")) if isinstance(channel, str) else None
    if not isinstance(channel, str) or not isinstance(address, str) or not address.strip():
        return None
    until = {lift_key(channel, address_mark(address)): at}
    agreed = event.properties.get("agreed_at")
    if agreed is not None:
        try:
            until[lift_key(channel)] = min(times.parse(agreed), at)
        except ValueError:
            return None
    return until


def stands(channel: str, held: Suppression, until: Mapping[str, datetime]) -> bool:
    """Whether one bounce or complaint counts. A bounce that names no address is lifted with any address of the
    channel."""
    if held.reason == "complaint":
        keys = [lift_key(channel)]
    elif held.of:
        keys = [lift_key(channel, mark) for mark in held.of]
    else:
        keys = [key for key in until if key.startswith(f"{channel}#")]
    return not any(key in until and held.at <= until[key] for key in keys)


def may_free(held: Suppression, channel: str, until: Mapping[str, datetime]) -> bool:
    """Whether what several bounces or complaints came to may be another thing by this: only all of them can tell."""
    if held.reason == "complaint":
        return lift_key(channel) in until and held.at <= until[lift_key(channel)]
    return any(held.at <= at for key, at in until.items() if key.startswith(f"{channel}#"))


def agreed_since(facts: Facts, channel: str, complained_at: datetime) -> datetime | None:
    """When the person has agreed anew to hear from us on a channel, or of a topic of it; None if not, or if nothing
    proves it."""
    said = (each for key, each in facts.consent.items() if key.partition("/")[0] == channel)
    return max((each.at for each in said if each.granted and each.confirmed and each.at > complained_at), default=None)
