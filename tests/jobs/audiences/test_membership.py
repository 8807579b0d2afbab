"""Who is in an audience: segments, what is left out, seeds, and consent to advertising."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.customers.facts import Consent, Facts
from chalicelib.jobs.audiences.audience import objections, parse_audience
from chalicelib.jobs.audiences.membership import Membership, agreed, statements
from chalicelib.segments.conditions import SEGMENT, Condition
from chalicelib.segments.rule import parse
from chalicelib.tracking.problems import Invalid

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RULE = parse({"fact": "order_count", "at_least": 1})
LIVE = {SEGMENT + name: Condition(SEGMENT + name, RULE, since) for since, name in enumerate(("left", "vip", "bought"))}
LEFT, VIP, BOUGHT = (condition.key for condition in LIVE.values())
SHOP: dict[str, Any] = {"name": "carts", "title": "Carts", "network": "google", "segments": ["left"]}


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        (set(), "others"),
        ({BOUGHT}, "others"),
        ({LEFT}, None),
        ({LEFT, BOUGHT}, "excluded"),
        ({VIP}, None),
        ({VIP, LEFT, BOUGHT}, None),
    ],
)
def test_segments_exclusions_and_seeds(held: set[bytes], outcome: str | None) -> None:
    audience = parse_audience({**SHOP, "exclude": ["bought"], "seeds": ["vip"]})
    membership = Membership.of(audience, LIVE)
    assert membership.outside(held) == outcome
    assert membership.since == 2


def test_a_segment_that_has_ended_is_named() -> None:
    with pytest.raises(KeyError, match="segment/gone"):
        Membership.of(parse_audience({**SHOP, "exclude": ["gone"]}), LIVE)


def facts(**said: bool) -> Facts:
    names = {name.replace("__", "/"): granted for name, granted in said.items()}
    return Facts(consent={name: Consent(granted, NOW, "m") for name, granted in names.items()})


@pytest.mark.parametrize(
    ("said", "topic", "own", "allowed"),
    [
        ({}, None, False, False),
        ({"email": True}, None, False, False),
        ({"advertising": True}, None, False, True),
        ({"advertising": False}, None, False, False),
        ({"advertising__lookalike": True}, None, False, False),
        ({"advertising": True}, "lookalike", False, True),
        ({"advertising": True}, "lookalike", True, False),
        ({"advertising__lookalike": True}, "lookalike", True, True),
        ({"advertising": True, "advertising__lookalike": False}, "lookalike", False, False),
        ({"advertising": False, "advertising__lookalike": True}, "lookalike", False, False),
    ],
)
def test_only_with_consent_to_advertising(said: dict[str, bool], topic: str | None, own: bool, allowed: bool) -> None:
    assert agreed(facts(**said), topic, own_consent=own) is allowed


def test_what_may_prove_that_somebody_who_was_erased_came_back() -> None:
    assert statements(None) == ("advertising",)
    assert statements("lookalike") == ("advertising", "advertising/lookalike")


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"network": "myspace"}, "network"),
        ({"segments": []}, "segments"),
        ({"segments": ["left", "left"]}, "segments"),
        ({"segments": ["Left!"]}, "segments[0]"),
        ({"exclude": [f"s{n}" for n in range(21)]}, "exclude"),
        ({"match_on": []}, "match_on"),
        ({"match_on": ["fax"]}, "match_on[0]"),
        ({"worth": True}, ""),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_an_audience_cannot_be(more: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as wrong:
        parse_audience({**SHOP, **more})
    assert [problem.path for problem in wrong.value.problems] == [path]


@pytest.mark.parametrize(
    ("more", "paths"),
    [
        ({}, []),
        ({"segments": ["left", "gone"], "seeds": ["lost"]}, ["segments[1]", "seeds[0]"]),
        ({"match_on": ["name"]}, ["match_on"]),
        ({"match_on": ["name", "address"]}, []),
        ({"network": "meta", "match_on": ["name", "address"]}, ["match_on"]),
        ({"network": "linkedin", "match_on": ["phone"]}, ["match_on"]),
        ({"network": "x", "match_on": ["phone"]}, []),
    ],
)
def test_what_cannot_be_exported(more: dict[str, Any], paths: list[str]) -> None:
    live = {name.removeprefix(SEGMENT) for name in LIVE}
    assert [problem.path for problem in objections(parse_audience({**SHOP, **more}), live)] == paths
