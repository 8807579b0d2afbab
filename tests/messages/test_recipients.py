"""The unsubscribe page over HTTP: a GET shows, a POST acts, every bad token gets one answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from chalice.test import Client

from app import app
from chalicelib import resources, wiring
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.messages.links import UNSUBSCRIBE, Link, mint
from chalicelib.settings import Settings
from chalicelib.tracking import event as events
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets

SECRETS = MemorySecrets()
TOKEN = mint(SECRETS.named("link"), UNSUBSCRIBE, Link("u#ada@example.com", "20261122T0900-1"))
SETTINGS = Settings(
    stage="test",
    tables={},
    queues={},
    configuration_set="perennial-test",
    sender="Shop <hello@shop.example>",
    postal_address="1 High Street, Bath",
    allowed_recipients=("*",),
    secrets_parameter="/perennial/test/secrets",
    public_url_parameter="/perennial/test/public-url",
    files_bucket="test-files",
    failures_bucket="test-failures",
    executions="2",
)
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.fixture
def db() -> MemoryDatabase:
    made = MemoryDatabase()
    for customer in ("u#ada@example.com", "a#visitor"):
        CustomerStore(made).save(State(customer, v=1))
    return made


@pytest.fixture
def client(db: MemoryDatabase) -> Iterator[Client]:
    wiring.run(wiring.Perennial(SETTINGS, wiring.Ports(db=db, queues=MemoryQueues(), secrets=SECRETS)))
    with Client(app) as made:
        yield made
    wiring.run(None)


def test_a_get_shows_a_page_and_changes_nothing(client: Client, db: MemoryDatabase) -> None:
    answer = client.http.get(f"/u/{TOKEN}")
    page = answer.body.decode()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert re.search(r'<form method="post">.*<button type="submit"', page)
    assert 'name="viewport"' in page
    assert '<html lang="en">' in page
    assert db.items(resources.EVENTS) == []


def test_the_page_loads_nothing_runs_nothing_and_says_nothing_to_others(client: Client) -> None:
    answer = client.http.get(f"/u/{TOKEN}")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    page = answer.body.decode()
    assert "<script" not in page
    assert "http" not in page
    assert "ada" not in page


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=b"),
        (b"confirm=yes", "application/x-www-form-urlencoded"),
        (b"", "text/plain"),
        (b"{}", "application/json"),
    ],
)
def test_a_post_acts_whatever_its_form(client: Client, db: MemoryDatabase, body: bytes, content_type: str) -> None:
    answer = client.http.post(f"/u/{TOKEN}", body=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    (item,) = db.items(resources.EVENTS)
    said = events.from_item(item)
    assert (said.subject, said.name, said.source) == ("u#ada@example.com", "Unsubscribed", "perennial")
    assert said.properties == {"channel": "email", "send_id": "20261122T0900-1"}


def test_a_post_without_a_content_type_acts(client: Client, db: MemoryDatabase) -> None:
    assert client.http.post(f"/u/{TOKEN}", body=ONE_CLICK).status_code == 200
    assert len(db.items(resources.EVENTS)) == 1


def test_a_second_post_is_the_same_event(client: Client, db: MemoryDatabase) -> None:
    answers = [client.http.post(f"/u/{TOKEN}", body=ONE_CLICK) for _ in range(3)]
    assert {answer.body for answer in answers} == {answers[0].body}
    said = [events.from_item(item).message_id for item in db.items(resources.EVENTS)]
    assert 1 <= len(set(said)) <= 2  # two, if a minute ended between them


def test_every_bad_token_gets_one_answer(client: Client, db: MemoryDatabase) -> None:
    stranger = mint(("stranger",), UNSUBSCRIBE, Link("u#ada", "1"))
    other_purpose = mint(SECRETS.named("link"), "confirm", Link("u#ada", "1"))
    bad = ["x", TOKEN[:-1], TOKEN + "A", stranger, other_purpose, "1", "%00", "u%23ada", "A" * 3000]
    for method in ("get", "post"):
        answers = [getattr(client.http, method)(f"/u/{token}") for token in bad]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.body for answer in answers}) == 1
    assert db.items(resources.EVENTS) == []


def test_who_was_erased_is_not_made_anew_by_an_old_mail(client: Client, db: MemoryDatabase) -> None:
    old = mint(SECRETS.named("link"), UNSUBSCRIBE, Link("u#gone", "1"))
    assert client.http.post(f"/u/{old}", body=ONE_CLICK).status_code == 200
    assert db.items(resources.EVENTS) == []


def test_a_token_signed_with_the_previous_secret_still_works(client: Client, db: MemoryDatabase) -> None:
    old = mint(("previous",), UNSUBSCRIBE, Link("a#visitor", "1"))
    assert client.http.post(f"/u/{old}", body=ONE_CLICK).status_code == 200
    assert [item["pk"] for item in db.items(resources.EVENTS)] == ["a#visitor"]
