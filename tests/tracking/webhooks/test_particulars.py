"""What is particular about each vendor, and what the sources do together."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.resources import EVENTS, WORK
from chalicelib.tracking import exact, webhook
from chalicelib.tracking.contact import address_id
from chalicelib.tracking.sources.standard import Standard
from chalicelib.tracking.webhook import Delivery
from tests.fakes import vendors
from tests.fakes.vendors import Signed
from tests.fakes.world import World
from tests.tracking.test_sources import HERE


def payload(source: str, name: str) -> Any:
    return json.loads((HERE / source / f"{name}.json").read_text())["payload"]


def route(source: str, name: str) -> str:
    return str(json.loads((HERE / source / f"{name}.json").read_text())["route"])


def send(world: World, source: str, name: str, **changed: Any) -> None:
    body = {**payload(source, name), **changed}
    answer = vendors.signed(source, route(source, name), body, world.now).to(world)
    assert answer.status == 200, answer.text


def names(world: World) -> list[str]:
    return sorted(item["name"] for item in world.items(EVENTS))


def bought(world: World, who: str) -> tuple[int, Decimal]:
    orders = world.customer(who)["orders"]
    return orders["count"], Decimal(orders["revenue"])


def parked(world: World) -> list[str]:
    return [item["reason"] for item in world.items(WORK) if item["pk"] == "parked"]


# --- Shopify ---


@pytest.mark.parametrize("topics", ["create paid updated", "paid create", "updated", "paid paid"])
def test_one_order_completed_whatever_topics_tell_of_it_in_any_order(world: World, topics: str) -> None:
    order = payload("shopify", "order_created")
    for number, topic in enumerate(f"orders/{word}" for word in topics.split()):
        body = {**order, "updated_at": f"2026-11-22T12:0{number}:00+02:00"}
        assert vendors.signed("shopify", topic, body, world.now).to(world).status == 200
    world.settle()
    assert names(world) == ["Order Completed"]
    assert bought(world, "7300112233445566778") == (1, Decimal("61.40"))


def test_both_families_of_headers_are_read(world: World) -> None:
    old = vendors.signed("shopify", "orders/create", payload("shopify", "order_created"), world.now)
    new = {name.removeprefix("X-"): value for name, value in old.headers.items()}
    assert Signed("shopify", new, old.body).to(world).status == 200
    assert names(world) == ["Order Completed"]


def test_ids_beyond_what_a_float_holds_and_money_keep_every_digit(world: World) -> None:
    text = json.dumps(payload("shopify", "order_created"))
    body = text.replace('"61.40"', "61.40").replace("6120450098765432101", "820982911946154508999").encode()
    assert vendors.signed("shopify", "orders/create", body, world.now).to(world).status == 200
    world.settle()
    (item,) = world.items(EVENTS)
    assert item["sk"].endswith("shopify-order-820982911946154508999")
    assert bought(world, "7300112233445566778") == (1, Decimal("61.40"))


@pytest.mark.parametrize(("live", "kept"), [(True, []), (False, ["Order Completed"])])
def test_a_trial_order_is_parked_where_sales_are_real(world: World, live: bool, kept: list[str]) -> None:
    assert world.ask("PUT", "/v1/sources/shopify", {"reads": "shopify", "live": live}).status == 200
    send(world, "shopify", "order_created", test=True)
    assert names(world) == kept
    assert parked(world) == (["test_data"] if live else [])


def test_a_refund_that_names_only_its_order_counts_for_who_ordered(world: World) -> None:
    send(world, "shopify", "order_created")
    send(world, "shopify", "refund")
    world.settle()
    assert bought(world, "7300112233445566778") == (1, Decimal("36.45")), "parts of 20.00 and 4.95; one that failed"


def test_a_refund_that_comes_before_its_order_waits_for_it(world: World) -> None:
    send(world, "shopify", "refund")
    assert (names(world), parked(world)) == ([], ["no_user_anon_id"])
    world.wait(timedelta(minutes=5))
    for _ in range(2):
        send(world, "shopify", "order_created")
    world.settle()
    assert names(world) == ["Order Completed", "Order Refunded"]
    assert [item for item in world.items(WORK) if item["pk"] == "waiting"] == []
    assert bought(world, "7300112233445566778") == (1, Decimal("36.45"))
    send(world, "shopify", "refund")
    world.settle()
    assert bought(world, "7300112233445566778") == (1, Decimal("36.45"))


def test_what_is_too_long_to_be_an_event_waits_for_nothing(world: World) -> None:
    about = {"id": 1, "order_id": 6120450098765432101, "lines": ["x" * 100] * 5_000}
    assert vendors.signed("shopify", "fulfillments/create", about, world.now).to(world).status == 200
    assert [item["pk"] for item in world.items(WORK) if item["pk"] == "waiting"] == []
    send(world, "shopify", "order_created")
    assert names(world) == ["Order Completed"]


def test_a_refund_told_by_itself_and_with_its_order_is_one(world: World) -> None:
    refund = payload("shopify", "refund")
    send(world, "shopify", "order_created")
    send(world, "shopify", "refund")
    body = {**payload("shopify", "order_created"), "refunds": [refund]}
    assert vendors.signed("shopify", "orders/updated", body, world.now).to(world).status == 200
    world.settle()
    assert names(world) == ["Order Completed", "Order Refunded"]


@pytest.mark.parametrize(
    ("recording", "kind", "asked"),
    [
        ("customer_asks_for_data", "export", {"subject", "email", "phone", "source"}),
        ("customer_to_erase", "erase", {"subject", "email", "source"}),
        ("shop_to_erase", "erase_shop", set()),
    ],
)
def test_what_privacy_law_asks_becomes_one_job(world: World, recording: str, kind: str, asked: set[str]) -> None:
    for _ in range(2):
        send(world, "shopify", recording)
    (job,) = [item for item in world.items(WORK) if item["pk"] == "job"]
    assert (job["kind"], job["requested_by"]) == (kind, "shopify")
    assert set(json.loads(job["request"])) == {"reference", "source"}, "the job's own item names nobody"
    kept = [json.loads(item["asked"]) for item in world.items(WORK) if item["pk"] == "person"]
    assert {name for each in kept for name, value in each.items() if value} == asked
    assert names(world) == []


def test_an_order_under_the_topic_of_an_erasure_erases_nothing(world: World) -> None:
    send(world, "shopify", "order_under_a_forged_topic")
    assert {item["pk"].partition("#")[0] for item in world.items(WORK)} == {"activity", "parked"}


def test_what_a_second_shop_asks_is_about_its_own_people(world: World) -> None:
    assert world.ask("PUT", "/v1/sources/outlet", {"reads": "shopify", "prefix": "outlet-"}).status == 200
    vendors.entrust(world, "outlet", vendors.SECRETS["shopify"])
    request = payload("shopify", "customer_to_erase")
    assert vendors.signed("shopify", "customers/redact", request, world.now).to(world, "outlet").status == 200
    (kept,) = [item for item in world.items(WORK) if item["pk"] == "person"]
    assert json.loads(kept["asked"])["subject"] == "u#outlet-7300112233445566778"


# --- WooCommerce ---


@pytest.mark.parametrize(("body", "status"), [(b"webhook_id=7", 200), (b"webhook_id=7\n", 200), (b"webhook_id=x", 401)])
def test_the_unsigned_form_that_tries_the_address_gets_exactly_200(world: World, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = world.http.request("POST", "/webhooks/woocommerce", headers=headers, body=body)
    assert answer.status == status
    assert names(world) == parked(world) == []


@pytest.mark.parametrize("kept", ["a long &amp; winding secret &lt;3", "a long & winding secret <3"])
def test_a_secret_is_good_as_it_is_kept_and_as_it_is_shown(world: World, kept: str) -> None:
    vendors.entrust(world, "woocommerce", kept)
    send(world, "woocommerce", "order_updated_to_processing")
    assert names(world) == ["Order Completed"]


def test_two_orders_of_one_second_share_a_delivery_id_and_are_two(world: World) -> None:
    send(world, "woocommerce", "order_updated_to_processing")
    send(world, "woocommerce", "order_of_a_guest")
    assert names(world) == ["Order Completed", "Order Completed"]


def test_an_order_that_comes_again_after_days_is_still_one(world: World) -> None:
    send(world, "woocommerce", "order_refunded_in_part")
    world.settle()
    world.wait(timedelta(days=3))
    send(world, "woocommerce", "order_refunded_in_part", status="completed", date_modified_gmt="2026-11-25T10:00:00")
    world.settle()
    assert names(world) == ["Order Completed", "Order Refunded"]
    assert bought(world, "57") == (1, Decimal("35.35"))


def test_an_order_that_is_deleted_is_its_customers(world: World) -> None:
    send(world, "woocommerce", "order_updated_to_processing")
    send(world, "woocommerce", "order_deleted")
    assert {(item["name"], item["pk"]) for item in world.items(EVENTS)} == {
        ("Order Completed", "u#57"),
        ("Order Deleted", "u#57"),
    }


def test_two_shops_of_one_kind_do_not_share_people_or_orders(world: World) -> None:
    assert world.ask("PUT", "/v1/sources/outlet", {"reads": "woocommerce", "prefix": "outlet-"}).status == 200
    vendors.entrust(world, "outlet", vendors.SECRETS["woocommerce"])
    send(world, "woocommerce", "order_updated_to_processing")
    order = payload("woocommerce", "order_updated_to_processing")
    assert vendors.signed("woocommerce", "order.updated", order, world.now).to(world, "outlet").status == 200
    assert {item["pk"] for item in world.items(EVENTS)} == {"u#57", "u#outlet-57"}


# --- Stripe ---


@pytest.mark.parametrize(
    ("live", "livemode", "reason"),
    [(False, False, None), (False, True, "live_data"), (True, True, None), (True, False, "test_data")],
)
def test_livemode_must_be_that_of_the_source(world: World, live: bool, livemode: bool, reason: str | None) -> None:
    assert world.ask("PUT", "/v1/sources/stripe", {"reads": "stripe", "live": live}).status == 200
    send(world, "stripe", "checkout_paid", livemode=livemode)
    assert names(world) == ([] if reason else ["Order Completed"])
    assert parked(world) == ([reason] if reason else [])


def test_a_stage_that_is_not_production_takes_no_live_payments(world: World) -> None:
    send(world, "stripe", "checkout_paid", livemode=True)
    assert parked(world) == ["live_data"]


def test_a_renewal_brings_no_order_and_is_one_in_two_types(world: World) -> None:
    send(world, "stripe", "checkout_of_a_subscription")
    send(world, "stripe", "invoice_of_a_renewal")
    send(world, "stripe", "invoice_of_a_renewal_told_again")
    world.settle()
    assert names(world) == ["Checkout Completed", "Subscription Renewed"]
    assert bought(world, "reader-42") == (0, Decimal(0))


def test_a_customer_of_stripes_is_who_an_earlier_event_named_with_it(world: World) -> None:
    send(world, "stripe", "customer_created")
    send(world, "stripe", "checkout_of_a_subscription")
    send(world, "stripe", "invoice_not_paid")
    owners = {item["name"]: item["pk"] for item in world.items(EVENTS)}
    guest = f"a#{address_id('email', 'pine.reader@example.com')}"
    assert owners == {"Identify": guest, "Checkout Completed": "u#reader-42", "Payment Failed": "u#reader-42"}


def test_refunds_in_parts_add_up(world: World) -> None:
    send(world, "stripe", "checkout_paid")
    send(world, "stripe", "refund_in_part")
    world.settle()
    assert bought(world, "reader-42") == (1, Decimal("41.40"))
    for _ in range(2):
        send(world, "stripe", "refund_of_the_rest")
    world.settle()
    assert bought(world, "reader-42") == (0, Decimal(0))


def test_any_of_several_signatures_will_do_and_the_older_scheme_will_not(world: World) -> None:
    good = vendors.signed("stripe", "", payload("stripe", "checkout_paid"), world.now)
    seconds, _, right = good.headers["Stripe-Signature"].split(",")
    for header, status in (
        (f"{seconds},v1={'a' * 64},{right}", 200),
        (f"{seconds}, {right}", 200),
        (f"{seconds},v0={right.removeprefix('v1=')}", 401),
        (f"{right}", 401),
        (f"t=,{right}", 401),
        (f"t=0x1,{right}", 401),
    ):
        assert Signed("stripe", {"Stripe-Signature": header}, good.body).to(world).status == status, header


# --- Standard Webhooks ---


def test_the_specifications_own_vector() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    for family in ("webhook", "svix"):
        headers = {
            f"{family}-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            f"{family}-timestamp": "1614265330",
            f"{family}-signature": f"v1a,{'h' * 86}== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        delivery = Delivery(b'{"test": 2432232314}', headers)
        assert Standard().verify(delivery, [secret], at) is None
        assert Standard().verify(delivery, ["not base64 at all!", secret], at) is None
        assert Standard().verify(delivery, [secret.removeprefix("whsec_")], at) is None
        assert Standard().verify(delivery, ["whsec_", ""], at) == "no_secret"
        assert Standard().verify(delivery, [secret], at + timedelta(seconds=301)) == "out_of_time"
        only_v1a = {**headers, f"{family}-signature": headers[f"{family}-signature"].split()[0]}
        assert Standard().verify(Delivery(delivery.body, only_v1a), [secret], at) == "no_signature"


def test_the_senders_id_is_the_facts(world: World) -> None:
    one = vendors.signed("standard", "", payload("standard", "about_a_user"), world.now)
    for _ in range(2):
        assert one.to(world).status == 200
    (item,) = world.items(EVENTS)
    assert item["sk"].endswith(f"#standard-{one.headers['webhook-id']}-0") or "standard-" in item["sk"]


# --- all of them ---


def test_another_vendors_customer_of_the_same_number_is_somebody_else(world: World) -> None:
    send(
        world,
        "stripe",
        "customer_with_our_id",
        id="evt_2",
        data={"object": {"id": "57", "metadata": {"userId": "ada"}}},
    )
    about = {"kind": "seen", "customer_id": "57"}
    mapping = {"events": [{"event": "Seen", "userId": "$.user", "properties": {"customer_id": "$.customer_id"}}]}
    assert world.ask("PUT", "/v1/sources/club", {"reads": "standard", "mapping": mapping}).status == 200
    vendors.entrust(world, "club", vendors.SECRETS["standard"])
    assert vendors.signed("standard", "", about, world.now).to(world, "club").status == 200
    assert (names(world), parked(world)) == (["Identify"], ["no_user_anon_id"])


def test_a_new_secret_is_believed_at_once_although_the_old_one_is_still_kept(world: World) -> None:
    class Late:
        """Secrets as a container keeps them: what was read is good for minutes, unless it must be fresh."""

        def of_source(self, name: str, *, within: float = 300.0) -> tuple[str, ...]:
            return ("whsec_old",) if within > 10 else (vendors.SECRETS[name], "whsec_old")

    container = world.containers["api"]
    container.__dict__["webhooks"] = webhooks = container.webhooks
    object.__setattr__(webhooks, "secrets", Late())
    send(world, "shopify", "order_created")
    assert names(world) == ["Order Completed"]


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"1.10", "1.10"),
        (b"-0.5e3", "-0.5e3"),
        (b"999999999999999", 999999999999999),
        (b"9007199254740993", "9007199254740993"),
        (b'{"id": 820982911946154508, "n": 7, "x": NaN}', {"id": "820982911946154508", "n": 7, "x": None}),
        (b'\xef\xbb\xbf{"a": "\\ud83d"}', {"a": "\ufffd"}),
        (b'["\\u0000", "\\ud83d\\ude00"]', ["\ufffd", "\U0001f600"]),
    ],
)
def test_json_is_read_without_losing_a_digit(body: bytes, read: object) -> None:
    assert exact.read(body) == read


def test_every_webhook_source_is_found_by_its_file() -> None:
    assert set(webhook.names()) >= {"shopify", "woocommerce", "stripe", "standard"}
