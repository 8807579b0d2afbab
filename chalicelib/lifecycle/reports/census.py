"""A census: every report on the lifecycle, from one sample of the customers at one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.lifecycle.frame import Frame
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reports.cohorts import Cohort, cohorts
from chalicelib.lifecycle.reports.estimate import Count, Scale, Share
from chalicelib.lifecycle.reports.forecast import Expected, forecast
from chalicelib.lifecycle.reports.person import Person
from chalicelib.lifecycle.reports.rates import Rates, rates
from chalicelib.lifecycle.reports.risk import Risk, risk
from chalicelib.lifecycle.rules import Stage

MOST: Final = 50_000
"""Customers in a census."""
AT_ONCE: Final = 2_000
"""Customers in a census that somebody waits for."""


FORM: Final = 1
"""Of the stored form: what another release has stored otherwise is not read, and taken anew."""


@dataclass(frozen=True, slots=True)
class Part:
    """Part of the base, as a number and as a share of it."""

    name: str
    count: Count
    share: Share


@dataclass(frozen=True, slots=True)
class Census:
    """customers: the base, estimated unless complete. sampled: how many were looked at.

    frames: by the frame's name, its phases in their order.
    """

    as_of: datetime
    customers: int
    sampled: int
    complete: bool
    stages: tuple[Part, ...]
    rates: Rates
    risk: Risk
    cohorts: tuple[Cohort, ...]
    forecast: tuple[Expected, ...]
    frames: Mapping[str, tuple[Part, ...]]

    def as_dict(self) -> dict[str, Any]:
        """A JSON object: times as text, stages by name."""
        told = asdict(self)
        told["risk"]["since"] = times.text(self.risk.since)
        return {**told, "as_of": times.text(self.as_of), "form": FORM}


def census(
    people: Sequence[Person],
    total: int,
    parameters: Parameters,
    frames: Mapping[str, Frame],
    now: datetime,
    *,
    complete: bool,
) -> Census:
    """The census of these people, out of `total`, as of `now`. The phases of each are those of `frames`, in order."""
    scale = Scale.of(len(people), total, complete=complete)
    histories = [person.history for person in people if person.history is not None]
    return Census(
        as_of=now,
        customers=scale.total,
        sampled=scale.sampled,
        complete=complete,
        stages=_parts([stage.value for stage in Stage], Counter(person.stage.value for person in people), scale),
        rates=rates(histories, scale, now),
        risk=risk(people, scale, parameters, now),
        cohorts=cohorts(histories, scale, now),
        forecast=forecast(people, scale, now),
        frames={
            name: _parts(list(frame.phases), Counter(person.phases[place] for person in people), scale)
            for place, (name, frame) in enumerate(frames.items())
        },
    )


def _parts(names: Sequence[str], found: Counter[str], scale: Scale) -> tuple[Part, ...]:
    return tuple(Part(name, scale.count(found[name]), scale.share(found[name], scale.sampled)) for name in names)
