"""Webhook sources by the API: set up, secrets, previews, and mappings that are ready."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.packing import unpack
from chalicelib.resources import CATALOG, CUSTOMERS, EVENTS, TABLES, WORK
from chalicelib.tracking import setup
from chalicelib.tracking.contact import address_id
from tests.fakes import vendors
from tests.fakes.vendors import Signed
from tests.fakes.world import World

SECRET = vendors.SECRETS["standard"]
CLUB: dict[str, Any] = {
    "reads": "standard",
    "title": "The chess club",
    "mapping": {
        "topic": "$.type",
        "who": {"userId": "$.data.member"},
        "events": [{"when": {"$.type": "game.won"}, "event": "Game Won", "properties": {"moves": "$.data.moves"}}],
    },
}
HMAC = {"kind": "hmac", "header": "X-Signature"}
WON = {"type": "game.won", "data": {"member": 42, "moves": 31.5}}


def connect(world: World, name: str, definition: object) -> None:
    """Set a source up and put its secret."""
    answer = world.ask("PUT", f"/v1/sources/{name}", definition)
    assert answer.status == 200, answer.text
    assert world.ask("PUT", f"/v1/sources/{name}/secret", {"secret": SECRET}).status == 200


def deliver(world: World, name: str, payload: object) -> None:
    answer = vendors.signed("standard", "", payload, world.now).to(world, name)
    assert answer.status == 200, answer.text


def stored(world: World) -> list[tuple[str, str]]:
    return sorted((item["pk"], item["name"]) for item in world.items(EVENTS))


def test_a_source_is_set_up_trusted_and_heard(world: World) -> None:
    connect(world, "chess-club", CLUB)
    deliver(world, "chess-club", WON)
    deliver(world, "chess-club", {"type": "game.lost", "data": {"member": 42}})
    assert stored(world) == [("u#42", "Game Won"), ("u#42", "game.lost")]


def test_the_list_says_where_each_posts_to(world: World) -> None:
    connect(world, "chess-club", CLUB)
    listed = {source["name"]: source for source in world.ask("GET", "/v1/sources").json()["sources"]}
    assert set(listed) == {"chess-club", "shopify", "standard", "stripe", "woocommerce"}
    club = listed["chess-club"]
    assert (club["title"], club["reads"], club["version"]) == ("The chess club", "standard", 1)
    assert club["address"] == "https://shop.example/api/webhooks/chess-club"


def test_versions_are_kept_and_the_newest_is_in_force(world: World) -> None:
    connect(world, "chess-club", CLUB)
    deliver(world, "chess-club", WON)
    renamed = json.loads(json.dumps(CLUB).replace("Game Won", "Chess Game Won"))
    again = world.ask("PUT", "/v1/sources/chess-club", renamed).json()
    assert (again["version"], again["secrets"]) == (2, 1)
    deliver(world, "chess-club", {**WON, "data": {"member": 43}})
    assert stored(world) == [("u#42", "Game Won"), ("u#43", "Chess Game Won")]
    first = world.ask("GET", "/v1/sources/chess-club", version=1).json()
    assert first["definition"] == CLUB
    assert world.ask("PUT", "/v1/sources/chess-club", renamed).json()["version"] == 2, "the same content makes none"
    assert world.ask("PUT", "/v1/sources/chess-club", CLUB, expected_version=1).code == "version_conflict"
    assert world.ask("GET", "/v1/sources/chess-club", version=9).code == "version_not_found"


def test_another_container_knows_within_half_a_minute(world: World) -> None:
    connect(world, "chess-club", CLUB)
    other = world.containers["tick"]
    assert other.sources.find("chess-club", world.now) is not None
    world.ask("PUT", "/v1/sources/chess-club", {**CLUB, "prefix": "club-"})
    found = [other.sources.find("chess-club", world.now + timedelta(seconds=after)) for after in (29, 30)]
    assert [one.prefix for one in found if one] == ["", "club-"]


@pytest.mark.parametrize(
    ("name", "definition", "places"),
    [
        ("club", [], [""]),
        ("club", {}, ["reads"]),
        ("club", {"reads": "segment"}, ["reads"]),
        ("club", {"reads": ["standard"]}, ["reads"]),
        ("club", {"reads": "standard", "colour": "red"}, ["colour"]),
        ("club", {"reads": "standard", "live": 1}, ["live"]),
        ("club", {"reads": "standard", "title": 7}, ["title"]),
        ("club", {"reads": "standard", "prefix": "a b"}, ["prefix"]),
        ("club", {"reads": "standard", "mapping": {"topic": "$("}}, ["mapping.topic"]),
        ("club", {"reads": "standard", "signature": {"kind": ["hmac"]}}, ["signature.kind"]),
        ("club", {"reads": "standard", "signature": {"kind": "hmac"}}, ["signature.header"]),
        ("club", {"reads": "standard", "signature": {**HMAC, "encoding": "x"}}, ["signature.encoding"]),
        ("club", {"reads": "standard", "signature": {**HMAC, "before": 7}}, ["signature.before"]),
        ("club", {"reads": "standard", "signature": {**HMAC, "header": "X:S"}}, ["signature.header"]),
        ("club", {"reads": "standard", "signature": {**HMAC, "kind": "token", "before": ""}}, ["signature.before"]),
        ("shopify", {"reads": "standard"}, ["reads"]),
        ("shopify", {"reads": "shopify", "mapping": {"topic": "$.t"}}, ["mapping"]),
        ("club", {"ready": "nothing"}, ["ready"]),
        ("Club", CLUB, ["name"]),
        ("ses", CLUB, ["name"]),
        ("segment", CLUB, ["name"]),
        ("perennial", CLUB, ["name"]),
        ("import", CLUB, ["name"]),
        ("x" * 41, CLUB, ["name"]),
        ("club", {"reads": "standard", "title": "x" * 100_001}, [""]),
    ],
)  # fmt: skip
def test_what_cannot_be_set_up_is_refused_with_every_place(
    world: World, name: str, definition: object, places: list[str]
) -> None:
    answer = world.ask("PUT", f"/v1/sources/{name}", definition)
    assert (answer.status, answer.code) == (400, "invalid_source")
    assert sorted(problem["path"] for problem in answer.json()["details"]) == places
    assert [item for item in world.items(CATALOG) if item["pk"] == "source"] == []


@pytest.mark.parametrize("name", ["ready", "activity"])
def test_no_source_hides_what_stands_beside_sources(world: World, name: str) -> None:
    assert world.ask("PUT", f"/v1/sources/{name}", CLUB).status == 404, "the gateway knows another thing by this path"
    assert name in world.ask("GET", f"/v1/sources/{name}").json()
    assert world.http.request("POST", f"/webhooks/{name}", body=b"{}").status == 404
    assert not setup.is_name(name)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/sources/club", None),
        ("POST", "/v1/sources/club/preview", {"payload": {}}),
        ("PUT", "/v1/sources/club/secret", {"secret": SECRET}),
        ("DELETE", "/v1/sources/club/secret?previous", None),
    ],
)
def test_what_is_not_there_is_said(world: World, method: str, path: str, body: object) -> None:
    answer = world.ask(method, path, body)
    assert (answer.status, answer.code) == (404, "source_not_found")


def test_a_secret_is_put_turned_and_forgotten_and_never_shown(world: World) -> None:
    connect(world, "chess-club", CLUB)
    newer = "whsec_bmV3ZXIgc2VjcmV0IG9mIHRoZSBjbHVi"
    for _ in range(2):  # putting it again turns nothing
        assert world.ask("PUT", "/v1/sources/chess-club/secret", {"secret": newer}).json()["secrets"] == 2
    for secret in (SECRET, newer):
        answer = vendors.signed("standard", "", WON, world.now, secret).to(world, "chess-club")
        assert answer.status == 200
    assert world.ask("DELETE", "/v1/sources/chess-club/secret?previous").json()["secrets"] == 1
    statuses = [
        vendors.signed("standard", "", WON, world.now, secret).to(world, "chess-club").status
        for secret in (SECRET, newer)
    ]
    assert statuses == [401, 200]
    shown = world.ask("GET", "/v1/sources/chess-club").text + world.ask("GET", "/v1/sources").text
    assert SECRET not in shown
    assert newer not in shown
    assert not [item for table in TABLES for item in world.items(table) if newer in str(item)]


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_", "        "])
def test_a_secret_that_can_sign_nothing_is_refused(world: World, secret: str) -> None:
    world.ask("PUT", "/v1/sources/chess-club", CLUB)
    answer = world.ask("PUT", "/v1/sources/chess-club/secret", {"secret": secret})
    assert (answer.status, answer.code) in {(400, "invalid_secret"), (400, "invalid_body")}


def test_a_preview_shows_events_and_stores_nothing(world: World) -> None:
    connect(world, "chess-club", CLUB)
    before = {table: world.items(table) for table in TABLES}
    shown = world.ask("POST", "/v1/sources/chess-club/preview", {"payload": WON}).json()
    (event,) = shown["events"]
    assert (event["name"], event["user_id"], event["properties"]) == ("Game Won", "42", {"moves": "31.5"})
    refused = world.ask("POST", "/v1/sources/chess-club/preview", {"payload": {"type": "game.won"}}).json()
    assert [one["reason"] for one in refused["parked"]] == ["no_user_anon_id"]
    tried = {"payload": {"x": 7}, "definition": {"reads": "standard", "mapping": {"events": [
        {"event": "Tried", "userId": "$.x"}]}}}  # fmt: skip
    assert world.ask("POST", "/v1/sources/chess-club/preview", tried).json()["events"][0]["name"] == "Tried"
    tried["definition"] = {"reads": "standard", "mapping": 7}
    assert world.ask("POST", "/v1/sources/chess-club/preview", tried).code == "invalid_source"
    assert {table: world.items(table) for table in TABLES} == before


def test_a_preview_of_a_vendor_says_its_topic(world: World) -> None:
    order = {"id": 1, "line_items": [], "total_price": "1.00", "email": "ash@example.com"}
    sample = {"payload": order, "topic": "orders/create"}
    assert world.ask("POST", "/v1/sources/shopify/preview", sample).json()["events"][0]["name"] == "Order Completed"


# --- other signatures ---


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_a_plain_hmac_in_a_header_of_the_vendors_choice(world: World, encoding: str) -> None:
    signature = {"kind": "hmac", "header": "X-Hub-Signature", "encoding": encoding, "before": "sha256="}
    connect(world, "chess-club", {**CLUB, "signature": signature})
    body = json.dumps(WON).encode()
    mac = hmac.new(SECRET.encode(), body, "sha256")
    right = mac.hexdigest().upper() if encoding == "hex" else b64encode(mac.digest()).decode()
    for header, status in ((f"sha256={right}", 200), (right, 200), (f"sha256={right[:-4]}AAAA", 401), ("", 401)):
        assert Signed("chess-club", {"X-Hub-Signature": header}, body).to(world).status == status
    world.wait(timedelta(days=1))
    assert Signed("chess-club", {"X-Hub-Signature": right}, body).to(world).status == 200
    assert len(stored(world)) == 2, "without a time a replay is told apart by the fact alone, and this one has no id"


def test_a_token_for_tools_that_cannot_sign(world: World) -> None:
    connect(world, "chess-club", {**CLUB, "signature": {"kind": "token", "header": "Authorization"}})
    body = json.dumps(WON).encode()
    for header, status in ((f"Bearer {SECRET}", 200), (SECRET, 200), (f"Bearer {SECRET}x", 401), ("Bearer", 401)):
        assert Signed("chess-club", {"Authorization": header}, body).to(world).status == status


# --- ready mappings ---

CALL = {"id": "call-9", "number": "+40 721 000 555", "direction": "inbound", "answered": True, "seconds": 61}
PARCEL = {"order": "A-1", "tracking_number": "T1", "recipient": {"email": "ash@example.com"}}
TICKET = {"id": 700, "subject": "Where is my parcel?", "requester": {"email": "ash@example.com"}}
LEAD = {
    "id": 88,
    "email": "ash@example.com",
    "phone": "+40721000666",
    "full_name": "Ash",
    "platform": "adnetwork",
    "campaign": "autumn",
    "form_id": 5,
    "agreed_to_email": True,
    "agreed_to_sms": False,
    "wording": "Yes, write to me about walks.",
}
SALE = {
    "receipt": "R-1",
    "total": 12.30,
    "currency": "EUR",
    "sold_at": "2026-11-22T09:00:00Z",
    "customer": {"phone": "+40721000777"},
    "lines": [{"id": 1, "name": "Tea", "price": 12.30, "quantity": 1}],
}


def phone(number: str) -> str:
    return f"a#{address_id('phone', number)}"


ASH = f"a#{address_id('email', 'ash@example.com')}"


@pytest.mark.parametrize(
    ("ready", "payloads", "events"),
    [
        ("point_of_sale", [("sale.completed", SALE)], [(phone("+40721000777"), "Order Completed")]),
        (
            "point_of_sale",
            [("sale.completed", SALE), ("sale.returned", {"return": "R-2", "receipt": "R-1", "total": "2.30"})],
            [(phone("+40721000777"), "Order Completed"), (phone("+40721000777"), "Order Refunded")],
        ),
        (
            "point_of_sale",
            [("sale.completed", {**SALE, "customer": {"loyalty_id": "L-7"}})],
            [("u#L-7", "Order Completed")],
        ),
        ("telephone", [("call.ended", CALL)], [(phone("+40721000555"), "Call Received")]),
        ("telephone", [("call.ended", {**CALL, "answered": False})], [(phone("+40721000555"), "Call Missed")]),
        ("telephone", [("call.ended", {**CALL, "direction": "outbound"})], [(phone("+40721000555"), "Call Made")]),
        (
            "help_desk",
            [("ticket.created", TICKET), ("ticket.solved", TICKET)],
            [(ASH, "Ticket Closed"), (ASH, "Ticket Opened")],
        ),
        (
            "shipping",
            [
                ("parcel.shipped", PARCEL),
                ("parcel.delivered", PARCEL),
            ],
            [(ASH, "Order Delivered"), (ASH, "Order Shipped")],
        ),
        (
            "lead_ads",
            [("lead.created", LEAD)],
            [(ASH, "Form Submitted"), (ASH, "Identify"), (ASH, "Subscribed")],
        ),
    ],
)  # fmt: skip
def test_a_ready_mapping_is_installed_by_one_call_and_reads(
    world: World, ready: str, payloads: list[tuple[str, Any]], events: list[tuple[str, str]]
) -> None:
    connect(world, "mine", {"ready": ready})
    for kind, data in [*payloads, *payloads]:
        deliver(world, "mine", {"type": kind, "timestamp": "2026-11-22T09:30:00Z", "data": data})
    assert stored(world) == events
    assert [item for item in world.items(WORK) if item["pk"] == "parked"] == []


def test_every_ready_mapping_is_listed_and_can_be_put(world: World) -> None:
    listed = world.ask("GET", "/v1/sources/ready").json()["ready"]
    assert [one["name"] for one in listed] == ["help_desk", "lead_ads", "point_of_sale", "shipping", "telephone"]
    for one in listed:
        assert world.ask("PUT", f"/v1/sources/my-{one['name'].replace('_', '-')}", one["definition"]).status == 200


def test_a_ready_mapping_may_be_changed_in_the_same_call(world: World) -> None:
    put = world.ask(
        "PUT", "/v1/sources/till", {"ready": "point_of_sale", "title": "Our till", "prefix": "till-"}
    ).json()
    assert put["definition"]["title"] == "Our till"
    assert put["definition"]["mapping"]["topic"] == "$.type"


def test_what_somebody_agreed_to_in_a_lead_form_is_their_consent(world: World) -> None:
    connect(world, "ads", {"ready": "lead_ads"})
    deliver(world, "ads", {"type": "lead.created", "timestamp": "2026-11-22T09:30:00Z", "data": LEAD})
    world.settle()
    customer = world.customer(ASH.replace("#", "%23"))
    assert customer["traits"]["email"] == "ash@example.com"
    (state,) = [item for item in world.items(CUSTOMERS) if (item["pk"], item["sk"]) == (ASH, "state")]
    assert set(unpack(state["facts"]).consent) == {"email"}


def test_a_parcel_is_told_of_to_who_ordered(world: World) -> None:
    connect(world, "parcels", {"ready": "shipping"})
    order = {"order_id": "A-1", "total": "5", "currency": "EUR"}
    vendors.entrust(world, "standard", SECRET)
    shop = {"reads": "standard", "mapping": {"events": [
        {"event": "Order Completed", "userId": "$.user", "messageId": "$.order_id", "properties": "$"}]}}  # fmt: skip
    connect(world, "my-shop", shop)
    deliver(world, "my-shop", {**order, "user": "ada"})
    deliver(world, "parcels", {"type": "parcel.shipped", "data": {"order": "A-1", "tracking_number": "T1"}})
    assert stored(world) == [("u#ada", "Order Completed"), ("u#ada", "Order Shipped")]
