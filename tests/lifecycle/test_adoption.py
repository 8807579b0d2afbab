"""Which fits are adopted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.lifecycle.adoption import Losses, Objection, decide
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.risk import Model

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
    ("nobody ever leaves", replace(GOOD, model=Model(2, 30, 0.0001, 3)), None, [Objection.DEGENERATE]),
    ("gone within the day", replace(GOOD, model=Model(1e-3, 1e-9, 1e-3, 1e6)), None, [Objection.DEGENERATE]),
    ("off once", replace(GOOD, drift=(0.1, 0.3)), None, []),
    ("off twice running", replace(GOOD, drift=(0.1, 0.3, 0.26)), None, [Objection.DRIFTED]),
    ("off twice, to one side and the other", replace(GOOD, drift=(-0.3, 0.3)), None, []),
    ("off, and good again", replace(GOOD, drift=(0.3, 0.3, 0.1)), None, []),
    ("off and worse", replace(GOOD, drift=(-0.4, -0.3)), Losses(0.5, 0.4), [Objection.DRIFTED, Objection.WORSE]),
]


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
