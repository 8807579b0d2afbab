"""What was counted of a journey, as it is shown: version by version, step by step, in the order of the definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from chalicelib.api.journey_models import Figures, StepFigures, StepMessages, VersionFigures
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.stats import WHOLE, amount

_NONE: Final[Mapping[str, int]] = {}
_ENDS: Final = ("sent", "failed")


def figures(counted: Mapping[int | None, Mapping[str, int]], journey: Journey, version: int) -> Figures:
    """All figures of a journey, of which `version` is `journey`."""
    versions = sorted((number for number in counted if number is not None), reverse=True)
    return Figures(
        versions=[_version(one, counted[one], journey if one == version else None) for one in versions],
        messages=_messages(_by_step(counted.get(None, _NONE))),
    )


def _version(version: int, counts: Mapping[str, int], journey: Journey | None) -> VersionFigures:
    steps = _by_step(counts)
    whole = steps.pop(WHOLE, {})
    order = list(journey.route) if journey else []
    names = [*order, *sorted(steps.keys() - set(order))]
    does = {step: journey.route[step].step.do for step in order} if journey else {}
    return VersionFigures(
        version=version,
        entered=whole.get("entered", 0),
        inside=max(0, whole.get("inside", 0)),
        done=whole.get("done", 0),
        left=whole.get("left", 0),
        merged=whole.get("merged", 0),
        goals=whole.get("goal", 0),
        value=_values(whole),
        steps=[_step(name, does.get(name), steps.get(name, {})) for name in names],
    )


def _step(name: str, do: str | None, counts: Mapping[str, int]) -> StepFigures:
    return StepFigures(
        step=name,
        do=do,
        entered=counts.get("entered", 0),
        waiting=max(0, counts.get("waiting", 0)),
        planned=counts.get("planned", 0),
        skipped=_under("skipped.", counts),
        outcomes=_under("as.", counts),
        goals=counts.get("goal", 0),
        goals_by_outcome=_under("goal.", counts),
        value=_values(counts),
    )


def _messages(steps: Mapping[str, Mapping[str, int]]) -> list[StepMessages]:
    return [
        StepMessages(
            step=step,
            sent=counts.get("sent", 0),
            failed=counts.get("failed", 0),
            skipped=_under("skipped.", counts),
            outcomes={name: n for name, n in sorted(counts.items()) if name not in _ENDS and "." not in name},
        )
        for step, counts in sorted(steps.items())
    ]


def _by_step(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    steps: dict[str, dict[str, int]] = {}
    for name, number in counts.items():
        step, _, what = name.partition(":")
        steps.setdefault(step, {})[what] = number
    return steps


def _under(prefix: str, counts: Mapping[str, int]) -> dict[str, int]:
    return {name.removeprefix(prefix): n for name, n in _sorted(counts) if name.startswith(prefix)}


def _values(counts: Mapping[str, int]) -> dict[str, float]:
    return {currency: float(amount(n)) for currency, n in _under("value.", counts).items()}


def _sorted(counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items())
