"""What each advertising network takes: the columns of its file, by what people are matched, and what is hashed. Pure.

    google     Customer Match: Email, Phone, First Name, Last Name, Country, Zip; country and postal code are not hashed
    meta       Custom Audiences: email, phone, fn, ln, ct, st, zip, country, all hashed; value, if asked for
    linkedin   Matched Audiences: the template for contacts; the address is hashed, its other columns stay empty,
               because they would be read as they are
    x          List audiences: email, phone_number

Columns and forms are those of the networks' pages for advertisers, as they stood in 2026 (docs/AUDIENCES.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from chalicelib.jobs.audiences import normal

NetworkName = Literal["google", "meta", "linkedin", "x"]
Match = Literal["email", "phone", "name", "address"]
MATCHES: Final[tuple[Match, ...]] = ("email", "phone", "name", "address")


@dataclass(frozen=True)
class Person:
    """What a row is made of, as traits have it: nothing is normalised yet. value: what the person's orders came to."""

    email: object = None
    phone: object = None
    first_name: object = None
    last_name: object = None
    city: object = None
    state: object = None
    postal_code: object = None
    country: object = None
    value: Decimal | None = None


@dataclass(frozen=True)
class Column:
    """One column. of: by what people are matched in it, None for what is always empty or matches nobody; form: its
    cell."""

    name: str
    of: Match | None = None
    form: Callable[[Person], str | None] = lambda person: None
    hashed: bool = True


@dataclass(frozen=True)
class Network:
    """One network.

    keys:      the columns by any of which alone it knows a person.
    together:  columns by which it knows a person all together; if one cell is missing, none is written. A row without
               a key and without these is not written.
    worth:     the column that says what a person is worth, for audiences of similar people; None if it has none.
    """

    title: str
    columns: tuple[Column, ...]
    keys: frozenset[str]
    together: frozenset[str] = frozenset()
    worth: str | None = None


def _worth(person: Person) -> str | None:
    return None if person.value is None else f"{max(person.value, Decimal(0)):.2f}"


NETWORKS: Final[Mapping[NetworkName, Network]] = {
    "google": Network(
        "Google Customer Match",
        (
            Column("Email", "email", lambda one: normal.google_email(one.email)),
            Column("Phone", "phone", lambda one: normal.e164(one.phone)),
            Column("First Name", "name", lambda one: normal.google_name(one.first_name)),
            Column("Last Name", "name", lambda one: normal.google_name(one.last_name)),
            Column("Country", "address", lambda one: normal.country(one.country), hashed=False),
            Column("Zip", "address", lambda one: normal.postal_code(one.postal_code), hashed=False),
        ),
        frozenset({"Email", "Phone"}),
        frozenset({"First Name", "Last Name", "Country", "Zip"}),
    ),
    "meta": Network(
        "Meta Custom Audiences",
        (
            Column("email", "email", lambda one: normal.email(one.email)),
            Column("phone", "phone", lambda one: normal.digits(one.phone)),
            Column("fn", "name", lambda one: normal.meta_name(one.first_name)),
            Column("ln", "name", lambda one: normal.meta_name(one.last_name)),
            Column("ct", "address", lambda one: normal.meta_place(one.city)),
            Column("st", "address", lambda one: normal.meta_place(one.state)),
            Column(
                "zip",
                "address",
                lambda one: normal.meta_postal_code(one.postal_code, normal.country(one.country)),
            ),
            Column("country", "address", lambda one: normal.country(one.country)),
            Column("value", None, _worth, hashed=False),
        ),
        frozenset({"email", "phone"}),
        worth="value",
    ),
    "linkedin": Network(
        "LinkedIn Matched Audiences",
        (
            Column("email", "email", lambda one: normal.email(one.email)),
            *(
                Column(name)
                for name in ("firstname", "lastname", "jobtitle", "employeecompany", "country", "googleaid")
            ),
        ),
        frozenset({"email"}),
    ),
    "x": Network(
        "X List Audiences",
        (
            Column("email", "email", lambda one: normal.email(one.email)),
            Column("phone_number", "phone", lambda one: normal.e164(one.phone)),
        ),
        frozenset({"email", "phone_number"}),
    ),
}


def person_of(traits: Mapping[str, Any], value: Decimal | None = None) -> Person:
    """What traits say, under the names that sources and imports use."""
    address = traits.get("address")
    place = address if isinstance(address, Mapping) else {}

    def said(*names: str) -> object:
        return next((held[name] for held in (place, traits) for name in names if held.get(name)), None)

    return Person(
        email=traits.get("email"),
        phone=traits.get("phone"),
        first_name=traits.get("first_name") or traits.get("firstName"),
        last_name=traits.get("last_name") or traits.get("lastName"),
        city=said("city"),
        state=said("state", "province", "region"),
        postal_code=said("postalCode", "postal_code", "zip", "postcode"),
        country=said("country", "country_code"),
        value=value,
    )
