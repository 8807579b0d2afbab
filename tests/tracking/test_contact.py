"""Addresses in one form each, and the ids that stand for whoever they belong to."""

from __future__ import annotations

import pytest

from chalicelib.tracking import contact


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Ana@Shop.Example ", "ana@shop.example"),
        ("ana+news@shop.example", "ana+news@shop.example"),
        ("ștefan@exemplu.example", "ștefan@exemplu.example"),
        ("ana@localhost", None),
        ("ana@@shop.example", None),
        ("Ana <ana@shop.example>", None),
        ("a@b.example, c@d.example", None),
        ("a" * 250 + "@b.example", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_mail_address_has_one_form(value: object, expected: str | None) -> None:
    assert contact.email(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+40 721 234 567", "+40721234567"),
        ("0040 (721) 234-567", "+40721234567"),
        ("+39.06.6982", "+39066982"),
        ("0721 234 567", None),  # of which country?
        ("+4", None),
        ("+40721234567890123", None),
        ("telephone", None),
        (40721234567, None),
    ],
)
def test_a_telephone_number_has_one_form(value: object, expected: str | None) -> None:
    assert contact.phone(value) == expected


def test_the_same_address_is_the_same_visitor_and_does_not_show_in_the_id() -> None:
    id = contact.address_id("email", "Ana@shop.example")
    assert id == contact.address_id("email", "ana@shop.example ")
    assert id is not None
    assert id.startswith("email:")
    assert "ana" not in id
    assert contact.address_id("phone", "ana@shop.example") is None


@pytest.mark.parametrize(
    ("token", "expected"), [("c-1", "cart:c-1"), (7, "cart:7"), ("", None), (True, None), ("a\nb", None)]
)
def test_a_token_is_a_visitor(token: object, expected: str | None) -> None:
    assert contact.token_id("cart", token) == expected


@pytest.mark.parametrize("id", ["email:1", "phone:1", "cart:1", "checkout:1"])
def test_such_ids_are_reserved(id: str) -> None:
    assert contact.is_reserved(id)
    assert not contact.is_reserved("b1c2")
