"""Parameters are a stored value: complete, consistent, and documented; and what is imported to judge is little."""

from __future__ import annotations

import ast
import inspect
import json
import math
import subprocess
import sys
from dataclasses import fields
from typing import Any

import pytest

from chalicelib.customers.intent import INTENT, intent_weight
from chalicelib.lifecycle import parameters as module
from chalicelib.lifecycle.explain import SENTENCES
from chalicelib.lifecycle.parameters import DEFAULT, Parameters
from chalicelib.lifecycle.risk import Model
from chalicelib.lifecycle.rules import RULES, Stage


def test_stored_and_read_back() -> None:
    chosen = Parameters(version=3, source="fit", model=Model(0.5, 4.0, 0.7, 1.2), hero_value=812.5)
    assert Parameters.from_dict(json.loads(json.dumps(chosen.as_dict()))) == chosen
    assert Parameters.from_dict({}) == DEFAULT


def test_the_prior_says_that_it_is_one() -> None:
    assert "prior" in DEFAULT.trust
    assert Parameters(version=3, source="fit").trust == "Parameters version 3, from fit."


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"warm": 0.1}, "cooling <= warm"),
        ({"warm": 1.5}, "above 1"),
        ({"cooling": 0}, "positive"),
        ({"horizon_days": math.nan}, "positive"),
        ({"horizon_days": "91"}, "positive"),
        ({"once_waiting_days": 30}, "once_occasional_days <="),
        ({"once_at_risk_days": 5000}, "cooling_at_most_days"),
        ({"hero_orders": 13}, "at most 12"),
        ({"hero_value": math.inf}, "finite"),
        ({"typical_order": math.nan}, "finite"),
        ({"model": {"r": -1}}, "positive and finite"),
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


def test_every_rule_has_a_sentence_and_every_stage_a_rule() -> None:
    assert SENTENCES.keys() == RULES.keys()
    assert {rule.stage for rule in RULES.values()} == set(Stage)
    known = {field.name for field in fields(Parameters)}
    assert all(set(rule.thresholds) <= known for rule in RULES.values())


def test_the_weights_of_intent() -> None:
    assert intent_weight("Product Added") >= 2 * DEFAULT.interest > intent_weight("Product Viewed") > 0
    assert intent_weight("product added") == intent_weight("Product Added")
    assert intent_weight("Order Completed") == intent_weight("Anything Else") == 0
    assert intent_weight("Signed Up") < DEFAULT.interest
    assert all(weight > 0 for weight in INTENT.values())


def test_judging_imports_nothing_heavy() -> None:
    code = "import sys, chalicelib.lifecycle.stage; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "boto3", "botocore", "chalice", "numpy", "chalicelib.customers.facts"} & set(loaded)
