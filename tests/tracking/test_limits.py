"""Limits of a key on the way in: origins, the rate, new profiles, its end. Nothing is lost."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.errors import Refused
from chalicelib.resources import CATALOG, EVENTS, WORK
from chalicelib.tracking.counts import CountStore, days
from chalicelib.tracking.intake import Intake, Post, Taken
from chalicelib.tracking.keys import TRACK, KeyKind, KeySettings, hashed, read_origin
from chalicelib.tracking.limits import MOST_LOOKED_UP, SHARED, TRUSTED, Limits
from chalicelib.tracking.store import EventStore, KeyStore, ParkedStore
from tests.fakes.database import MemoryDatabase
from tests.tracking.making import NOW, call

Headers = dict[str, str]


class Container:
    """One Lambda container over tables that it may share with others."""

    def __init__(self, db: MemoryDatabase, text: str) -> None:
        self.db, self.text, self.now = db, text, NOW
        keys, events, counts = KeyStore(db), EventStore(db), CountStore(db)
        self.intake = Intake(keys, events, ParkedStore(db), lambda: ("m",), Limits(counts, events), counts)

    def post(self, *calls: dict[str, Any], headers: Headers | None = None) -> Taken:
        body = json.dumps({"batch": calls, "writeKey": self.text}).encode()
        return self.intake.take(Post("segment", "batch", body, headers or {}, {}), self.now)


@pytest.fixture
def container() -> Callable[..., Container]:
    """Containers of one deployment with one key of these settings."""
    db, made = MemoryDatabase(), list[str]()

    def start(kind: KeyKind = KeyKind.PUBLIC, *, expires_at: Any = None, **settings: Any) -> Container:
        if not made:
            kept = KeySettings("shop", **settings)
            made.append(KeyStore(db).create(kind, "shop", [TRACK], NOW, settings=kept, expires_at=expires_at))
        return Container(db, made[0])

    return start


ALLOWED = ("https://shop.example", "https://*.shop.example", "http://localhost:3000")


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({}, True),
        ({"origin": "https://shop.example"}, True),
        ({"origin": "HTTPS://Shop.Example"}, True),
        ({"origin": "https://de.shop.example"}, True),
        ({"origin": "http://localhost:3000"}, True),
        ({"referer": "https://shop.example/basket?x=1"}, True),
        ({"origin": "https://shop.example", "referer": "https://other.example/"}, True),
        ({"origin": "http://shop.example"}, False),
        ({"origin": "https://shop.example:8443"}, False),
        ({"origin": "https://myshop.example"}, False),
        ({"origin": "https://shop.example.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"referer": "https://other.example/shop.example"}, False),
        ({"referer": "http://[broken"}, True),
    ],
)
def test_a_page_of_another_origin_may_not_use_the_key(
    container: Callable[..., Container], headers: Headers, let_in: bool
) -> None:
    here = container(origins=ALLOWED)
    if let_in:
        assert here.post(call(), headers=headers).stored.new == 1
        return
    with pytest.raises(Refused) as refused:
        here.post(call(), headers=headers)
    assert (refused.value.status, refused.value.code) == (403, "origin_not_allowed")
    assert here.db.items(EVENTS) == []


@pytest.mark.parametrize(
    "text", ["shop.example", "https://", "https://shop.example/path", "*", "https://*", "ftp://x.example"]
)
def test_what_is_no_origin_is_refused_when_it_is_set(text: str) -> None:
    with pytest.raises(ValueError, match="an origin is"):
        read_origin(text)


def test_a_key_makes_no_more_calls_than_its_rate(container: Callable[..., Container]) -> None:
    here = container(rate=1)
    here.now = NOW.replace(second=50)
    for number in range(60):
        here.post(call(messageId=f"m-{number}"))
    with pytest.raises(Refused) as refused:
        here.post(call(messageId="one more"))
    assert (refused.value.status, refused.value.code) == (429, "too_many_calls")
    assert refused.value.retry_after == timedelta(seconds=10)
    here.now += timedelta(seconds=10)
    assert here.post(call(messageId="one more")).stored.new == 1


def test_containers_learn_from_one_another_what_was_spent(container: Callable[..., Container]) -> None:
    several = [container(rate=2) for _ in range(3)]
    taken = 0
    for number in range(1_000):
        with contextlib.suppress(Refused):
            several[number % 3].post(call(messageId=f"m-{number}"))
            taken += 1
    assert 120 <= taken <= 120 + 3 * SHARED


def test_a_request_larger_than_a_minute_passes_by_itself(container: Callable[..., Container]) -> None:
    here = container(rate=1)
    many = [call(messageId=f"m-{number}") for number in range(100)]
    assert here.post(*many).stored.new == 100
    with pytest.raises(Refused):
        here.post(call(messageId="one more"))


def test_a_key_without_a_rate_costs_nothing(container: Callable[..., Container]) -> None:
    here = container()
    here.post(*(call(messageId=f"m-{number}") for number in range(200)))
    assert here.db.items(WORK) == []


def test_beyond_its_new_profiles_only_people_who_are_known_are_heard(container: Callable[..., Container]) -> None:
    here = container(new_profiles=10)
    here.post(call(userId="known"))
    CountStore(here.db).met(hashed(here.text)[:8], 10, NOW)
    assert here.post(call(userId="early", messageId="m-0")).stored.new == 1, "within the minute in which it is trusted"
    here.now = NOW + TRUSTED
    taken = here.post(call(userId="known", messageId="m-2"), call(userId="new", messageId="m-3"))
    assert (taken.stored.new, taken.parked) == (1, 1)
    assert dict(taken.refused()) == {"too_many_profiles": 1}
    here.now = NOW + timedelta(days=1)
    assert here.post(call(userId="new", messageId="m-4")).stored.new == 1, "another day"


def test_a_flood_of_new_people_is_bounded_work(container: Callable[..., Container]) -> None:
    here = container(new_profiles=0)
    taken = here.post(*(call(userId=f"u-{number}", messageId=f"m-{number}") for number in range(MOST_LOOKED_UP * 2)))
    assert (taken.stored.new, taken.parked) == (0, MOST_LOOKED_UP * 2)


def test_a_secret_key_has_no_limit_of_profiles(container: Callable[..., Container]) -> None:
    assert container(KeyKind.SECRET, new_profiles=0).post(call()).stored.new == 1


def test_a_key_ends(container: Callable[..., Container]) -> None:
    here = container(expires_at=NOW + timedelta(seconds=30))
    assert here.post(call()).stored.new == 1
    here.now += timedelta(seconds=30)
    with pytest.raises(Refused) as refused:
        here.post(call(messageId="m-2"))
    assert refused.value.code == "unknown_write_key", "although the container trusts what it read for a minute"


def test_use_is_noted_once_an_hour(container: Callable[..., Container]) -> None:
    here = container()
    for minutes in (0, 5, 59):
        here.now = NOW + timedelta(minutes=minutes)
        here.post(call())
    (key,) = KeyStore(here.db).all()
    assert key.last_used_at == NOW
    assert len([change for change in here.db.changes if change.table == CATALOG]) == 2, "when it was made, and used"
    here.now = NOW + timedelta(minutes=61)
    here.post(call())
    assert next(KeyStore(here.db).all()).last_used_at == here.now


def test_parked_calls_are_counted_by_key_source_and_hour(container: Callable[..., Container]) -> None:
    here = container()
    here.post(call(), "no call", "none either", call(userId=None))  # type: ignore[arg-type]
    (found,) = CountStore(here.db).activity(next(iter(days(NOW, 1))))
    assert (found.hour, found.key, found.source) == ("2026-11-22T03", hashed(here.text)[:8], "segment")
    assert found.parked == {"not_an_object": 2, "no_user_anon_id": 1}
