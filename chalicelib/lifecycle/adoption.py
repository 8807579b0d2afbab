"""Whether a new fit takes the place of the one in force, and why not. Pure.

A fit that is refused changes nothing: the one in force goes on, a week older, which costs little (about 1 % of log
loss in a quarter). A bad one that is adopted moves everybody. So in doubt what stands stays, and somebody is told.

too_few     Fewer buyers than a fit needs: the prior speaks. Nothing is wrong, so nobody is paged for it.
degenerate  It says what cannot be: that buyers do not cool in twenty years, or that they do within a day.
drifted     In two windows running the buyers foretold were off by more than a quarter: the shop is no longer the one
            that the models describe, and a person should look before anybody is judged by it.
worse       It explains the newest window worse than the one in force does, though it was made with all of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.lifecycle.fitted import DRIFT, ENOUGH_BUYERS, Fitted
from chalicelib.lifecycle.risk import WEEK_MS, Buyer, Model

WORSE: Final = 1.01
"""By so much more log loss than the one in force a new fit is worse: what a quarter of age costs (chosen)."""
_WARM: Final = 0.5
_SOONEST: Final = WEEK_MS // 7
_LATEST: Final = 7_305 * WEEK_MS // 7  # twenty years: where people buy gifts once a year, eleven are true
_REGULAR: Final = (6, 52.0)  # repeat orders, and the weeks between the first and the last


class Objection(StrEnum):
    """Why a fit was not adopted."""

    TOO_FEW = "too_few"
    DEGENERATE = "degenerate"
    DRIFTED = "drifted"
    WORSE = "worse"


@dataclass(frozen=True)
class Reason:
    """One objection, with its figures in a sentence."""

    objection: Objection
    sentence: str

    def as_dict(self) -> dict[str, str]:
        """As it is stored and shown."""
        return {"objection": str(self.objection), "sentence": self.sentence}


@dataclass(frozen=True)
class Verdict:
    """What was decided of a fit: it is adopted when nothing speaks against it."""

    reasons: tuple[Reason, ...] = ()

    @property
    def adopted(self) -> bool:
        """Whether it takes the place of the one in force."""
        return not self.reasons

    @property
    def alarming(self) -> bool:
        """Whether a person should look: a small shop's fit is refused every week, and nothing is wrong."""
        return any(reason.objection is not Objection.TOO_FEW for reason in self.reasons)


@dataclass(frozen=True)
class Losses:
    """Mean log loss on the newest window of the new fit, and of the one in force."""

    new: float
    standing: float


def decide(fitted: Fitted, losses: Losses | None) -> Verdict:
    """Adopt `fitted`, or refuse it. `losses`: None where there is no window to compare on."""
    if fitted.buyers < ENOUGH_BUYERS:
        too_few = f"{fitted.buyers} buyers, and a fit of a shop's own needs {ENOUGH_BUYERS}: the prior speaks."
        return Verdict((Reason(Objection.TOO_FEW, too_few),))
    return Verdict((*_degenerate(fitted.model), *_drifted(fitted), *_worse(losses)))


def _degenerate(model: Model) -> Iterator[Reason]:
    """Judged by what the model says of a regular buyer, not by the size of its parameters, which trade off."""
    repeats, weeks = _REGULAR
    until = Buyer(model, repeats, weeks, 13.0).cools_after(_WARM, _LATEST)
    if not _SOONEST < until < _LATEST:
        says = "has not cooled in twenty years" if until >= _LATEST else "has cooled within a day"
        yield Reason(Objection.DEGENERATE, f"It says that a buyer with {repeats + 1} orders in a year {says}.")


def _drifted(fitted: Fitted) -> Iterator[Reason]:
    if fitted.drifted:
        by = ", ".join(f"{100 * math.expm1(drift):+.0f} %" for drift in fitted.drift[-2:])
        limit = f"{100 * math.expm1(-DRIFT):.0f} to {100 * math.expm1(DRIFT):+.0f} %"
        yield Reason(
            Objection.DRIFTED, f"Buyers foretold against buyers, in two windows running: {by} ({limit} is usual)."
        )


def _worse(losses: Losses | None) -> Iterator[Reason]:
    if losses is None or losses.new <= losses.standing * WORSE:
        return
    figures = f"{losses.new:.4f} against {losses.standing:.4f}"
    yield Reason(
        Objection.WORSE, f"Its log loss on the newest window is higher than that of the fit in force: {figures}."
    )
