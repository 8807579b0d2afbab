"""What somebody can be looked up by, and under which keys."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.customers.addresses import MOST, form, in_context, known_by, pointer, pointers
from chalicelib.customers.profile import Profile, Trait
from chalicelib.customers.store import CustomerStore
from tests.customers.events import DAY
from tests.fakes.database import MemoryDatabase

ANN = ("email", "ann@shop.example")


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ({}, []),
        ({"email": " Ann@Shop.example", "phone": "0040 721 234 567"}, [ANN, ("phone", "+40721234567")]),
        ({"email": "none", "phone": 7}, []),
        ({"external_ids": {"Shopify": 7, "stripe": "c_1"}}, [("external", "shopify:7"), ("external", "stripe:c_1")]),
        ({"externalIds": [{"type": "crm", "id": "9", "collection": "users"}]}, [("external", "crm:9")]),
        ({"externalIds": [{"type": "crm"}, "x", {"id": 1}], "external_ids": 5}, []),
        ({"external_ids": {"a": True, "b": None, "": "x", "c": "x" * 300}}, []),
    ],
)
def test_what_a_customer_is_known_by(traits: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert known_by(traits) == expected


def external(**said: Any) -> dict[str, Any]:
    return {"id": "7", "type": "shopify", "collection": "users", "encoding": "none"} | said


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([external()], {"external_id:shopify": "7"}),
        ([external(type=" Shopify ", id=7)], {"external_id:shopify": "7"}),
        ([external(), external(type="crm", id="c:9")], {"external_id:shopify": "7", "external_id:crm": "c:9"}),
        ([external(), external(id="8"), external()], {"external_id:shopify": ["7", "8"]}),
        ([{"id": "7", "type": "shopify"}], {"external_id:shopify": "7"}),
        ([external(collection="accounts")], {}),
        ([external(encoding="base64")], {}),
        ([external(id=None), external(type=""), external(id=True), external(type="x" * 61), 7, None, []], {}),
        ({"shopify": "7"}, {}),
        ("shopify:7", {}),
        (None, {}),
    ],
)
def test_external_ids_in_a_context(held: object, expected: dict[str, Any]) -> None:
    traits = in_context({"externalIds": held})
    assert traits == expected
    ids = {kind.removeprefix("external_id:"): id if isinstance(id, list) else [id] for kind, id in expected.items()}
    assert known_by(traits) == [("external", f"{kind}:{one}") for kind, many in ids.items() for one in many]


def test_no_context_names_more_than_twenty() -> None:
    assert len(in_context({"externalIds": [external(type=f"t{n}") for n in range(100)]})) == MOST


def test_no_client_makes_more_pointers_than_twenty() -> None:
    assert len(known_by({"external_ids": {f"system-{n}": n for n in range(100)}})) == MOST


def test_nobody_can_tell_what_a_pointer_was_made_of() -> None:
    made = pointer("secret", ANN)
    assert made.startswith("k#email#")
    assert "ann" not in made
    assert made != pointer("other", ANN) != pointer("other", ("phone", ANN[1]))
    assert pointers(["new", "old"], ANN) == [pointer("new", ANN), pointer("old", ANN)]
    assert form("external", "  ") is None


def test_a_customer_is_found_by_what_the_profile_says_now_under_any_live_secret() -> None:
    db, secrets = MemoryDatabase(), ["old"]
    store = CustomerStore(db, lambda: secrets)
    first = Profile("u#ann", {"email": Trait(ANN[1], DAY, "m")})
    store.save_profile(first)
    secrets.insert(0, "new")
    assert store.known_by(ANN) == ["u#ann"]
    kept = store.profile("u#ann")
    store.save_profile(Profile("u#ann", {"email": Trait("b@shop.example", DAY, "n")}, v=kept.v), before=kept)
    assert (store.known_by(ANN), store.known_by(("email", "b@shop.example"))) == ([], ["u#ann"])
