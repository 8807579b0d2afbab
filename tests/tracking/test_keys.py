"""Keys: random, kept as a hash, found fast, refused within a minute of being revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib.aws.database import Database, Item
from chalicelib.resources import CATALOG
from chalicelib.tracking import keys
from chalicelib.tracking.keys import EVERYTHING, TRACK, KeyKind
from chalicelib.tracking.store import KEY_LIFETIME, KeyStore
from infra.api_keys import make_key
from tests.fakes.database import MemoryDatabase
from tests.tracking.making import NOW


class CountingDatabase(MemoryDatabase):
    """Counts what reading keys costs."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        self.reads += 1
        return super().get(table, pk, sk, consistent=consistent)


def test_a_key_is_found_by_its_text_alone(database: Database) -> None:
    store = KeyStore(database)
    text = store.create(KeyKind.SECRET, "console", ["customers:read"], NOW)
    key = KeyStore(database).find(text, NOW)
    assert key is not None
    assert (key.kind, key.label, key.created_at, key.prefix) == (KeyKind.SECRET, "console", NOW, text[:8])
    assert key.may("customers:read")
    assert not key.may("journeys:write")


def test_a_key_has_32_random_bytes_and_is_nowhere_in_the_tables(database: Database) -> None:
    texts = {KeyStore(database).create(KeyKind.PUBLIC, "shop", [TRACK], NOW) for _ in range(3)}
    assert len(texts) == 3
    assert all(re.fullmatch(r"pk_[A-Za-z0-9_-]{43}", text) for text in texts)
    stored = str(database.query(CATALOG, keys.KIND).items)
    assert not [text for text in texts if text[3:] in stored]


@pytest.mark.parametrize(
    "text", [None, "", "pk_", "pk_unknown", "sk_unknown", "key", "pk_" + "x" * 10_000, "pk_\ud800é"]
)
def test_what_is_no_key_is_none(database: Database, text: str | None) -> None:
    make_key(database, "write", "shop")
    assert KeyStore(database).find(text, NOW) is None


def test_what_was_found_is_trusted_for_a_minute() -> None:
    database = CountingDatabase()
    store = KeyStore(database)
    text = store.create(KeyKind.PUBLIC, "shop", [TRACK], NOW)
    for second in (0, 1, 59):
        assert store.find(text, NOW + timedelta(seconds=second))
    assert database.reads == 1
    assert store.find(text, NOW + KEY_LIFETIME)
    assert database.reads == 2


def test_a_revoked_key_is_refused_within_a_minute(database: Database) -> None:
    here, elsewhere = KeyStore(database), KeyStore(database)
    text = make_key(database, "write", "shop")
    (key,) = here.all()
    assert elsewhere.find(text, NOW)
    here.revoke(key.id)
    assert here.find(text, NOW) is None
    assert elsewhere.find(text, NOW + KEY_LIFETIME) is None
    assert list(here.all()) == []


def test_a_key_made_later_is_found_at_once(database: Database) -> None:
    store = KeyStore(database)
    text = keys.key_text(KeyKind.PUBLIC, b"x" * 32)
    assert store.find(text, NOW) is None
    database.put(CATALOG, keys.to_item(keys.Key.of(text, "shop", frozenset({TRACK}), NOW)))
    assert store.find(text, NOW)


def test_a_write_key_may_track_and_a_secret_key_what_it_was_given(database: Database) -> None:
    store = KeyStore(database)
    write, secret, narrow = (
        store.find(text, NOW)
        for text in (
            make_key(database, "write", "shop", scopes=["customers:read"]),
            make_key(database, "secret", "operator"),
            make_key(database, "secret", "report", scopes=["reports:read"]),
        )
    )
    assert write is not None
    assert secret is not None
    assert narrow is not None
    assert write.scopes == {TRACK}
    assert secret.scopes == {EVERYTHING}
    assert [key.may(TRACK) for key in (write, secret, narrow)] == [True, True, False]
    assert [key.may("customers:read") for key in (write, secret, narrow)] == [False, True, False]
