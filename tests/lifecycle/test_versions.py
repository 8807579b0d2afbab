"""The number that says by what a customer was judged."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.values import decode_item, encode_item
from chalicelib.customers.exchange import OWN, Exchange
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.lifecycle.versions import Versions, cause_between, in_force

versions = st.builds(Versions, *[st.integers(0, 99_999_999)] * 3)


@given(versions, versions)
def test_another_version_of_anything_is_another_number(one: Versions, other: Versions) -> None:
    assert (one.number == other.number) == (one == other)
    assert Versions.of(one.number) == one
    assert decode_item(encode_item({"n": one.number})) == {"n": one.number}, "it fits DynamoDB's numbers"


CAUSES = [
    (Versions(), Versions(fit=1), "model"),
    (Versions(1, 2, 3), Versions(2, 2, 3), "model"),
    (Versions(1, 2, 3), Versions(2, 3, 4), "model"),
    (Versions(1, 2, 3), Versions(1, 3, 3), "settings"),
    (Versions(1, 2, 3), Versions(1, 2, 4), "settings"),
]


@pytest.mark.parametrize(("before", "after", "cause"), CAUSES)
def test_the_number_tells_what_moved_somebody(before: Versions, after: Versions, cause: str) -> None:
    assert cause_between(before.number, after.number) == cause


def test_parameters_in_force() -> None:
    assert in_force(DEFAULT) == DEFAULT
    exchange = Exchange("GBP", {"EUR": Decimal("0.85")}, version=7)
    fitted = Fitted(version=4, source="fit", buyers=900, hero_value=321.5)
    thresholds = replace(DEFAULT, warm=0.6)
    parameters = in_force(thresholds, fitted, exchange, lifecycle=5)
    assert Versions.of(parameters.version) == Versions(4, 5, 7)
    assert (parameters.warm, parameters.hero_value, parameters.exchange) == (0.6, 321.5, exchange)
    chosen = in_force(replace(thresholds, hero_value=100), fitted, OWN, lifecycle=6, chosen={"hero_value"})
    assert chosen.hero_value == 100, "what the workspace chose stands whatever the fit says"
    assert in_force(thresholds, PRIOR, OWN, lifecycle=5).version != DEFAULT.version
