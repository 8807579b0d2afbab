"""The channel push: the contract of channels, and one message on several devices, each at most once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.aws.pushes import Gone
from chalicelib.customers.devices import PREFIX, key_of
from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.journeys.send import Status
from chalicelib.journeys.store import TemplateStore
from chalicelib.messages import channels, ledger
from chalicelib.messages.channels import Unsendable
from chalicelib.messages.compiling import made
from chalicelib.messages.permission import Policy
from chalicelib.messages.pushing import Devices
from chalicelib.messages.render import Rendered
from tests.fakes.pushes import MemoryPushes
from tests.messages.channel_contract import SENDER, ChannelContract, message
from tests.messages.samples import DAY, NOW, send, template
from tests.messages.world import World

PHONE, TABLET = "a1b2c3d4e5f60718", "fcm:token_of-a.tablet"
BOTH = f"ios:{PHONE} android:{TABLET}"
WORDS = Rendered(
    "Hello Ada", None, "Your cart waits.", url="https://shop.example/cart", image="https://shop.example/a.jpg"
)


class TestPush(ChannelContract):
    name = "push"
    address = BOTH

    def message(self, **changes: Any) -> channels.Message:
        return message(changes.pop("address", self.address), **{"words": WORDS, **changes})

    def prepared(self, **changes: Any) -> Any:
        return self.channel.prepare(self.message(**changes), SENDER)

    def test_apples_payload(self) -> None:
        payload = self.prepared(template="hello", step="s1")["payloads"]["ios"]
        assert payload["aps"] == {
            "alert": {"title": "Hello Ada", "body": "Your cart waits."},
            "sound": "default",
            "mutable-content": 1,
        }
        assert payload["perennial"] == {
            "send_id": send().id,
            "journey": "welcome",
            "template": "hello",
            "step": "s1",
            "url": "https://shop.example/cart",
            "image": "https://shop.example/a.jpg",
        }

    def test_googles_payload_is_of_its_v1_api(self) -> None:
        told = self.prepared()["payloads"]["android"]["fcmV1Message"]["message"]
        assert told["notification"] == {
            "title": "Hello Ada",
            "body": "Your cart waits.",
            "image": "https://shop.example/a.jpg",
        }
        assert told["android"] == {"collapse_key": send().id, "notification": {"tag": send().id}}
        assert all(isinstance(value, str) for value in told["data"].values())  # Google takes nothing else

    def test_every_device_and_only_what_its_platform_asks_for(self) -> None:
        assert [(each["platform"], each["token"]) for each in self.prepared()["devices"]] == [
            ("ios", PHONE),
            ("android", TABLET),
        ]
        assert list(self.prepared(address=f"ios:{PHONE}")["payloads"]) == ["ios"]

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"address": ""}, "no_address"),
            ({"words": Rendered("Hello", None, "é" * 2_100)}, "too_long"),
            ({"words": Rendered("", None, "Hello")}, "unsendable"),
        ],
    )
    def test_what_cannot_be_sent(self, changes: dict[str, Any], reason: str) -> None:
        with pytest.raises(Unsendable) as refused:
            self.prepared(**changes)
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("phone", "tablet", "ending"),
    [
        (None, None, "push-1"),
        # It has left if any device took it, and then is not tried again: who took it must not get it twice.
        (Transient("throttled"), None, "push-1"),
        (None, Unanswered("?"), "push-1"),
        (Gone("disabled"), None, "push-1"),
        (Transient("throttled"), Unanswered("?"), Unanswered),
        (Gone("disabled"), Transient("throttled"), Transient),
        (Held("push_not_set_up"), Permanent("bad_request"), Held),
        (Held("push_not_set_up"), Transient("throttled"), Transient),
        (Gone("disabled"), Permanent("bad_request"), Permanent),
        (Gone("disabled"), Gone("bad_token"), Permanent),
    ],
)
def test_one_message_on_two_devices(phone: Exception | None, tablet: Exception | None, ending: Any) -> None:
    pushes, told = MemoryPushes(), []

    def failed(request: Mapping[str, Any], device: Mapping[str, Any], why: str, gone: bool) -> None:
        told.append((device["token"], why, gone))

    pushes.ends = {token: end for token, end in ((PHONE, phone), (TABLET, tablet)) if end is not None}
    gateway = Devices(pushes, failed)
    request = channels.channel("push").prepare(message(BOTH, words=WORDS), SENDER)
    if isinstance(ending, str):
        assert gateway.send(request) == ending
    else:
        with pytest.raises(ending):
            gateway.send(request)
    assert {token for _, token, _, _ in pushes.told} == {PHONE, TABLET} - set(pushes.ends)
    # What is tried again has not failed yet; beside a device that took it nothing is.
    over = [(token, end) for token, end in pushes.ends.items() if pushes.told or isinstance(end, Gone | Permanent)]
    assert [(token, gone) for token, _, gone in told] == [(token, isinstance(end, Gone)) for token, end in over]
    assert {collapse for *_, collapse in pushes.told} <= {send().id}


PUSH = made(template(name="nudge", push={"title": "Hello {{ customer.first_name }}", "body": "Your cart waits."}), {})


def world(said: bool | None = True, policy: Policy | None = None, *devices: str) -> tuple[World, MemoryPushes]:
    """Ada, who has said this about push messages, with these devices."""
    at, pushes = World(policy=policy or Policy()), MemoryPushes()
    gateway = Devices(pushes, lambda *told: None)
    object.__setattr__(at.dispatcher, "gateways", {**at.dispatcher.gateways, "push": gateway})
    held: dict[str, Any] = {PREFIX + key_of(each): _device(each) for each in devices or ("ios:" + PHONE,)}
    at.customer(**held)
    consent = {} if said is None else {"push": Consent(said, NOW - DAY, "m")}
    CustomerStore(at.db).save(State("u#ada", v=2, stage="lead", facts=Facts(consent=consent)), permission_changed=True)
    TemplateStore(at.db).put("nudge", "nudge", PUSH.stored(), NOW, in_force=True)
    return at, pushes


def _device(address: str) -> dict[str, str]:
    platform, _, token = address.partition(":")
    return {"platform": platform, "token": token, "told_at": "2026-11-01T00:00:00.000Z"}


def test_one_row_is_one_message_on_every_device() -> None:
    at, pushes = world(True, None, f"ios:{PHONE}", f"android:{TABLET}")
    row = at.plan(send(channel="push", template="nudge"))
    assert at.dispatch(row) == Status.SENT
    assert {token for _, token, _, _ in pushes.told} == {PHONE, TABLET}
    assert {collapse for *_, collapse in pushes.told} == {row.id}
    assert at.dispatch(row) == "over"


@pytest.mark.parametrize(
    ("said", "devices", "reason"), [(False, ("ios:" + PHONE,), "unsubscribed"), (True, ("ios:short",), "no_address")]
)
def test_who_gets_none(said: bool, devices: tuple[str, ...], reason: str) -> None:
    at, pushes = world(said, None, *devices)
    row = at.plan(send(channel="push", template="nudge"))
    assert (at.dispatch(row), at.row(row).reason) == (Status.SKIPPED, reason)
    assert pushes.told == []


def test_outside_production_all_of_somebodys_devices_must_be_listed() -> None:
    both = (f"ios:{PHONE}", f"android:{TABLET}")
    for patterns, status in (((f"ios:{PHONE}",), Status.SKIPPED), (("ios:*", "android:*"), Status.SENT)):
        at, _ = world(True, Policy(only_to=patterns), *both)
        assert at.dispatch(at.plan(send(channel="push", template="nudge"))) == status


def test_whatever_holds_a_push_message_comes_with_advice() -> None:
    assert {"push_not_set_up", "push_application_disabled", "push_application_missing"} <= set(ledger.ADVICE)
