"""count_rule: of how many customers a rule holds, asked of everybody. It changes nothing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from chalicelib.customers.state import State
from chalicelib.jobs.everybody import Everybody
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.review.asking import is_of
from chalicelib.segments.conditions import Condition
from chalicelib.segments.rule import parse


class Request(BaseModel):
    """The rule, as JSON."""

    model_config = ConfigDict(extra="ignore")

    rule: dict[str, Any]


class _CountRule:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        condition = Condition("asked", parse(request.rule))
        rules, survey = tools.around.rules(), tools.around.survey()
        cursor = job.cursor or {}
        everybody = Everybody.of(cursor) if cursor else Everybody.at_first(tools)

        def ask(state: State) -> str:
            held = survey.judge(state, rules, lambda rules, beside: is_of(state, condition, rules, beside, tools.now()))
            return "matched" if held else "others"

        everybody, counts = everybody.go_on(ask, tools)
        return Slice(None if everybody.over else everybody.cursor(), {"matched": 0, **counts}, everybody.report())


plugin: Kind[Request] = _CountRule()
