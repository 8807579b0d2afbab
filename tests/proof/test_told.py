"""docs/RELIABILITY.md says what `make prove` came to, and nothing else."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.proof import told
from tests.proof.guards import REMOVED

NAMED = {
    "owner token",
    "single attempt",
    "condition on the row",
    "unknown state",
    "seen",
    "version condition",
    "outbox",
    "lease",
    "permission when sending",
}
"""The guards without which the protocol is not what it claims to be."""


def page() -> str:
    return told.DOCUMENT.read_text(encoding="utf-8")


def made() -> str:
    return page().partition(told.BEGIN)[2].partition(told.END)[0]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_guard_is_taken_away_and_in_the_table() -> None:
    names = [cells(line)[0] for line in made().splitlines() if re.search(r"`(messages|intake) \d+`", line)]
    assert names == [each.name for each in REMOVED]
    assert set(names) >= NAMED


def test_the_table_says_what_was_run_and_found() -> None:
    said = {cells(line)[0]: cells(line)[-1] for line in made().splitlines() if line.startswith("|")}
    count = next(int(value.replace(",", "")) for name, value in said.items() if name.startswith("random schedules"))
    assert count >= 100_000
    assert [said[name] for name in ("lost", "sent or counted twice", "without permission")] == ["0", "0", "0"]
    assert f"1 of {count // 3:,} schedules" in said.values()


def test_the_kinds_of_fault_are_listed() -> None:
    kinds = told.Proof(random=(1, {}), ways=0).kinds
    assert f"| kinds of fault | {kinds} |" in made()
    for each in told.AROUND:
        assert f"- {each}" in page()


@pytest.mark.parametrize(
    ("wrong", "missing", "holds"),
    [
        ([], [told.Missing("lease", "", "messages", 3, "lost")], True),
        (["python -m tests.proof messages 5: lost: a is still claimed"], [], False),
        ([], [told.Missing("lease", "", "messages", None, "")], False),
    ],
)
def test_what_was_wrong_or_not_noticed_breaks_the_proof(
    wrong: list[str], missing: list[told.Missing], holds: bool
) -> None:
    proof = told.Proof(random=(300, Counter()), ways=0, wrong=wrong, missing=missing)
    assert proof.holds == holds
    assert proof.broken("lost") == len(wrong)


def test_the_rule_of_three() -> None:
    assert told.bound(100_000) == 0.00003
