"""What a journey is there for, and what it may cost: said once, read by reports, rehearsal and playbooks. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.segments.fields import Definition, Number, Some
from chalicelib.segments.rule import Stages

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Phase = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$", max_length=130)]
Amount = Annotated[Number, Field(ge=Decimal(0))]


class Serves(Definition):
    """Whom the journey is for: `stages`, and `phases` of frames (`race/convert`); and `activity`, what kind of thing it
    does, in one word: welcome, nurture, recover, thank, replenish, upsell, refer, celebrate, win_back, review."""

    stages: Stages | None = None
    phases: Some[Phase] | None = None
    activity: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")] | None = None


class Budget(Definition):
    """How much all of the journey may cost: messages, coupons, calls."""

    amount: Amount
    currency: Currency


class Cost(Definition):
    """What each message costs its sender beside the sending: a call, a printed card, the goods of a coupon."""

    per_message: Amount
    currency: Currency
