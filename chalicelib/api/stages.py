"""Where a customer or an account stands, as the API shows it: one form for both, judged now by the code that judges
always."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import Field

from chalicelib.api.answers import Model, Moment
from chalicelib.lifecycle.rules import Stage

if TYPE_CHECKING:
    from chalicelib.customers.accounts.account import Account
    from chalicelib.customers.facts import Facts
    from chalicelib.customers.state import State
    from chalicelib.lifecycle.frame import Frame
    from chalicelib.lifecycle.parameters import Parameters
    from chalicelib.lifecycle.stage import Judgement
    from chalicelib.lifecycle.stage import OpenIntent as Open


class Reason(Model):
    """A rule that fired, the customer's values, and the thresholds they were held against."""

    rule: str
    values: dict[str, Any]
    thresholds: dict[str, Any]
    sentence: str


class Change(Model):
    """What happens by time alone."""

    at: Moment
    stage: Stage


class Amount(Model):
    """An amount in one currency; null: none was named."""

    amount: Decimal
    currency: str | None


class OpenIntent(Model):
    """Something begun and not finished: a cart, a checkout, a trial, a quote. It stands beside the stage."""

    kind: str
    what: str | None
    worth: list[Amount]
    since: Moment
    last_at: Moment
    idle_at: Moment = Field(description="From when on it counts as left alone, if nothing is done.")
    expires: Moment


class NextOrder(Model):
    """When the next order is expected, if there is one; four in five come between `early` and `late`."""

    at: Moment
    early: Moment
    late: Moment


class Standing(Model):
    """Where somebody stands, why, and until when if nothing happens."""

    stage: Stage
    since: Moment
    reasons: list[Reason]
    next_change: Change | None
    outlook: str = Field(description="The next change in words.")
    churn_risk: float | None = Field(
        description="1 - P(buys within 91 days), now; of a subscriber, that no contract is left then. Null without "
        "an order or a contract."
    )
    warmth: float | None = Field(description="P(buys) now over P(buys) at the last order; null without an order.")
    expected_value: float | None = Field(
        description="Expected revenue of the next year, in `orders.currency`; times `margin`, and discounted, if the "
        "setting `lifecycle` says so."
    )
    open_intents: list[OpenIntent] = Field(description="The one last touched first.")
    next_order: NextOrder | None = Field(description="Only from the third buying occasion on.")
    overdue_at: Moment | None = Field(description="From when on the silence is longer than the usual waits.")
    reactivated_at: Moment | None = Field(
        description="When they last came back, by something done, from At risk or Lost."
    )
    frames: dict[str, str] = Field(description="The phase in each frame, by the frame's name: docs/LIFECYCLE.md.")


def standing(
    facts: Facts,
    identified: bool,
    held: State | Account,
    parameters: Parameters,
    frames: Mapping[str, Frame],
    now: datetime,
) -> Standing:
    """Where somebody with these facts stands now. `held`: as the last judgement was stored."""
    from chalicelib.lifecycle import explain
    from chalicelib.lifecycle.frame import phase_by, signs
    from chalicelib.lifecycle.stage import judge

    judged = judge(facts, identified, parameters, now)
    seen = signs(judged.stage, facts)
    return Standing(
        stage=judged.stage,
        since=since_of(held, judged, now),
        reasons=[Reason(**reason.as_dict(), sentence=explain.sentence(reason)) for reason in judged.reasons],
        next_change=change_of(judged),
        outlook=explain.outlook(judged),
        churn_risk=judged.churn_risk,
        warmth=judged.warmth,
        expected_value=judged.expected_value,
        open_intents=[open_intent(one) for one in judged.open_intents],
        next_order=next_order_of(judged),
        overdue_at=judged.overdue_at,
        reactivated_at=held.reactivated_at,
        frames={name: phase_by(frame, judged.stage, seen) for name, frame in frames.items()},
    )


def since_of(held: State | Account, judged: Judgement, now: datetime) -> datetime:
    """Since when somebody stands where she is judged to stand: as it is stored, unless time has changed it since."""
    if held.stage == judged.stage and held.stage_since is not None:
        return held.stage_since
    return held.next_at or now


def cause_of(held: State | Account, stage: Stage, cause: str | None) -> str:
    """Why she came there. `cause`: of the stage that is stored; None for the first."""
    return (cause or "first") if held.stage == stage else "time"


def change_of(judged: Judgement) -> Change | None:
    """What happens by time alone, if anything."""
    if judged.next_at is None or judged.next_stage is None:
        return None
    return Change(at=judged.next_at, stage=judged.next_stage)


def open_intent(said: Open) -> OpenIntent:
    """An open intent as the API shows it."""
    return OpenIntent(
        kind=said.kind,
        what=said.what,
        worth=[Amount(amount=amount, currency=currency or None) for currency, amount in said.worth.items()],
        since=said.since,
        last_at=said.last_at,
        idle_at=said.idle_at,
        expires=said.expires,
    )


def next_order_of(judged: Judgement) -> NextOrder | None:
    """When the next order is expected, if that can be told."""
    expected = judged.next_order
    return NextOrder(at=expected.at, early=expected.early, late=expected.late) if expected else None
