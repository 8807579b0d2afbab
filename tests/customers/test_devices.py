"""On which devices somebody gets push messages: told by apps, kept as traits, dropped when they are gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers import devices
from chalicelib.customers.base import may_expire
from chalicelib.customers.devices import MOST, UNREGISTERED, Device
from chalicelib.customers.profile import Profile
from chalicelib.tracking.event import Event, statement
from tests.customers.events import DAY, event

NOBODY = Profile("u#ann")
TOKEN = "f0e1d2c3b4a5968778695a4b3c2d1e0f"


def told(name: str = "Application Opened", minutes: int = 0, os: dict[str, Any] | None = None, **device: Any) -> Event:
    held = {"id": "phone-1", "type": "ios", "token": TOKEN, **device}
    at = DAY + timedelta(minutes=minutes)
    context = {"device": held, **({"os": os} if os else {})}
    return event(name, at=at, context=context, message_id=f"m{minutes}{name}{held['id']}")


def addresses(*events: Event) -> str | None:
    """Where messages go, without the keys."""
    held = devices.addressed(NOBODY.merge(events).values)
    return None if held is None else " ".join(word.partition("#")[0] for word in held.split())


@pytest.mark.parametrize("name", ["Application Opened", "Application Installed", "Device Registered", "Identify"])
def test_an_app_tells_its_device(name: str) -> None:
    assert addresses(told(name)) == f"ios:{TOKEN}"


@pytest.mark.parametrize(
    "said",
    [
        told("Product Viewed"),  # every call carries the token: a write for each is too many
        told(token=""),
        told(token="short"),
        told(token="x" * 801),
        told(token="evil token with spaces"),
        told(token=7),
        told(type="toaster"),
        told(type=None),
        event(context={"device": "phone"}),
    ],
)
def test_what_is_no_device(said: Event) -> None:
    assert addresses(said) is None


def test_the_system_tells_the_platform_where_the_device_does_not() -> None:
    assert addresses(told(type=None, os={"name": "Android"})) == f"android:{TOKEN}"


def test_a_new_token_of_a_device_takes_the_old_ones_place() -> None:
    newer = "1" + TOKEN
    assert addresses(told(minutes=2, token=newer), told(minutes=1)) == f"ios:{newer}"


def test_several_devices_the_last_told_first_and_each_token_once() -> None:
    many = [told(minutes=number, id=f"phone-{number}", token=f"{TOKEN}{number:02}") for number in range(MOST + 2)]
    twice = told(minutes=30, id="restored", token=f"{TOKEN}05")
    found = (addresses(*many, twice) or "").split()
    assert found[:3] == [f"ios:{TOKEN}05", f"ios:{TOKEN}{MOST + 1:02}", f"ios:{TOKEN}{MOST:02}"]
    assert len(found) == len(set(found)) == MOST


def test_who_signs_out_gets_no_more_on_that_device_until_it_is_told_again() -> None:
    out = told(UNREGISTERED, minutes=1)
    assert addresses(told(), out) is None
    assert addresses(told(), out, told(minutes=2)) == f"ios:{TOKEN}"


def test_we_drop_a_device_that_is_gone_by_its_key() -> None:
    key = devices.key_of("phone-1")
    gone = statement(UNREGISTERED, "x", "u#ann", {"device": key}, at=DAY + timedelta(minutes=1))
    assert addresses(told(), gone) is None


@pytest.mark.parametrize(("minutes", "counted"), [(0, True), (9, True), (11, False)])
def test_under_a_public_key_nobody_registers_a_device_for_somebody_who_is_known(minutes: int, counted: bool) -> None:
    unproven = told(minutes=minutes).model_copy(update={"unproven": True})
    assert bool(NOBODY.merge([unproven], known_at=DAY).values) is counted
    by_trait = event("Identify", DAY + timedelta(minutes=minutes), traits={"push_device:x": {"token": TOKEN}})
    by_trait = by_trait.model_copy(update={"unproven": True})
    assert bool(NOBODY.merge([by_trait], known_at=DAY).values) is counted


def test_what_tells_a_device_is_never_forgotten() -> None:
    assert not may_expire(told())
    assert may_expire(told("Product Viewed"))


def test_an_address_is_read_as_it_was_written() -> None:
    held = NOBODY.merge([told(), told(id="tablet", type="android", token="a:" + TOKEN)]).values
    address = devices.addressed(held) or ""
    assert {(each.platform, each.token) for each in devices.read(address)} == {
        ("ios", TOKEN),
        ("android", "a:" + TOKEN),
    }
    assert devices.read("ios:short web:" + TOKEN) == []
    assert {each.key for each in devices.read(address)} == {devices.key_of("phone-1"), devices.key_of("tablet")}
    assert devices.read(f"ios:{TOKEN}") == [Device(devices.key_of(TOKEN), "ios", TOKEN)]
