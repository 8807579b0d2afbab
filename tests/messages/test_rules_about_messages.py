"""From a mail that leaves to a rule about it: what SES reports says of which journey, step and template it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.messages.channels import Message, Sender
from chalicelib.messages.channels.email import plugin as email
from chalicelib.messages.render import Rendered
from chalicelib.segments.history import History
from chalicelib.segments.match import match
from chalicelib.segments.rule import parse
from chalicelib.segments.view import View
from chalicelib.tracking import pipeline
from chalicelib.tracking.event import Event
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.sources.ses import plugin as ses
from tests.messages.samples import NOW

MAIL = Message(
    customer="u#ada",
    send="20261122T0900-1",
    journey="welcome",
    message_class="marketing",
    address="ada@example.com",
    words=Rendered("Hello", "<p>Hello</p>", None),
    template="welcome-hello",
    step="hello",
)


def reported(kind: str, agent: str) -> list[Event]:
    """What becomes of the mail, as SES says it a minute later."""
    request = email.prepare(MAIL, Sender("shop@shop.example", "set"))
    said = {
        "eventType": kind,
        "mail": {
            "timestamp": NOW.isoformat(),
            "messageId": "ses-1",
            "destination": ["ada@example.com"],
            "tags": {tag["Name"]: [tag["Value"]] for tag in request["EmailTags"]},
        },
        kind.lower(): {"timestamp": (NOW + timedelta(minutes=1)).isoformat(), "userAgent": agent},
    }
    arrival = Arrival("ses", "ses", NOW + timedelta(minutes=2), 1_000)
    return list(pipeline.read(ses.calls("", said), arrival).events)


@pytest.mark.parametrize(
    ("kind", "agent", "rule", "held"),
    [
        ("Send", "", {"message": "sent"}, True),
        ("Delivery", "", {"message": "received", "channel": "email"}, True),
        ("Open", "Thunderbird", {"message": "opened", "journey": "welcome"}, True),
        ("Open", "Thunderbird", {"message": "opened", "journey": "win-back"}, False),
        ("Open", "Mozilla/5.0", {"message": "opened"}, False),  # a privacy proxy opens everything
        ("Click", "Firefox", {"message": "clicked", "template": "welcome-hello", "step": "hello"}, True),
        ("Click", "Firefox", {"message": "clicked", "step": "nudge"}, False),
        ("Click", "Firefox", {"message": "opened"}, False),
        ("Click", "Barracuda", {"message": "clicked"}, False),
        ("Click", "Firefox", {"message": "clicked", "within": "P30D"}, True),
        ("Click", "Firefox", {"message": "clicked", "count": {"at_least": 2}}, False),
    ],
)
def test_what_a_rule_says_of_a_mail(kind: str, agent: str, rule: dict[str, Any], held: bool) -> None:
    events = reported(kind, agent)
    view = View("u#ada", fold(Facts(), events), {}, None, history=History.of(events))
    assert match(parse(rule), view, NOW + timedelta(hours=1)).matched is held
