"""Figures as an explanation shows them: each by its name in the code, with what it is, its unit and its text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib import times
from chalicelib.lifecycle.explain.voice import Voice, kind_of
from chalicelib.lifecycle.stage import Reason

DIGITS = 6


class Figure(NamedTuple):
    """One figure. unit: what the value is in (voice.kind_of), an amount's currency where it is known."""

    name: str
    label: str
    value: float | int | str | None
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score, how it is said, and what it was computed from."""

    name: str
    figure: Figure
    sentence: str
    inputs: tuple[Figure, ...]


def figure(name: str, value: Any, voice: Voice, *, threshold: bool = False) -> Figure:
    """One figure in words. Times become RFC 3339 text."""
    labels = voice.language.labels
    label = labels.get(f"threshold_{name}", labels[name]) if threshold else labels[name]
    kind = kind_of(name)
    unit = voice.currency if kind == "money" and voice.currency else "amount" if kind == "money" else kind
    plain = times.text(value) if isinstance(value, datetime) else value
    plain = round(plain, DIGITS) if isinstance(plain, float) else plain
    return Figure(name, label, plain, unit, voice.tell(name, value))


def figures(values: Mapping[str, Any], voice: Voice, *, threshold: bool = False) -> tuple[Figure, ...]:
    """Figures in the order of the mapping."""
    return tuple(figure(name, value, voice, threshold=threshold) for name, value in values.items())


def of_reason(reason: Reason, voice: Voice) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    """(the customer's values, the thresholds that they were held against)."""
    return figures(reason.values, voice), figures(reason.thresholds, voice, threshold=True)
