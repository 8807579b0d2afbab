"""A test send: a template that somebody has sent to an address of their own, to see it where it will be read. Pure.

It goes the way of every message, with its row in the ledger, its claim and its one call, for that way is what is tried.
The row belongs to no customer: nothing about anybody is counted, capped, reported or learned by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import ids
from chalicelib.journeys.send import Send, planned
from chalicelib.journeys.template import Content, Template
from chalicelib.messages.render import MAIL, Rendered

SUBJECT: Final = "a#test-send#"
"""How the subjects begin under which tests are kept."""
JOURNEY: Final = "test-send"
MARK: Final = "[Test]"
KEPT_FOR: Final = timedelta(days=30)
WORTH: Final = timedelta(hours=1)

_FROM_SAMPLE: Final = frozenset({"links", "topic", "postal_address", "sender_name"})
"""What is real in a test whoever it is rendered for."""


def row(template: Template, test: Mapping[str, Any], number: str, now: datetime, channel: str = MAIL) -> Send:
    """The row of the ledger. test: `to`; and `as` (a customer), or `sample`; and `locale`. number: of this test."""
    planned_row = planned(
        customer=SUBJECT + ids.digest(str(test["to"]).casefold()),
        message_class=template.message_class,
        channel=channel,
        template=template.name,
        journey=JOURNEY,
        step=JOURNEY,
        enrolment=f"{JOURNEY}#!{number}",
        origin=number,
        occurrence=0,
        now=now,
        worth=WORTH,
    )
    return replace(planned_row, template_version=template.version, test=dict(test))


def known(test: Mapping[str, Any], template: Content, customer: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """What the template sees: the customer, or the sample; the event is the sample's, for it has led to nothing."""
    from chalicelib.messages import samples  # of all messages few are tests

    sample = samples.somebody(template, now, test.get("sample"))
    if "as" in test:
        return {**customer, "event": sample["event"]}
    return {part: value for part, value in sample.items() if part not in _FROM_SAMPLE}


def marked(words: Rendered) -> Rendered:
    """The words with a subject that says what this is; a text that has no subject says it itself."""
    if words.subject:
        return replace(words, subject=f"{MARK} {words.subject}")
    return replace(words, text=f"{MARK} {words.text}")
