"""branch: go on with the steps of the first branch whose rule holds, else with `otherwise`, then after this step.

{"id": "bought", "do": "branch",
 "branches": [{"when": {"fact": "order_count", "above": 0}, "steps": [...]}],
 "otherwise": [...]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from chalicelib.journeys.step import AnyStep, Moment, Step, StepDefinition, Taken
from chalicelib.segments.fields import Definition, Some
from chalicelib.segments.match import match
from chalicelib.segments.rule import AnyRule, Rule


class Branch(Definition):
    """One way to go, and for whom. Without steps it goes straight on."""

    when: AnyRule
    steps: tuple[AnyStep, ...] = ()


class BranchStep(StepDefinition):
    """Choose by rules, asked in order at the moment of arrival."""

    do: Literal["branch"]
    branches: Some[Branch]
    otherwise: tuple[AnyStep, ...] = ()

    def blocks(self) -> Mapping[tuple[str | int, ...], tuple[StepDefinition, ...]]:
        """The steps of every branch, and those of `otherwise`."""
        blocks: dict[tuple[str | int, ...], tuple[StepDefinition, ...]] = {
            ("branches", number, "steps"): branch.steps for number, branch in enumerate(self.branches)
        }
        return {**blocks, ("otherwise",): self.otherwise}

    def rules(self) -> tuple[Rule, ...]:
        """Of every branch."""
        return tuple(branch.when for branch in self.branches)


class _Branch:
    definition = BranchStep

    def take(self, step: BranchStep, moment: Moment) -> Taken:
        for number, branch in enumerate(step.branches):
            answer = match(branch.when, moment.view, moment.now)
            if answer.matched:
                return Taken(f"branch {number}: {answer.text()}", into=branch.steps, outcome=str(number))
        return Taken("otherwise", into=step.otherwise, outcome="otherwise")


plugin: Step[BranchStep] = _Branch()
