"""What became of messages is counted once for each, and not for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.journeys.send import Send, Status, planned
from chalicelib.journeys.stats.ledger import Noted, change
from chalicelib.journeys.stats.store import StatStore
from tests.fakes.database import MemoryDatabase
from tests.segments.people import DAY, NOW

ROW = planned(
    customer="u#1",
    message_class="marketing",
    channel="email",
    template="hello",
    journey="trial",
    step="hi",
    enrolment="trial#once",
    origin="o",
    occurrence=0,
    now=NOW,
    worth=DAY,
)
CLAIMED = replace(ROW, status=Status.CLAIMED)
SENT = replace(ROW, status=Status.SENT)


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        (ROW, CLAIMED, {}),
        (CLAIMED, SENT, {"hi:sent": 1}),
        (CLAIMED, replace(ROW, status=Status.FAILED), {"hi:failed": 1}),
        (ROW, replace(ROW, status=Status.SKIPPED, reason="no_consent"), {"hi:skipped.no_consent": 1}),
        (SENT, replace(SENT, outcomes={"delivered_at": NOW}), {"hi:delivered": 1}),
        (
            replace(SENT, outcomes={"opened_at": NOW}),
            replace(SENT, outcomes={"opened_at": NOW, "clicked_at": NOW}),
            {"hi:clicked": 1},
        ),
        (CLAIMED, replace(SENT, outcomes={"sent_at": NOW}), {"hi:sent": 1}),
    ],
)
def test_what_a_write_of_a_row_counts(old: Send, new: Send, counts: Mapping[str, int]) -> None:
    assert change(old, new) == counts


def test_a_container_writes_what_it_has_counted_once() -> None:
    stats = StatStore(MemoryDatabase())
    noted = Noted(lambda: stats)
    for _ in range(3):
        noted.note(CLAIMED, SENT)
    noted.note(CLAIMED, replace(SENT, test={"to": "x"}))
    noted.write("a")
    noted.write("a")
    noted.note(CLAIMED, SENT)
    noted.write("b")
    found: Any = stats.of("trial")
    assert found == {None: {"hi:sent": 4}}
