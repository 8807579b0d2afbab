"""Short links in text messages: they hold nothing, and the row of the message is found by them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.store import TemplateStore
from chalicelib.messages import links
from chalicelib.messages.compiling import made
from chalicelib.messages.pages.store import ShortLinks
from tests.fakes.secrets import MemorySecrets
from tests.messages.samples import NOW, send, template
from tests.messages.short.test_sms import text, world

SECRETS = ("newest", "previous")
URL = MemorySecrets().public_url()
WITH_LINK = made(
    template(name="text", sms={"text": "News! Reply STOP to leave. Less of it: {{ links.preferences }}"}), {}
)


def sent(short: str, **changes: object) -> Send:
    return replace(send(), **{"channel": "sms", "status": Status.SENT, "due_at": None, "short": short, **changes})  # type: ignore[arg-type]


def test_a_short_link_is_short_and_says_nothing() -> None:
    short = links.short(SECRETS, "u#ada@example.com", "20261122T0900-1")
    assert re.fullmatch(r"[A-Za-z0-9]{12}", short)
    assert short == links.short(SECRETS, "u#ada@example.com", "20261122T0900-1")
    others = {links.short(SECRETS, "u#ada@example.com", f"20261122T0900-{number}") for number in range(1_000)}
    assert len(others) == 1_000
    assert short not in {links.short(("stranger",), "u#ada@example.com", "20261122T0900-1")}


@given(st.text())
def test_what_is_no_short_link_is_not_even_looked_up(said: str) -> None:
    assert links.is_short(said) == (re.fullmatch(r"[A-Za-z0-9]{12}", said, re.ASCII) is not None)


def test_the_row_is_found_once_it_was_sent(database: Database) -> None:
    store, short = ShortLinks(database), "a" * 12
    row = sent(short)
    database.put(resources.SENDS, row.to_item())
    assert store.row(short) == row
    assert store.row("b" * 12) is None


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.SENT])
def test_what_was_not_sent_is_not_found_and_waits_where_it_did(status: Status) -> None:
    row = sent("a" * 12, status=status, due_at=NOW + timedelta(minutes=20))
    item = row.to_item()
    assert not str(item["due_shard"]).startswith("short#")
    assert Send.from_item(item) == row


def test_a_row_that_was_sent_is_due_for_nobody() -> None:
    read = Send.from_item(sent("a" * 12).to_item())
    assert (read.due_at, read.todo, read.short) == (None, None, "a" * 12)


def test_a_text_message_leads_to_the_preferences_by_a_short_link() -> None:
    at, texts = world()
    TemplateStore(at.db).put("text", "text", WITH_LINK.stored(), NOW, in_force=True)
    row = at.plan(text())
    assert at.dispatch(row) == Status.SENT
    body = texts.sent[0]["text"]["MessageBody"]
    found = re.search(rf"{re.escape(URL)}/s/([A-Za-z0-9]{{12}})$", body)
    assert found is not None, body
    held = ShortLinks(at.db).row(found[1])
    assert held is not None
    assert (held.customer, held.id) == (row.customer, row.id)
