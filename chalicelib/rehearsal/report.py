"""What a backtest tells a marketer: the sums of a tally in the order of the journey's steps, with costs, and with how
far a sample may be off. Pure.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.journeys.journey import Journey
from chalicelib.rehearsal.prices import cost
from chalicelib.rehearsal.tally import DAILY, Tally

SURE: Final = 1.96  # standard errors to both sides: 95 of 100 such intervals hold the figure for everybody
NO_CAUSE: Final = "Goals are counted, not attributed: some of these customers would have done it anyway."


def report(
    tally: Tally, journey: Journey, version: int, since: datetime, until: datetime, customers: int
) -> dict[str, Any]:
    """The whole of it, as JSON. customers: how many there are, rehearsed or not; counted or estimated."""
    counts, rehearsed = tally.counts, tally.counts["customers"]
    scale = max(1.0, customers / rehearsed) if rehearsed else 1.0
    return {
        "journey": journey.name,
        "version": version,
        "from": times.text(since),
        "until": times.text(until),
        "customers": {"rehearsed": rehearsed, "of_about": max(customers, rehearsed)},
        "entered": counts["entered"],
        "customers_entered": counts["who_entered"],
        "sent": counts["sent"],
        "completed": counts["done"],
        "left": dict(tally.left.most_common()),
        "inside_at_the_end": counts["inside"],
        "not_let_in": dict(tally.refused.most_common()),
        "held_back": _held_back(tally),
        "steps": [_step(id, placed.step.do, tally.steps.get(id, Counter())) for id, placed in journey.route.items()],
        "goal": _goal(journey, tally),
        "overlaps": [
            {"journey": other, **{name: met[name] for name in ("customers", "same_day", "gave_way")}}
            for other, met in sorted(tally.others.items(), key=lambda each: (-each[1]["customers"], each[0]))
        ],
        "for_everybody": {name: estimate(tally, name, scale) for name in ("entered", "sent")},
        "cost": cost(journey, counts["entered"] * scale, {c: n * scale for c, n in tally.channels.items()}),
        "days": {day: {what: held[what] for what in DAILY if held[what]} for day, held in sorted(tally.days.items())},
    }


def estimate(tally: Tally, name: str, scale: float) -> dict[str, float]:
    """What a figure comes to for everybody, with a 95 % interval for what the sample leaves open; exact without one."""
    total, n = tally.counts[name], tally.counts["customers"]
    likely = total * scale
    if scale <= 1 or n < 2:
        return {"low": likely, "likely": likely, "high": likely}
    mean = total / n
    spread = max(0.0, tally.squares[name] / n - mean * mean) * n / (n - 1)
    off = SURE * n * scale * math.sqrt(spread / n * (1 - 1 / scale))
    return {"low": max(float(total), round(likely - off)), "likely": round(likely), "high": round(likely + off)}


def _step(id: str, do: str, met: Counter[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"id": id, "do": do, "entered": met["entered"], "sent": met["sent"]}
    for name in ("held", "skipped", "outcome"):
        found = {what.partition(" ")[2]: number for what, number in met.items() if what.startswith(f"{name} ")}
        if found:
            said[name if name != "outcome" else "outcomes"] = found
    return said


def _held_back(tally: Tally) -> dict[str, dict[str, int]]:
    """Over all steps: what waited, and what was not sent, by reason."""
    found: dict[str, Counter[str]] = {"held": Counter(), "skipped": Counter()}
    for met in tally.steps.values():
        for what, number in met.items():
            name, _, reason = what.partition(" ")
            if name in found and reason:
                found[name][reason] += number
    return {name: dict(by.most_common()) for name, by in found.items()}


def _goal(journey: Journey, tally: Tally) -> Mapping[str, Any] | None:
    if journey.goal is None:
        return None
    entered, reached = tally.counts["entered"], tally.counts["goal"]
    return {
        "reached": reached,
        "share": round(reached / entered, 4) if entered else None,
        "within": times.duration_text(journey.goal.within),
        "value": {currency or "unnamed": round(value, 2) for currency, value in sorted(tally.value.items())},
        "note": NO_CAUSE,
    }
