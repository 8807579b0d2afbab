"""Which fits are adopted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.lifecycle.adoption import Losses, Objection, decide
from chalicelib.lifecycle.fit import fit
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.risk import Buyer, Model
from tests.lifecycle.people import TODAY
from tests.lifecycle.test_fit import simulated

GOOD = Fitted(source="fit", buyers=2_000, returned=700, customers=5_000, drift=(0.1, -0.1))

CASES: list[tuple[str, Fitted, Losses | None, list[Objection]]] = [
    ("a good fit, the first", GOOD, None, []),
    ("better than the one in force", GOOD, Losses(0.40, 0.41), []),
    ("as good, but for what a quarter costs", GOOD, Losses(0.412, 0.41), []),
    ("worse", GOOD, Losses(0.42, 0.41), [Objection.WORSE]),
    ("199 buyers", replace(GOOD, buyers=199), None, [Objection.TOO_FEW]),
    (
        "199 buyers, and worse: it is the prior's in any case",
        replace(GOOD, buyers=199),
        Losses(2, 1),
        [Objection.TOO_FEW],
    ),
    ("nobody ever leaves", replace(GOOD, model=Model(1e5, 1e7, 1e-6, 3)), None, [Objection.DEGENERATE]),
    ("gone within the day", replace(GOOD, model=Model(5e4, 1, 1, 1)), None, [Objection.DEGENERATE]),
    ("off once", replace(GOOD, drift=(0.1, 0.3)), None, []),
    ("off twice running", replace(GOOD, drift=(0.1, 0.3, 0.26)), None, [Objection.DRIFTED]),
    ("off twice, to one side and the other", replace(GOOD, drift=(-0.3, 0.3)), None, []),
    ("off, and good again", replace(GOOD, drift=(0.3, 0.3, 0.1)), None, []),
    ("off and worse", replace(GOOD, drift=(-0.4, -0.3)), Losses(0.5, 0.4), [Objection.DRIFTED, Objection.WORSE]),
]


SLOW = [
    ("furniture, every second year", Model(3, 312, 0.2, 2), 600),
    ("gifts, every year", Model(40, 2_080, 0.003, 3), 1_800),
    ("gifts, every year, of people very unlike", Model(1, 500, 0.001, 3), 3_000),
]


@pytest.mark.parametrize(("model", "days"), [case[1:] for case in SLOW], ids=[case[0] for case in SLOW])
def test_a_slow_shop_is_no_degenerate_one(model: Model, days: float) -> None:
    until = Buyer(model, 6, 52.0, 13.0).cools_after(0.5, 10_000 * 86_400_000) / 86_400_000
    assert until > days, "longer than a quick shop's buyers take"
    assert decide(replace(GOOD, model=model), None).adopted


def test_what_is_degenerate_is_said() -> None:
    never, at_once = (
        decide(replace(GOOD, model=model), None) for model in (Model(1e5, 1e7, 1e-6, 3), Model(5e4, 1, 1, 1))
    )
    assert "has not cooled in twenty years" in never.reasons[0].sentence
    assert "has cooled within a day" in at_once.reasons[0].sentence


def test_the_fit_of_a_slow_shop_is_adopted() -> None:
    shop = simulated(1_500, Model(4, 230, 0.1, 2), 2_600)  # an order a year, over seven years
    assert decide(fit(shop, TODAY), None).adopted


@pytest.mark.parametrize(("fitted", "losses", "objections"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_fit_is_adopted_unless_something_speaks_against_it(
    fitted: Fitted, losses: Losses | None, objections: list[Objection]
) -> None:
    verdict = decide(fitted, losses)
    assert [reason.objection for reason in verdict.reasons] == objections
    assert verdict.adopted == (not objections)
    assert all(reason.sentence.endswith(".") for reason in verdict.reasons)


def test_a_small_shop_pages_nobody() -> None:
    assert not decide(replace(GOOD, buyers=30), None).alarming
    assert decide(replace(GOOD, drift=(0.3, 0.3)), None).alarming
    assert not decide(GOOD, None).alarming
