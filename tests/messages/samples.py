"""Small builders, so that a test says only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.journeys.send import Send, planned
from chalicelib.journeys.template import Template

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

HTML = (
    "<p>Hello {{ customer.first_name | default: 'there' }}</p>"
    '<p><a href="{{ links.unsubscribe }}">Unsubscribe</a><br>{{ postal_address }}</p>'
)
TEXT = "Hello {{ customer.first_name | default: 'there' }}\n{{ links.unsubscribe }}\n{{ postal_address }}"


def send(**changes: Any) -> Send:
    """A marketing mail planned at NOW and worth sending for three days."""
    row = planned(
        customer="u#ada",
        message_class="marketing",
        channel="email",
        template="hello",
        journey="welcome",
        step="hello",
        enrolment="welcome#e1",
        origin="o1",
        occurrence=0,
        now=NOW,
        worth=3 * DAY,
    )
    return replace(row, **changes)


def receipt(**changes: Any) -> Send:
    """The same, transactional."""
    return send(**{"message_class": "transactional", "template": "receipt", **changes})


def template(**changes: Any) -> Template:
    """A marketing template that may be published."""
    fields = {"name": "hello", "class": "marketing", "subject": "Hello", "html": HTML, "text": TEXT}
    return Template.model_validate({**fields, **changes})
