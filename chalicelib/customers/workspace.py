"""How the workspace reads money: the settings `currencies` and `price_tiers`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from chalicelib.customers.setting import Setting, Values, objection

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MOST: Final = 200
_LARGEST: Final = Decimal(10) ** 12
_FINEST: Final = -12  # the exponent of the last digit that is kept


def _currency(value: str) -> str:
    if not _CURRENCY.fullmatch(value):
        raise objection("currency", "This is no currency", "Write its three capital letters (ISO 4217): EUR.")
    return value


def _positive(value: object) -> Decimal:
    number: Decimal | None = None
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool) and len(str(value)) <= 40:
        text = str(value).strip()
        number = Decimal(text) if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) else None
    if number is None or not 0 < number < _LARGEST or int(number.normalize().as_tuple().exponent) < _FINEST:
        raise objection("amount", "This is no positive amount", 'Write a decimal number as text: "0.92".')
    return number


Currency = Annotated[str, AfterValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Amount = Annotated[
    Decimal,
    BeforeValidator(_positive),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str),
    WithJsonSchema({"type": "string", "examples": ["0.92"]}),
]
"""A positive amount, written as decimal text, so that no reader rounds it."""


class Currencies(Setting):
    """How amounts in several currencies become one figure."""

    name: ClassVar[str] = "currencies"

    report: Currency | None = Field(
        None, description="The currency of reports and stages. Null: each customer's own, and nothing is converted."
    )
    rates: dict[Currency, Amount] = Field(
        default={}, max_length=_MOST, description='What one unit is worth in `report`: {"USD": "0.92"}.'
    )
    unnamed: Currency | None = Field(None, description="The currency of orders that name none; null: that of `report`.")


class Tier(Values):
    """Where prices of a category begin to be middling, and where high; in the currency of reports."""

    mid: Amount
    high: Amount


class PriceTiers(Setting):
    """What is cheap and what is dear here. Without them categories of interest show a mean price and no tier."""

    name: ClassVar[str] = "price_tiers"

    default: Tier | None = Field(None, description="For every category that has none of its own.")
    categories: dict[Annotated[str, Field(min_length=1, max_length=200)], Tier] = Field(
        default={}, max_length=_MOST, description="By category, as events name it; case does not matter."
    )
