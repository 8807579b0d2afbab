"""The workspace's settings: what its owner decides once, for everybody, by `PUT /v1/settings/{name}`.

One model for each name. Every field has a default, so a workspace that never decided anything has all of them; unknown
fields are errors. To add a setting: write its model where its subject is at home, and name it in SETTINGS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.retention import Retention

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MOST: Final = 200
_LARGEST: Final = Decimal(10) ** 12
_FINEST: Final = -12  # the exponent of the last digit that is kept


class Setting(BaseModel):
    """The base of every setting: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def objection(kind: str, problem: str, hint: str) -> PydanticCustomError:
    """What a validator raises, with a hint of what to do. The texts are taken as they stand."""
    return PydanticCustomError(kind, "{problem}", {"problem": problem, "hint": hint})


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

    report: Currency | None = Field(
        None, description="The currency of reports and stages. Null: each customer's own, and nothing is converted."
    )
    rates: dict[Currency, Amount] = Field(
        default={}, max_length=_MOST, description='What one unit is worth in `report`: {"USD": "0.92"}.'
    )
    unnamed: Currency | None = Field(None, description="The currency of orders that name none; null: that of `report`.")


class Tier(Setting):
    """Where prices of a category begin to be middling, and where high; in the currency of reports."""

    mid: Amount
    high: Amount


class PriceTiers(Setting):
    """What is cheap and what is dear here. Without them categories of interest show a mean price and no tier."""

    default: Tier | None = Field(None, description="For every category that has none of its own.")
    categories: dict[Annotated[str, Field(min_length=1, max_length=200)], Tier] = Field(
        default={}, max_length=_MOST, description="By category, as events name it; case does not matter."
    )


SETTINGS: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "consent": ConsentSettings,
        "currencies": Currencies,
        "price_tiers": PriceTiers,
        "retention": Retention,
    }
)
"""Every setting by its name in the API."""


def name_of(model: type[BaseModel]) -> str:
    """The name of a setting's model. KeyError for a model that is none."""
    for name, known in SETTINGS.items():
        if known is model:
            return name
    raise KeyError(f"{model.__name__} is not among the settings")


def body_of(setting: BaseModel) -> dict[str, Any]:
    """A setting as JSON, every default written out."""
    return setting.model_dump(mode="json", by_alias=True)
