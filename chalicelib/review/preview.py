"""Of how many customers a rule holds, estimated from a sample, with its error. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.aws.database import Database
from chalicelib.customers.state import State
from chalicelib.lifecycle.reports.estimate import Count, Scale
from chalicelib.lifecycle.sample.store import Sampler
from chalicelib.review.advance import Rules
from chalicelib.review.asking import is_of
from chalicelib.review.survey import Survey
from chalicelib.segments.conditions import Condition
from chalicelib.segments.rule import Rule

ON_THE_ITEM: Final = 2_000
"""Customers who are asked while somebody waits, if each is answered by what the scan brings."""
WITH_READING: Final = 400
"""The same, if something has to be read for each."""
_EXAMPLES: Final = 10


@dataclass(frozen=True)
class Preview:
    """customers: in the base, about. sampled: how many were asked. matched: of those. count: of everybody.
    examples: some of whom it holds."""

    customers: int
    sampled: int
    matched: int
    count: Count
    examples: tuple[str, ...]


def preview(rule: Rule, db: Database, survey: Survey, rules: Rules, now: datetime) -> Preview:
    """Ask a sample. The same question on the same day asks the same customers."""
    condition = Condition("asked", rule)
    said = condition.mentions
    most = WITH_READING if said.events or said.traits or said.account else ON_THE_ITEM

    def ask(state: State) -> tuple[str, bool]:
        return state.customer, survey.judge(
            state, rules, lambda rules, beside: is_of(state, condition, rules, beside, now)
        )

    sample = Sampler(db, now.date().isoformat()).sample(most, ask)
    inside = [customer for customer, held in sample.states if held]
    scale = Scale.of(len(sample.states), sample.total, complete=sample.complete)
    return Preview(scale.total, len(sample.states), len(inside), scale.count(len(inside)), tuple(inside[:_EXAMPLES]))
