"""A coupon: where its codes come from, what they are worth, how long they stand. Data, validated once. Pure.

    {"name": "win-back-10", "title": "10 % to come back", "codes": {"kind": "pool", "low": 100},
     "discount": {"percent": 10}, "valid_for": "P14D"}

`codes` is one of:

    {"kind": "pool"}                       unique codes that were uploaded: the shop made them and knows them
    {"kind": "unique", "prefix": "WIN-"}   unique codes that are made here; the shop asks GET /v1/codes/{code}
    {"kind": "shared", "code": "SPRING"}   one code for everybody
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StrictBool, model_validator

from chalicelib import times
from chalicelib.journeys.coupons.letters import is_code, normal
from chalicelib.segments.fields import Definition, Duration, Name, Number, Title
from chalicelib.segments.problems import objection, validated


def written(value: object) -> object:
    """A time is written as text: a number says not of which zone it is, nor whether of seconds."""
    if not isinstance(value, str | datetime):
        raise objection("time", "This is not a time", "Write it with its zone: 2026-12-24T18:00:00Z.")
    return value


def _code(value: str) -> str:
    if not is_code(value):
        raise objection("code", "This is no code", "Use 3 to 40 letters, digits, - and _.")
    return normal(value)


class Pool(Definition):
    """Uploaded codes. low: below so many a warning is given."""

    kind: Literal["pool"]
    low: int = Field(100, ge=0, le=1_000_000)


class Unique(Definition):
    """Codes made here: the prefix, and eight letters and digits that cannot be mistaken for each other."""

    kind: Literal["unique"]
    prefix: Annotated[str, Field(max_length=20, pattern=r"^([A-Z0-9]([A-Z0-9_-]*))?$")] = ""


class Shared(Definition):
    """One code for everybody."""

    kind: Literal["shared"]
    code: Annotated[str, AfterValidator(_code)]


class Discount(Definition):
    """What a code is worth: a share of the order, or an amount in a currency. For templates; the shop reckons."""

    percent: Number | None = Field(None, gt=0, le=100)
    amount: Number | None = Field(None, gt=0)
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Discount:
        if (self.percent is None) == (self.amount is None) or (self.amount is None) != (self.currency is None):
            hint = 'Write {"percent": 10} or {"amount": 5, "currency": "EUR"}.'
            raise objection("discount", "This does not say one worth", hint)
        return self

    def worth(self) -> dict[str, Any]:
        """As it is kept with a code: `{"percent": Decimal("10")}`."""
        held = {"percent": self.percent, "amount": self.amount, "currency": self.currency}
        return {name: value for name, value in held.items() if value is not None}


class Coupon(Definition):
    """One version of a coupon.

    valid_for: how long a code stands after it was given. until: after that day nothing is given, and no code stands.
    again:     after so long the same person gets another code in the same journey (birthdays); never, if not given.
    paused:    nothing is given for now. Messages that need a code wait.
    """

    name: Name
    title: Title
    codes: Annotated[Pool | Unique | Shared, Field(discriminator="kind")]
    discount: Discount | None = None
    valid_for: Duration | None = None
    until: Annotated[AwareDatetime, BeforeValidator(written)] | None = None
    again: Duration | None = None
    paused: StrictBool = False

    def expires_at(self, given_at: datetime) -> datetime | None:
        """When a code that is given at a moment ends to stand; None for never."""
        ends = [end for end in (self._ends_after(given_at), self.until) if end is not None]
        return min(ends, default=None)

    def is_over(self, now: datetime) -> bool:
        """Whether its last moment is past."""
        return self.until is not None and now >= self.until

    def is_due_again(self, given_at: datetime, now: datetime) -> bool:
        """Whether somebody who was given a code at that time gets another one."""
        return self.again is not None and now - given_at >= self.again

    def _ends_after(self, given_at: datetime) -> datetime | None:
        span: timedelta | None = self.valid_for
        return None if span is None else times.whole_milliseconds(given_at + span)

    def body(self) -> dict[str, Any]:
        """The definition as canonical JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def parse(raw: object) -> Coupon:
    """A coupon from JSON. Raises Invalid with every problem found."""
    return validated(Coupon, raw)
