"""The scores with everything they were computed from: the same functions as the judgement's, asked step by step. Pure.

Spans are weeks, the model's unit; chances lie in [0, 1]. What played no part is not shown: without a fit there is no
calibration, without a contract no renewal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.lifecycle.contract import contracts_of, scores, speak
from chalicelib.lifecycle.explain.acts import Situation
from chalicelib.lifecycle.explain.figures import Score, figure, figures
from chalicelib.lifecycle.explain.voice import Voice
from chalicelib.lifecycle.figures import Calibration
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reading import Reading, read
from chalicelib.lifecycle.risk import Buyer
from chalicelib.lifecycle.score import buys, expected_occasions, occasion_value
from chalicelib.lifecycle.stage import Judgement
from chalicelib.times import milliseconds


def told(judgement: Judgement, situation: Situation, voice: Voice, now: datetime) -> list[Score]:
    """Churn risk, warmth and expected value, as far as there are any."""
    p = situation.parameters
    reading = read(situation.facts, situation.identified, p.exchange)
    buyer = reading.buyer(p) if reading.orders else None
    paid = _paid(reading, p, milliseconds(now))
    horizon: dict[str, Any] = {"horizon_days": p.horizon_days}
    span: dict[str, Any] = {"value_days": p.value_days, **_reckoned(p)}
    model = _model(reading, buyer, p.fitted, now) if buyer else {}
    found = {
        "churn_risk": horizon | (_renewals(reading, p) if paid else model | _chances(reading, buyer, p, now)),
        "warmth": horizon | model | _warmth(buyer, reading, now),
        "expected_value": span | _value(reading, buyer, p, now) | ({"contract_worth": paid[1]} if paid else {}),
    }
    return [
        Score(
            name,
            figure(name, value, voice),
            voice.say(voice.language.said[name], {name: value, **inputs}),
            figures(inputs, voice),
        )
        for name, inputs in found.items()
        if (value := getattr(judgement, name)) is not None
    ]


def _reckoned(p: Parameters) -> dict[str, Any]:
    """What part of revenue is value, where it is not all of it."""
    whole = Parameters()
    return {name: held for name in ("margin", "yearly_discount") if (held := getattr(p, name)) != getattr(whole, name)}


def _paid(reading: Reading, p: Parameters, now: int) -> tuple[float, float] | None:
    """(risk, value) of the contracts, where they decide."""
    contracts = contracts_of(reading, p) if reading.contracts else ()
    return scores(contracts, p, now) if contracts and speak(contracts, reading) else None


def _renewals(reading: Reading, p: Parameters) -> dict[str, Any]:
    renewals = p.fitted.renewals
    most = max(contract.renewed for contract in contracts_of(reading, p))
    return {"renewals": most, "renewals_alpha": renewals.alpha, "renewals_beta": renewals.beta}


def _model(reading: Reading, buyer: Buyer, fitted: Fitted, now: datetime) -> dict[str, Any]:
    """What the model was asked with."""
    silence, model = reading.silence(milliseconds(now)), fitted.model
    return {
        "repeats": buyer.repeats,
        "first_to_last_weeks": buyer.spread,
        "first_to_now_weeks": buyer.spread + silence,
        "silent_weeks": silence,
        "model_r": model.r,
        "model_alpha_weeks": model.alpha,
        "model_a": model.a,
        "model_b": model.b,
    }


def _chances(reading: Reading, buyer: Buyer | None, p: Parameters, now: datetime) -> dict[str, Any]:
    """The chance to buy, from what the model says alone to what is shown: 1 - churn risk is the last of them."""
    if buyer is None:
        return {}
    silence, fitted = reading.silence(milliseconds(now)), p.fitted
    mean = _mean(reading)
    found: dict[str, Any] = {"alive_chance": buyer.alive(silence), "model_chance": buyer.buys(silence)}
    if fitted.calibration != Calibration():
        found["calibrated_chance"] = buys(replace(fitted, regression=None), buyer, silence, mean)
    if fitted.regression is not None:
        found["regression_share_chance"] = fitted.regression.share
        found["averaged_chance"] = buys(fitted, buyer, silence, mean)
    return found


def _warmth(buyer: Buyer | None, reading: Reading, now: datetime) -> dict[str, Any]:
    if buyer is None:
        return {}
    return {"model_chance": buyer.buys(reading.silence(milliseconds(now))), "last_chance": buyer.buys(0.0)}


def _value(reading: Reading, buyer: Buyer | None, p: Parameters, now: datetime) -> dict[str, Any]:
    if buyer is None:
        return {}
    known = p.fitted.value
    silence = reading.silence(milliseconds(now))
    chance = buys(p.fitted, buyer, silence, _mean(reading))
    found: dict[str, Any] = {
        "expected_orders": expected_occasions(buyer, silence, p.value_days / 7, chance),
        "each_worth": occasion_value(p.fitted, reading.episodes, reading.revenue),
        "mean_worth": _mean(reading),
    }
    if known.typical is not None:
        found |= {"typical_worth": known.typical, "typical_weight": known.weight}
    return found


def _mean(reading: Reading) -> float:
    return max(0.0, reading.revenue) / reading.episodes if reading.episodes else 0.0
