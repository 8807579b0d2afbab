"""Judging everybody anew after the parameters changed: one customer, one account.

A customer is judged by the same `advance` as always, without any event, so what moves has the silent cause `model` or
`settings`. Whoever is judged as before is not written: the state still says the version that judged it, which is as
good as the present one until its date, and at its date `advance` sees that both agree. So a rescore costs a read for
everybody, and a write only for those of whom something else is thought.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, Literal

from chalicelib.customers.state import State
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.review.advance import Rules, advance
from chalicelib.review.beside import Beside
from chalicelib.review.survey import Survey

Outcome = Literal["same", "redated", "moved", "to_rebuild", "contended"]
"""same: nothing to write. redated: the stage stands, its date or reason is another. moved: another stage. to_rebuild:
its facts are of another fold, and the worker of the due index makes them anew. contended: others kept writing it, and
judged it by themselves."""

_ATTEMPTS: Final = 3


def rejudged(state: State, rules: Rules, beside: Beside, now: datetime, *, of_account: bool = False) -> State | None:
    """The state under these rules, of the next version; None if nothing of it is other than before. Pure. Wanted, if
    the conditions ask for more than the state and what is `beside` it. of_account: because her account has changed."""
    after = advance(state, (), state.facts, state.seen, rules, now, of_account=of_account, beside=beside)
    if after.fx:
        return after
    as_before = replace(after, v=state.v, rules_v=state.rules_v, conditions_v=state.conditions_v, fx=state.fx)
    return None if as_before == state else after


def rescore(
    state: State, rules: Rules, customers: CustomerStore, now: datetime, survey: Survey | None = None
) -> Outcome:
    """Judge one customer anew. `state` is as a scan found it, so it may be old."""
    return judge_anew(state, rules, customers, now, survey or Survey(customers))[0]


def judge_anew(
    state: State, rules: Rules, customers: CustomerStore, now: datetime, survey: Survey
) -> tuple[Outcome, State]:
    """The same, and the state that it came to."""
    for _ in range(_ATTEMPTS):
        if state.rebuild is not None or state.fold_v != rules.fold_v:
            return _to_rebuild(state, customers, now), state
        after = survey.judge(state, rules, partial(rejudged, state, now=now))
        if after is None:
            return "same", state
        try:
            customers.save(after)
        except Conflict:
            state = customers.load(state.customer)
            if state.join is not None or state.stage is None:
                return "same", state  # belongs to somebody else by now, or is gone
            continue
        return ("redated" if after.stage == state.stage else "moved"), after
    return "contended", state


def _to_rebuild(state: State, customers: CustomerStore, now: datetime) -> Outcome:
    if state.rebuild is None:
        customers.mark(state.customer, "facts of another fold", now)
    return "to_rebuild"
