"""What is hashed, network by network: the cases of the networks' own pages, and those in which they differ."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs.audiences import normal
from tests.hostile import CORPUS

NONE = None
EMAILS = [
    # typed, Google, Meta, LinkedIn and X
    ("ada@example.com", "ada@example.com", "ada@example.com"),
    ("  Ada@Example.COM \n", "ada@example.com", "ada@example.com"),
    ("user.name+NYC@Example.com", "user.name+nyc@example.com", "user.name+nyc@example.com"),
    ("cloudy.sanfrancisco@gmail.com", "cloudysanfrancisco@gmail.com", "cloudy.sanfrancisco@gmail.com"),
    (
        "Cloudy.SanFrancisco+shopping@GMAIL.com",
        "cloudysanfrancisco@gmail.com",
        "cloudy.sanfrancisco+shopping@gmail.com",
    ),
    ("a.d.a@googlemail.com", "ada@googlemail.com", "a.d.a@googlemail.com"),
    ("a.b@gmail.com.example.org", "a.b@gmail.com.example.org", "a.b@gmail.com.example.org"),
    ("+@gmail.com", NONE, "+@gmail.com"),
    ("ada", NONE, NONE),
    ("ada@@example.com", NONE, NONE),
    ("ada @example.com", NONE, NONE),
    ("", NONE, NONE),
    (7, NONE, NONE),
    (NONE, NONE, NONE),
    (["ada@example.com"], NONE, NONE),
]
PHONES = [
    # typed, Google and X, Meta
    ("+1 800 555 0100", "+18005550100", "18005550100"),
    ("+1 (800) 555-0100", "+18005550100", "18005550100"),
    ("0040 721 234 567", "+40721234567", "40721234567"),
    ("+44 844 412 4653", "+448444124653", "448444124653"),
    ("0721 234 567", NONE, NONE),  # of which country?
    ("800-555-0100", NONE, NONE),
    ("+0123456789", NONE, NONE),
    ("+1 800 CALL NOW", NONE, NONE),
    (40721234567, NONE, NONE),
]
NAMES = [
    # typed, Google, Meta
    ("Ada", "ada", "ada"),
    ("  Ada  Maria ", "ada maria", "ada maria"),
    ("Mrs. Ada", "ada", "mrs ada"),
    ("King Jr.", "king", "king jr"),
    ("O'Brien", "o'brien", "obrien"),
    ("Ana-Maria", "ana-maria", "anamaria"),
    ("Zoë", "zoë", "zoë"),
    ("Zoe\u0308", "zoë", "zoë"),
    ("Ștefan", "ștefan", "ștefan"),
    ("正", "正", "正"),
    ("Dr", "dr", "dr"),
    ("...", "...", NONE),
    ("", NONE, NONE),
    ("x" * 101, NONE, NONE),
    ({"first": "Ada"}, NONE, NONE),
]
PLACES = [
    ("San Francisco", "sanfrancisco"),
    ("Saint-Étienne", "saintétienne"),
    ("CA", "ca"),
    ("St. Louis 7", "stlouis"),
    ("", NONE),
    (7, NONE),
]
COUNTRIES = [("US", "us"), (" ro ", "ro"), ("USA", NONE), ("Romania", NONE), ("=R", NONE), ("", NONE), (7, NONE)]
POSTAL = [
    # typed, country, Google, Meta
    ("94016", "us", "94016", "94016"),
    (94016, "us", "94016", "94016"),
    ("94016-1234", "us", "94016-1234", "94016"),
    ("M1 1AE", "gb", "m1 1ae", "m11"),
    ("WC2H 8LG", "gb", "wc2h 8lg", "wc2h8"),
    ("010 071", "ro", "010 071", "010071"),
    ("=1+1", "ro", NONE, NONE),
    ("-94016", "us", NONE, NONE),
    ("", "us", NONE, NONE),
    (True, "us", NONE, NONE),
]


@pytest.mark.parametrize(("typed", "google", "others"), EMAILS)
def test_mail_addresses(typed: object, google: str | None, others: str | None) -> None:
    assert (normal.google_email(typed), normal.email(typed)) == (google, others)


@pytest.mark.parametrize(("typed", "google", "meta"), PHONES)
def test_telephone_numbers_have_their_country_or_are_none(typed: object, google: str | None, meta: str | None) -> None:
    assert (normal.e164(typed), normal.digits(typed)) == (google, meta)


@pytest.mark.parametrize(("typed", "google", "meta"), NAMES)
def test_names(typed: object, google: str | None, meta: str | None) -> None:
    assert (normal.google_name(typed), normal.meta_name(typed)) == (google, meta)


@pytest.mark.parametrize(("typed", "meta"), PLACES)
def test_places(typed: object, meta: str | None) -> None:
    assert normal.meta_place(typed) == meta


@pytest.mark.parametrize(("typed", "code"), COUNTRIES)
def test_countries(typed: object, code: str | None) -> None:
    assert normal.country(typed) == code


@pytest.mark.parametrize(("typed", "of", "google", "meta"), POSTAL)
def test_postal_codes(typed: object, of: str, google: str | None, meta: str | None) -> None:
    assert (normal.postal_code(typed), normal.meta_postal_code(typed, of)) == (google, meta)


def test_a_hash_is_that_of_the_text_in_lower_case_hexadecimal() -> None:
    assert normal.hashed("test@example.com") == "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
    assert normal.hashed("+18005550100") == hashlib.sha256(b"+18005550100").hexdigest()
    assert normal.hashed(None) is None


@given(st.text(max_size=120) | st.integers() | st.none() | st.lists(st.text()))
def test_the_form_of_a_form_is_itself_and_nothing_makes_it_fail(typed: object) -> None:
    for form in (normal.email, normal.google_email, normal.e164, normal.google_name, normal.meta_name):
        once = form(typed)
        if once is not None and len(once) <= normal.LONGEST:
            assert form(once) == once
            assert len(normal.hashed(once) or "") == 64


def test_what_is_not_hashed_holds_nothing_that_was_meant_to_harm() -> None:
    for value in CORPUS:
        for cell in (normal.country(value), normal.postal_code(value)):
            assert cell is None or all(each.isalnum() or each in " -" for each in cell)
