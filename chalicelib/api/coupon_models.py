"""What is asked and answered about coupons, codes and referrals."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.answers import Model, Strict
from chalicelib.api.definition_models import DefinitionState

MOST: int = 5_000  # codes in one call


class CouponDefinition(Model):
    """A coupon; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from chalicelib.journeys.coupons.coupon import Coupon

        return _nameless(handler, Coupon)


class ReferralDefinition(Model):
    """A referral programme; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from chalicelib.journeys.referrals.referral import Referral

        return _nameless(handler, Referral)


class CouponState(Model):
    """A coupon, and what came of it so far. Numbers are exact, but lag by moments."""

    state: DefinitionState
    definition: dict[str, Any] = Field(description="The newest version, with every default written out.")
    uploaded: int
    given: int
    left: int | None = Field(description="Codes of the pool that nobody has; null for codes without a pool.")
    low: bool = Field(description="So few are left that the coupon asks for more.")
    redeemed: int = Field(description="Orders that used a code of it.")
    off: dict[str, str] = Field(description="What those orders say was taken off, by currency.")


class ReferralState(Model):
    """A referral programme, and what came of it so far."""

    state: DefinitionState
    definition: dict[str, Any] = Field(description="The newest version, with every default written out.")
    codes: int = Field(description="How many people have a code.")
    credited: int = Field(description="First orders of friends that counted.")
    refused: dict[str, int] = Field(description="Orders that brought nothing, by reason: approximately.")


class CodeUpload(Strict):
    """Codes for a pool."""

    codes: list[Annotated[str, Field(min_length=3, max_length=60)]] = Field(min_length=1, max_length=MOST)


class CodeState(Model):
    """What became of a code."""

    code: str
    campaign: str = Field(description="The coupon, or the referral programme.")
    state: Literal["free", "given", "redeemed", "shared", "referral", "erased"]
    valid: bool = Field(description="Whether a shop should take it now: it was given or is shared, and has not ended.")
    expires_at: str | None
    discount: dict[str, Any] | None = Field(description="What it is worth, as the newest version says.")


class Asking(Strict):
    """Whose code is asked for."""

    customer: str = Field(min_length=1, max_length=200)


class OwnCode(Model):
    """Somebody's own code in a programme."""

    customer: str
    referral: str
    code: str | None = Field(description="Null while it is being made, which takes a moment: ask again.")


class HeldCode(Model):
    """A code that a customer has."""

    kind: Literal["coupon", "referral"]
    campaign: str
    code: str
    journey: str | None
    given_at: str
    expires_at: str | None


class Credit(Model):
    """What a friend's first order brought a customer."""

    referral: str
    at: str
    reward: dict[str, Any] | None


class Codes(Model):
    """Every code of a customer, and what she was credited for those that friends used."""

    codes: list[HeldCode]
    credits: list[Credit]


class SpendingState(Model):
    """What a journey has cost so far. Numbers are exact, but lag by moments."""

    journey: str
    budget: str | None = Field(description="How much it may cost; null for no limit: then nothing is counted.")
    spent: str
    currency: str | None
    reached: bool = Field(description="Its messages wait, with the reason `budget_reached`.")
    messages: int = Field(description="How many left, or were about to, since it has a budget.")
    off: dict[str, str] = Field(description="What orders say that its coupons took off, by currency.")
    unconverted: list[str] = Field(description="Currencies that are not in the sum, because they have no rate.")


def _nameless(handler: GetJsonSchemaHandler, model: type[BaseModel]) -> JsonSchemaValue:
    schema = dict(handler.resolve_ref_schema(handler(model.__pydantic_core_schema__)))
    schema["required"] = [name for name in schema["required"] if name != "name"]
    return schema
