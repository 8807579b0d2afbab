"""What a census looks at of one customer: little enough that 50,000 fit into one Lambda."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.customers.identity import is_identified
from chalicelib.customers.state import State
from chalicelib.lifecycle.frame import Frame, phase_by, signs
from chalicelib.lifecycle.history import History, history_of
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.stage import judge
from chalicelib.times import milliseconds


class Person(NamedTuple):
    """One customer. Times are milliseconds since 1970.

    next_at, next_stage: as stored at the last judgement; None if time alone changes nothing.
    history:  None of somebody without an order.
    at_risk:  (currency, expected value of the next year) of a buyer At risk; None for the others.
    phases:   one for each frame that was asked for, in their order.
    """

    stage: Stage
    next_at: int | None = None
    next_stage: Stage | None = None
    history: History | None = None
    at_risk: tuple[str, float] | None = None
    phases: tuple[str, ...] = ()


def person_of(state: State, parameters: Parameters, frames: Sequence[Frame], now: datetime) -> Person | None:
    """What is to be looked at of a stored state; None of one that was never judged."""
    if state.stage is None:
        return None
    stage, facts = Stage(state.stage), state.facts
    seen = signs(stage, facts)
    return Person(
        stage=stage,
        next_at=milliseconds(state.next_at) if state.next_at and state.next_stage else None,
        next_stage=Stage(state.next_stage) if state.next_at and state.next_stage else None,
        history=history_of(facts, parameters.exchange) if seen.orders else None,
        at_risk=_at_risk(state, parameters, now) if stage is Stage.AT_RISK and seen.orders else None,
        phases=tuple(phase_by(frame, stage, seen) for frame in frames),
    )


def _at_risk(state: State, parameters: Parameters, now: datetime) -> tuple[str, float]:
    judged = judge(state.facts, is_identified(state.customer, state.facts), parameters, now)
    return parameters.exchange.report or state.facts.currency or "", judged.expected_value or 0.0
