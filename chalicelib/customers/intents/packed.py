"""Intents as they are kept among the facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.customers import short
from chalicelib.customers.intents.run import Intents, Line, Money, Run
from chalicelib.times import after_epoch, milliseconds


def pack(intents: Intents) -> Any:
    """`[{kind: run}, {kind: ms}]`; None for none. A run: `[since, last, expires, before, opened, base, [ms, what],
    [ms, worth, currency], [ms, until], {id: [ms, in, worth, currency]}]`. Times after the first are counted from it,
    `base` from one before it; 0 is none, and what is 0 or empty at the end is left out."""
    if not intents.runs and not intents.closed:
        return None
    runs = {kind: _packed(run) for kind, run in intents.runs.items()}
    return [runs, {kind: milliseconds(at) for kind, at in intents.closed.items()}] if intents.closed else [runs]


def _packed(run: Run) -> list[Any]:
    start = milliseconds(run.since)

    def after(at: datetime) -> int:
        return milliseconds(at) - start

    held: list[Any] = [
        start,
        after(run.last_at),
        after(run.expires),
        after(run.before) if run.before else 0,
        int(run.opened),
        after(run.base) + 1 if run.base else 0,
        [after(run.what[0]), run.what[1]] if run.what else 0,
        short.trimmed([after(run.said[0]), short.money(run.said[1]), run.said[2]]) if run.said else 0,
        [after(run.until[0]), after(run.until[1])] if run.until else 0,
        {
            id: short.trimmed([after(line.at), int(line.inside), short.money(line.worth), line.currency])
            for id, line in run.lines.items()
        },
    ]
    return short.trimmed(held)


def unpack(held: Any) -> Intents:
    """What `pack` wrote."""
    runs = {kind: _unpacked(*run) for kind, run in held[0].items()}
    return Intents(runs, {kind: after_epoch(ms) for kind, ms in held[1].items()} if len(held) > 1 else {})


def _unpacked(
    start: int,
    last: int = 0,
    expires: int = 0,
    before: int = 0,
    opened: int = 0,
    base: int = 0,
    what: Any = 0,
    said: Any = 0,
    until: Any = 0,
    lines: Mapping[str, Any] | None = None,
) -> Run:
    return Run(
        since=after_epoch(start),
        last_at=after_epoch(start + last),
        expires=after_epoch(start + expires),
        before=after_epoch(start + before) if before else None,
        opened=bool(opened),
        base=after_epoch(start + base - 1) if base else None,
        what=(after_epoch(start + what[0]), what[1]) if what else None,
        said=_unpacked_money(start, *said) if said else None,
        until=(after_epoch(start + until[0]), after_epoch(start + until[1])) if until else None,
        lines={id: _unpacked_line(start, *line) for id, line in (lines or {}).items()},
    )


def _unpacked_money(start: int, ms: int, money: str = "", currency: str = "") -> Money:
    return after_epoch(start + ms), Decimal(money or 0), currency


def _unpacked_line(start: int, ms: int, inside: int = 0, worth: str = "", currency: str = "") -> Line:
    return Line(after_epoch(start + ms), bool(inside), Decimal(worth or 0), currency)
