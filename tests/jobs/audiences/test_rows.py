"""A person as a row of each network's file, and what an export differs in from the one before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs.audiences import rows
from chalicelib.jobs.audiences.network import NETWORKS, Match, NetworkName, person_of
from chalicelib.jobs.audiences.normal import hashed
from chalicelib.jobs.audiences.rows import Form, difference
from tests.hostile import CORPUS

TRAITS: dict[str, Any] = {
    "email": "Ada.L+x@gmail.com",
    "phone": "+1 (800) 555-0100",
    "firstName": "Mrs. Ada",
    "last_name": "O'Brien",
    "address": {"city": "San Francisco", "state": "CA", "postalCode": "94016-1234", "country": "US"},
    "password": "secret",
}
HASHED = {
    "google": ["adal@gmail.com", "+18005550100", "ada", "o'brien"],
    "meta": [
        *("ada.l+x@gmail.com", "18005550100", "mrs ada", "obrien"),
        *("sanfrancisco", "ca", "94016", "us"),
    ],
    "linkedin": ["ada.l+x@gmail.com"],
    "x": ["ada.l+x@gmail.com", "+18005550100"],
}
HEADERS = {
    "google": "Email,Phone,First Name,Last Name,Country,Zip",
    "meta": "email,phone,fn,ln,ct,st,zip,country",
    "linkedin": "email,firstname,lastname,jobtitle,employeecompany,country,googleaid",
    "x": "email,phone_number",
}
PLAIN = {"google": ["us", "94016-1234"], "meta": [], "linkedin": [""] * 6, "x": []}


def form(network: NetworkName, *match_on: Match, worth: bool = False) -> Form:
    return Form(NETWORKS[network], match_on or ("email", "phone", "name", "address"), worth)


def row(network: NetworkName, traits: dict[str, Any], *match_on: Match) -> str | None:
    return form(network, *match_on).row(person_of(traits))


@pytest.mark.parametrize("network", NETWORKS)
def test_the_file_of_each_network(network: NetworkName) -> None:
    assert form(network).header == HEADERS[network]
    assert row(network, TRAITS) == ",".join([*(hashed(text) or "" for text in HASHED[network]), *PLAIN[network]])


def test_only_meta_is_told_what_people_are_worth_and_only_if_asked() -> None:
    written = form("meta", worth=True)
    assert written.header == HEADERS["meta"] + ",value"
    assert (written.row(person_of(TRAITS, Decimal("12.5"))) or "").endswith(",12.50")
    assert (written.row(person_of(TRAITS, Decimal("-3"))) or "").endswith(",0.00")


@pytest.mark.parametrize(
    ("network", "traits", "match_on", "filled"),
    [
        ("google", {"email": "a@b.example"}, (), ["Email"]),
        ("google", {"email": "a@b.example", "phone": "+40721234567"}, ("phone",), ["Phone"]),
        ("google", {"first_name": "Ada", "last_name": "L"}, (), None),
        ("google", {"email": "a@b.example", "first_name": "Ada", "country": "us"}, (), ["Email"]),
        (
            "google",
            {"first_name": "Ada", "last_name": "L", "country": "us", "zip": "94016"},
            (),
            ["First Name", "Last Name", "Country", "Zip"],
        ),
        ("google", {"first_name": "Ada", "last_name": "L", "country": "us", "zip": "94016"}, ("name",), None),
        ("meta", {"first_name": "Ada", "last_name": "L", "country": "us", "zip": "94016"}, (), None),
        ("meta", {"phone": "+40721234567", "country": "RO"}, (), ["phone", "country"]),
        ("linkedin", {"phone": "+40721234567"}, (), None),
        ("x", {"phone": "+40721234567"}, (), ["phone_number"]),
        ("x", {"email": "nonsense"}, (), None),
    ],
)
def test_what_would_match_nobody_is_not_written(
    network: NetworkName, traits: dict[str, Any], match_on: tuple[Match, ...], filled: list[str] | None
) -> None:
    written = row(network, traits, *match_on)
    names = form(network).header.split(",")
    found = None if written is None else [n for n, cell in zip(names, written.split(","), strict=True) if cell]
    assert found == filled


@pytest.mark.parametrize("network", NETWORKS)
def test_whatever_is_in_a_profile_no_cell_runs_and_no_row_breaks(network: NetworkName) -> None:
    for value in CORPUS:
        names = ("phone", "first_name", "last_name", "city", "state", "zip", "country")
        written = row(network, {"email": "ada@example.com", **dict.fromkeys(names, value)})
        assert written is not None
        assert len(written.split(",")) == len(HEADERS[network].split(","))
        assert all(cell == "" or cell.replace(" ", "").replace("-", "x").isalnum() for cell in written.split(","))
        row(network, {**dict.fromkeys(names, value), "email": value, "address": value})


ADA = {"email": "ada@example.com", "phone": "+40721234567"}


def google(*people: dict[str, Any]) -> list[str]:
    return [written for one in people if (written := row("google", one))]


def test_what_came_is_added_and_what_went_is_removed() -> None:
    ada, bob = google(ADA, {"email": "bob@example.com"})
    found = difference(form("google"), [ada], [bob])
    assert (found.added, found.removed) == ((bob,), (ada,))
    assert difference(form("google"), [ada, bob], [bob, ada]) == rows.Difference((), ())


def test_whoever_has_a_new_number_keeps_the_address() -> None:
    """What is removed names the old number alone: the address would take out the person who stays."""
    before, after = google(ADA, ADA | {"phone": "+40799999999"})
    found = difference(form("google"), [before], [after])
    assert found.added == (after,)
    assert found.removed == (f",{hashed('+40721234567')},,,,",)


def test_who_shares_an_address_with_somebody_who_leaves_stays() -> None:
    alone, with_phone = google({"email": "home@example.com"}, {"email": "home@example.com", "phone": "+40721234567"})
    found = difference(form("google"), [alone, with_phone], [with_phone])
    assert found == rows.Difference((), ())


PEOPLE = st.fixed_dictionaries(
    {"email": st.sampled_from([None, *(f"p{n}@example.com" for n in range(5))])},
    optional={"phone": st.sampled_from([f"+4072123456{n}" for n in range(4)]), "zip": st.just("94016")},
)


@given(st.lists(PEOPLE, max_size=12), st.lists(PEOPLE, max_size=12), st.sampled_from(sorted(NETWORKS)))
def test_removed_and_then_added_the_network_knows_exactly_who_is_in_it(
    before: list[dict[str, Any]], after: list[dict[str, Any]], network: NetworkName
) -> None:
    """The law of a difference, of one part: by every address and number the network knows those of now, no others."""
    written = form(network)
    old, new = ({made for one in many if (made := row(network, one))} for many in (before, after))
    found = difference(written, old, new)

    def known(lines: Any) -> set[rows.Key]:
        return {key for line in lines for key in written.keys(line)}

    assert (known(old) - known(found.removed)) | known(found.added) == known(new)
    assert not known(found.removed) & known(new)


def test_rows_fall_into_the_same_parts_and_twice_as_many_split_each_in_two() -> None:
    written = form("google")
    lines = google(*({"email": f"p{number}@example.com"} for number in range(200)))
    for line in lines:
        assert rows.part_of(written, line, 8) % 4 == rows.part_of(written, line, 4)
    assert {rows.part_of(written, line, 4) for line in lines} == {0, 1, 2, 3}
    by_address = google({"first_name": "A", "last_name": "L", "country": "us", "zip": "94016"})
    assert 0 <= rows.part_of(written, by_address[0], 4) < 4


@pytest.mark.parametrize(
    ("people", "at_least", "parts"), [(0, 1, 1), (50_000, 1, 1), (50_001, 1, 2), (1_000_000, 1, 32), (10, 8, 8)]
)
def test_how_many_parts(people: int, at_least: int, parts: int) -> None:
    assert rows.parts_for(people, at_least) == parts


def test_a_file_is_read_as_it_was_written() -> None:
    lines = google(ADA)
    assert rows.read(rows.written(form("google"), lines)) == lines
    assert rows.written(form("x"), []) == b"email,phone_number\r\n"
