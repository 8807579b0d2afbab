"""The auditor of the local cloud says what is lost, what left twice, and why something is not known."""

# ruff: noqa: E501  a case is a line, however long

from __future__ import annotations

from typing import Any

import pytest

from tests.proof.auditor import Left, audit_ended

DUE = {"due_at": "2026-11-22T09:20:00.000Z"}


def row(status: str, reason: str | None = None, **rest: Any) -> dict[str, Any]:
    return {"pk": "u#ada", "sk": "s1", "status": status, "reason": reason, **rest}


CASES: list[tuple[str, list[dict[str, Any]], list[Left], bool, list[str], list[str]]] = [
    # what happened                   ledger                          mailbox               settled wrong     counted
    ("it left", [row("sent")], [Left("s1", True)], False, [], ["sent"]),
    ("nothing was planned", [], [], False, ["lost"], []),
    ("planned twice", [row("sent"), row("sent", sk="s2")], [Left("s1", True), Left("s2", True)], False, ["double"], ["sent"]),
    ("it left twice", [row("sent")], [Left("s1", True), Left("s1", True)], False, ["double"], ["sent"]),
    ("called sent, and never left", [row("sent")], [], False, ["lost"], ["sent"]),
    ("it left and stands nowhere", [row("sent")], [Left("s1", True), Left("s9", True)], False, ["lost"], ["sent"]),
    ("it still waits", [row("retry", "throttled", **DUE)], [], False, ["late"], []),
    ("it waits for nothing", [row("retry", "throttled")], [], False, ["lost"], []),
    ("it was refused", [row("failed", "bad_request")], [], False, ["lost"], []),
    ("claimed, and nobody will look", [row("claimed")], [], False, ["lost"], ["unknown: its sender died before the call"]),
    ("claimed, died before", [row("claimed", **DUE)], [], False, [], ["unknown: its sender died before the call"]),
    ("claimed, died after", [row("claimed", **DUE)], [Left("s1", True)], False, [], ["unknown: it left, and its sender died"]),
    ("the request was lost", [row("unknown", "unanswered", **DUE)], [], False, [], ["unknown: its request was lost, or SES failed"]),
    ("all answers were lost", [row("unknown", "unanswered", **DUE)], [Left("s1", False)], False, [], ["unknown: it left, and its answer and its reports were lost"]),
    ("then assumed, rightly", [row("sent", "assumed_sent")], [Left("s1", False)], True, [], ["then: assumed to have left, rightly"]),
    ("then assumed, wrongly", [row("sent", "assumed_sent")], [], True, [], ["then: assumed to have left, wrongly"]),
    ("then still unknown", [row("unknown", "unanswered", **DUE)], [], True, ["lost"], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "mails", "settled", "wrong", "counted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_table(
    rows: list[dict[str, Any]], mails: list[Left], settled: bool, wrong: list[str], counted: list[str]
) -> None:
    verdict = audit_ended(["ada"], rows, mails, settled=settled)
    assert [each.partition(":")[0] for each in verdict.wrong] == wrong
    assert list(verdict.counts) == counted
