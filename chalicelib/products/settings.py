"""What the workspace says of its catalogue."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from chalicelib.customers.money import currency_code
from chalicelib.customers.setting import Setting, objection
from chalicelib.products.told import is_web


class Catalogue(Setting):
    """How products are shown that a shop tells of by webhook. Shopify names neither its address nor its currency."""

    name: ClassVar[str] = "products"

    currency: str = Field("", max_length=3, description="Of prices that name none: three letters; empty for unknown.")
    shops: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        description="The public address of the shop behind a webhook source, by the source's name: "
        '`{"shopify": "https://shop.example"}`. Products that name only a path are linked there.',
    )

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, value: str) -> str:
        if value and currency_code(value) is None:
            raise objection("currency", "This is no currency", "Use the three letters of ISO 4217: EUR.")
        return value.upper()

    @field_validator("shops")
    @classmethod
    def _are_addresses(cls, value: dict[str, str]) -> dict[str, str]:
        if wrong := [url for url in value.values() if not is_web(url)]:
            raise objection("shops", f"This is no address of the web: {wrong[0][:100]}", "Use https://shop.example.")
        return {source: url.rstrip("/") for source, url in value.items()}
