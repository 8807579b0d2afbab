"""A message costs what is claimed, and everything that it asks of the tables is in the count."""

from __future__ import annotations

import pytest

from benchmarks import messages
from benchmarks.messages import Messages, Units
from chalicelib import resources


@pytest.fixture(scope="module")
def counted() -> tuple[Units, Units, Units]:
    return messages.counts(30)


def test_a_row_is_planned_with_its_decision_and_a_date(counted: tuple[Units, Units, Units]) -> None:
    planned, _, _ = counted
    assert planned.writes == {resources.SENDS: 3}  # in a transaction, and into the index


def test_a_message_is_a_claim_of_row_and_permit_and_a_mark(counted: tuple[Units, Units, Units]) -> None:
    _, sent, _ = counted
    assert (
        sent.writes[resources.SENDS] == 2 + 2 + 1 + 1
    )  # claimed in a transaction, moved in the index; marked, out of it
    assert sent.writes[resources.CUSTOMERS] == 2  # the permit, in the same transaction
    assert {resources.SENDS, resources.CUSTOMERS, resources.ENROLMENTS} <= set(sent.reads)


def test_a_thousand_cost_less_than_the_target(counted: tuple[Units, Units, Units]) -> None:
    found = Messages(*counted, ours=1000, floor=100, pace=100)
    assert messages.missed(found) == []
    assert "together" in messages.shown(found)
    dear = Messages(Units({"sends": 20}, {}, 1), *counted[1:], ours=1000, floor=100, pace=100)
    assert len(messages.missed(dear)) == 1
