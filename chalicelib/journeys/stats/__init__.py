"""What is counted of a journey, version by version and step by step, from how a row was and how it is. Pure.

Each write of a row counts in its own transaction (store.py), so these figures are exact, however often anything is
delivered again:

    entered, inside, done, left, merged, goal, value.<currency>       of the version
    entered, waiting, planned, skipped.<reason>, as.<outcome>,        of a step
    goal, value.<currency>, goal.<outcome>

`inside` and `waiting` say how many are there now. A goal counts for the last step that decided a message before it, or
for the one at which the customer stood: it came after it, which does not mean that it came because of it. `goal.<way>`
counts it for each way that a split has sent the customer. Values are in thousandths of the currency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.goal import Reached
from chalicelib.journeys.joined import MERGED
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.walk import Passed

WHOLE: Final = ""
"""Stands where others name their step: of the version as a whole."""
PER_UNIT: Final = 1_000
Counts = Mapping[int, Mapping[str, int]]
"""By version: `<step>:<what>` to how much is added."""


@dataclass(frozen=True)
class Standing:
    """Who is inside a version: how many, and how many wait at which step. Rows from before there were figures are not
    in them."""

    inside: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)


def standing(counts: Mapping[str, int]) -> Standing:
    """Who is inside, of what was counted of a version."""
    places = [name.rsplit(":", 1) for name in counts if name.endswith(":waiting")]
    waiting = {step: max(0, counts[f"{step}:{what}"]) for step, what in places}
    return Standing(max(0, counts.get(f"{WHOLE}:inside", 0)), waiting)


def counted(before: Enrolment | None, after: Enrolment, sends: Sequence[Send] = ()) -> Counts:
    """What a write counts that makes `after` of `before` (None: of nothing), and plans `sends`."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    of_after = found[after.version]
    if before is None:
        of_after[f"{WHOLE}:entered"] += 1
    else:
        _stands(found[before.version], before, -1)
    _stands(of_after, after, +1)
    if (before is None or before.active) and not after.active:
        of_after[f"{WHOLE}:{_ending(after)}"] += 1
    of_after.update(_steps(before, after))
    of_after.update(_sends(sends))
    if after.goal is not None and (before is None or before.goal is None):
        of_after.update(_goal(after, after.goal))
    return {version: {name: n for name, n in counts.items() if n} for version, counts in found.items()}


def moved_in(row: Enrolment) -> Counts:
    """What counts of a row that goes on under another customer: it has been counted, but where it stands."""
    found: Counter[str] = Counter()
    _stands(found, row, +1)
    return {row.version: dict(found)}


def added(parts: Iterable[Counts]) -> Counts:
    """Several together."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for part in parts:
        for version, counts in part.items():
            found[version].update(counts)
    return {version: {name: n for name, n in counts.items() if n} for version, counts in found.items()}


def fresh(before: Enrolment | None, after: Enrolment) -> tuple[Passed, ...]:
    """The steps that a write has added to the trail, which remembers only the last."""
    old = before.trail if before is not None else ()
    for kept in range(min(len(old), len(after.trail)), 0, -1):
        if old[len(old) - kept :] == after.trail[:kept]:
            return after.trail[kept:]
    return after.trail


def _stands(counts: Counter[str], row: Enrolment, by: int) -> None:
    if row.active:
        counts[f"{WHOLE}:inside"] += by
        if row.position.step is not None:
            counts[f"{row.position.step}:waiting"] += by


def _ending(row: Enrolment) -> str:
    return "done" if row.status == "done" else "merged" if row.reason == MERGED else "left"


def _steps(before: Enrolment | None, after: Enrolment) -> Counter[str]:
    found: Counter[str] = Counter()
    here = before.position.step if before is not None and before.active else None
    for passed in fresh(before, after):
        if passed.step != here:  # at the first of them it stood already
            found[f"{passed.step}:entered"] += 1
        here = None
        if passed.outcome:
            found[f"{passed.step}:as.{passed.outcome}"] += 1
    return found


def _sends(sends: Sequence[Send]) -> Counter[str]:
    found: Counter[str] = Counter()
    for send in sends:
        found[f"{send.step}:planned"] += 1
        if send.status is Status.SKIPPED:
            found[f"{send.step}:skipped.{send.reason}"] += 1
    return found


def _goal(row: Enrolment, reached: Reached) -> Counter[str]:
    step = row.messaged or row.position.step or WHOLE
    found: Counter[str] = Counter()
    for place in {WHOLE, step}:
        found[f"{place}:goal"] += 1
        if reached.value is not None:
            found[f"{place}:value.{reached.currency}"] += int((reached.value * PER_UNIT).to_integral_value())
    for step, outcome in {passed.step: passed.outcome for passed in row.trail if passed.outcome}.items():
        found[f"{step}:goal.{outcome}"] += 1
    return found


def amount(thousandths: int) -> Decimal:
    """A value as it is shown."""
    return Decimal(thousandths) / PER_UNIT
