"""What an erasure leaves behind of an address, and what lifts it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.customers import suppression
from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.store import CustomerStore
from chalicelib.customers.suppression import Suppressed, mark, marks, united
from chalicelib.resources import CUSTOMERS
from tests.customers.events import DAY
from tests.fakes.database import MemoryDatabase

HOUR = timedelta(hours=1)
PII = ("newest", "previous")


@pytest.mark.parametrize(
    ("channel", "one", "other", "same"),
    [
        ("email", "Ada@Example.com ", "ada@example.com", True),
        ("email", "ada+x@example.com", "ada@example.com", False),
        ("sms", "+40 721 234 567", "0040721234567", True),
        ("phone", "+40721234567", "+40721234568", False),
    ],
)
def test_an_address_has_one_hash_however_it_is_written(channel: str, one: str, other: str, same: bool) -> None:
    assert (mark("s", channel, one) == mark("s", channel, other)) is same


def test_the_hash_needs_the_secret_and_tells_nothing() -> None:
    assert mark("one", "email", "ada@example.com") != mark("other", "email", "ada@example.com")
    assert "ada" not in mark("one", "email", "ada@example.com")


def test_an_address_is_found_after_the_secret_was_turned() -> None:
    db = MemoryDatabase()
    customers = CustomerStore(db)
    customers.suppress(mark("previous", "email", "ada@example.com"), Suppressed(DAY))
    assert customers.suppressed(marks(PII, "email", "ADA@example.com")) == Suppressed(DAY)
    assert customers.suppressed(marks(PII, "email", "eve@example.com")) is None
    assert "ada" not in str(db.items(CUSTOMERS))


def test_what_stood_there_is_not_forgotten() -> None:
    customers = CustomerStore(MemoryDatabase())
    for left in (Suppressed(DAY, "complaint"), Suppressed(DAY + HOUR), Suppressed(DAY, "bounce")):
        customers.suppress("suppressed#1", left)
        customers.suppress("suppressed#1", left)
    assert customers.suppressed(["suppressed#1"]) == Suppressed(DAY + HOUR, "complaint")
    assert united(Suppressed(DAY), Suppressed(DAY, "bounce")).undeliverable == "bounce"


LISTED = Suppressed(DAY, "bounce")


@pytest.mark.parametrize(
    ("did", "stands"),
    [
        (["listed"], LISTED),
        (["listed", "lifted"], None),
        (["lifted", "listed"], None),  # the night's job had read the list before
        (["listed", "lifted", "listed later"], Suppressed(DAY + 2 * HOUR, "bounce")),
        (["erased", "lifted"], Suppressed(DAY, "complaint")),
        (["listed", "erased", "lifted"], Suppressed(DAY, "complaint")),
        (["erased", "lifted", "listed later"], Suppressed(DAY + 2 * HOUR, "complaint")),
    ],
)
def test_what_sess_list_says_can_be_lifted_and_what_an_erasure_left_cannot(
    did: list[str], stands: Suppressed | None
) -> None:
    customers = CustomerStore(MemoryDatabase())
    acts: dict[str, Callable[[], None]] = {
        "listed": lambda: customers.suppress_listed("suppressed#1", LISTED),
        "listed later": lambda: customers.suppress_listed("suppressed#1", Suppressed(DAY + 2 * HOUR, "bounce")),
        "lifted": lambda: customers.lift("suppressed#1", DAY + HOUR),
        "erased": lambda: customers.suppress("suppressed#1", Suppressed(DAY, "complaint")),
    }
    for act in did:
        acts[act]()
    assert customers.suppressed(["suppressed#1"]) == stands


def test_of_two_secrets_what_stands_under_either_counts() -> None:
    customers = CustomerStore(MemoryDatabase())
    newest, previous = marks(PII, "email", "ada@example.com")
    customers.suppress(previous, Suppressed(DAY, "complaint"))
    customers.suppress_listed(newest, LISTED)
    customers.lift(newest, DAY)
    assert customers.suppressed((newest, previous)) == Suppressed(DAY, "complaint")


def granted(at: timedelta, confirmed: bool, key: str = "email", of: str | None = None) -> Facts:
    return Facts(consent={key: Consent(True, DAY + at, "m", confirmed, of)})


@pytest.mark.parametrize(
    ("facts", "stands"),
    [
        (Facts(), True),
        (granted(HOUR, False), True),
        (granted(-HOUR, True), True),
        (granted(HOUR, True), False),
        (granted(HOUR, True, "email/news"), False),
        (granted(HOUR, True, "email/other"), True),
        (granted(HOUR, True, of="mark"), False),
        (granted(HOUR, True, of="another"), True),
        (Facts(consent={"email": Consent(False, DAY + HOUR, "m")}), True),
    ],
)
def test_only_a_confirmed_statement_that_is_newer_lifts_it(facts: Facts, stands: bool) -> None:
    assert Suppressed(DAY).stands(facts, ("email/news", "email"), "mark") is stands


def test_no_customer_can_stand_where_the_hashes_do() -> None:
    assert not suppression.HASH_KEY.startswith(("u#", "a#"))
