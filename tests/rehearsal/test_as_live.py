"""A rehearsal of a period in which journeys ran live comes to the same decisions, at the same moments."""

from __future__ import annotations

import pytest

from tests.fakes.world import NOW
from tests.rehearsal.shop import JOURNEYS, played, shoppers
from tests.rehearsal.stored import Remains, messages_of, trail_of


@pytest.fixture(scope="module")
def shop() -> Remains:
    return played(*JOURNEYS)


@pytest.mark.parametrize("user", shoppers())
def test_everybody_is_decided_about_as_live(shop: Remains, user: str) -> None:
    diary = shop.rehearsed(f"u#{user}", NOW)
    assert trail_of(diary) == shop.trail(f"u#{user}")
    assert messages_of(diary) == shop.messages(f"u#{user}")


def test_there_was_something_to_decide(shop: Remains) -> None:
    trails = [row for user in shoppers() for row in shop.trail(f"u#{user}")]
    messages = [row for user in shoppers() for row in shop.messages(f"u#{user}")]
    assert {journey for journey, *_ in trails} == {"welcome", "win_back", *JOURNEYS}
    assert {why for *_, why in messages} >= {"", "capped", "duplicate"}
