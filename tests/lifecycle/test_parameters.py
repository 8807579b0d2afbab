"""Parameters are a stored value: complete, consistent, and documented; and what is imported to judge is little."""

from __future__ import annotations

import ast
import inspect
import json
import math
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.customers.intent import INTENT
from chalicelib.customers.vocabulary import DEFAULT as VOCABULARY
from chalicelib.lifecycle import parameters as module
from chalicelib.lifecycle.fitted import Bin, Calibration, Fitted, OrderValue, Regression
from chalicelib.lifecycle.parameters import DEFAULT, Parameters, with_fitted
from chalicelib.lifecycle.risk import Model
from chalicelib.lifecycle.rules import RULES, Stage

FITTED = Fitted(
    version=3,
    source="fit",
    model=Model(0.5, 4.0, 0.7, 1.2),
    calibration=Calibration(0.1, 0.9),
    regression=Regression((0.5, -1.0), 0.5),
    value=OrderValue(40.0, 0.5, p=6.0, q=4.0, gamma=20.0),
    once_occasional_days=30,
    once_waiting_days=90,
    once_at_risk_days=200,
    hero_value=500.0,
    buyers=120,
    returned=40,
    customers=300,
    calibration_table=(Bin(10, 0.1, 0.2),),
    drift=(0.1, -0.2),
    checks={"auc": 0.8},
    as_of=datetime(2026, 6, 15, tzinfo=UTC),
    fitted_at=datetime(2026, 6, 15, 3, tzinfo=UTC),
)


def test_stored_and_read_back() -> None:
    chosen = Parameters(version=3, source="fit", fitted=FITTED, hero_value=812.5)
    assert Parameters.from_dict(json.loads(json.dumps(chosen.as_dict()))) == chosen
    assert Parameters.from_dict({}) == DEFAULT


def test_a_fit_gives_what_the_workspace_did_not_choose() -> None:
    under = with_fitted(DEFAULT, FITTED)
    assert (under.once_occasional_days, under.once_waiting_days, under.once_at_risk_days) == (30, 90, 200)
    assert under.hero_value == 500
    own = replace(DEFAULT, once_waiting_days=120, hero_value=900.0)
    under = with_fitted(own, FITTED, {"once_waiting_days", "hero_value"})
    assert (under.once_occasional_days, under.once_waiting_days, under.once_at_risk_days) == (30, 120, 200)
    assert under.hero_value == 900


@pytest.mark.parametrize(("chosen", "days"), [(10, (10, 10, 200)), (1000, (30, 1000, 1000))])
def test_what_was_chosen_stands_against_a_fit(chosen: float, days: tuple[float, ...]) -> None:
    own = replace(DEFAULT, once_occasional_days=5, once_waiting_days=chosen, once_at_risk_days=1000)
    under = with_fitted(own, FITTED, {"once_waiting_days"})
    assert (under.once_occasional_days, under.once_waiting_days, under.once_at_risk_days) == days


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"warm": 0.1}, "cooling <= warm"),
        ({"warm": 1.5}, "above 1"),
        ({"cooling": 0}, "positive"),
        ({"horizon_days": math.nan}, "positive"),
        ({"horizon_days": "91"}, "positive"),
        ({"once_waiting_days": 30}, "once_occasional_days <= once_waiting_days"),
        ({"once_at_risk_days": 5000}, "cooling_at_most_days"),
        ({"hero_orders": 13}, "at most 12"),
        ({"hero_value": math.inf}, "finite"),
        ({"fitted": {"value": {"typical": math.nan}}}, "finite"),
        ({"fitted": {"calibration": {"slope": 0.0}}}, "positive"),
        ({"fitted": {"rhythm": {"late": 0.5}}}, "rhythm"),
        ({"fitted": {"renewals": {"alpha": -1.0}}}, "positive"),
        ({"fitted": {"regression": {"weights": [1.0], "share": 2}}}, "share"),
        ({"fitted": {"once_waiting_days": 5.0}}, "ascending"),
        ({"fitted": {"waits": 5}}, "no such figure"),
        ({"fitted": {"model": {"r": -1}}}, "positive and finite"),
        ({"hero": 3}, "no such"),
    ],
)
def test_contradictions_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Parameters.from_dict(wrong)


def test_every_parameter_says_what_it_is() -> None:
    """Each field is followed by a string: its unit, meaning and source."""
    body = ast.parse(inspect.getsource(module)).body
    owner = next(node for node in body if isinstance(node, ast.ClassDef))
    said = {
        field.target.id
        for field, after in zip(owner.body, owner.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    assert {field.name for field in fields(Parameters)} <= said


def test_every_stage_has_a_rule() -> None:
    assert {rule.stage for rule in RULES.values()} == set(Stage)
    known = {field.name for field in fields(Parameters)}
    assert all(set(rule.thresholds) <= known for rule in RULES.values())


def test_the_weights_of_intent() -> None:
    assert VOCABULARY.weight("Product Added") >= 2 * DEFAULT.interest > VOCABULARY.weight("Product Viewed") > 0
    assert VOCABULARY.weight("product added") == VOCABULARY.weight("Product Added")
    assert VOCABULARY.weight("Order Completed") == VOCABULARY.weight("Anything Else") == 0
    assert VOCABULARY.weight("Signed Up") < DEFAULT.interest
    assert all(weight > 0 for weight in INTENT.values())


def test_judging_imports_nothing_heavy() -> None:
    code = "import sys, chalicelib.lifecycle.stage; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "boto3", "botocore", "chalice", "numpy", "chalicelib.customers.facts"} & set(loaded)
