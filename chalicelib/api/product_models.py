"""What is asked and answered about products."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.tracking.event import Moment as Said

MOST: int = 500  # products in one call


def written(value: object) -> object:
    """A time is written as text: a number does not say of what."""
    if not isinstance(value, str):
        raise ValueError("write a time with its zone: 2026-12-24T18:00:00Z")
    return value


Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[!-~]([ -~]*[!-~])?$")]
Address = Annotated[str, Field(max_length=1_000, pattern=r"^(https?://[^\s\"'<>]+|/[^\s\"'<>]*|)$")]
Title = Annotated[str, Field(max_length=250)]


class ProductsQuery(Strict):
    """Which part of the list."""

    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=100, description="The `cursor` of the page before.")


class GivenProduct(Strict):
    """One product, as it is now: what is left out is empty, not as before."""

    id: Id = Field(description="As orders and pages name it: `product_id`, else `sku`.")
    title: Title = Field(min_length=1)
    titles: dict[Annotated[str, Field(min_length=2, max_length=20)], Title] = Field(
        default_factory=dict, max_length=20, description='Titles in other languages, by tag: `{"it": "Lanterna"}`.'
    )
    url: Address = Field("", description="Where it is sold.")
    image: Address = Field("", description="Its picture.")
    price: Decimal | None = Field(None, ge=0, lt=1_000_000_000, max_digits=13, decimal_places=4)
    currency: Annotated[str, Field(pattern="^([A-Za-z]{3})?$")] = Field(
        "", description="Of the price; the workspace's (setting `products`), if none is named."
    )
    category: str = Field("", max_length=250)
    available: StrictBool = Field(True, description="False while it is sold out: it is not recommended then.")
    at: Annotated[Said, BeforeValidator(written)] | None = Field(
        None, description="Since when it is so: an older word changes nothing. Now, if not given."
    )


class Feed(Strict):
    """Products to put into the catalogue."""

    products: list[GivenProduct] = Field(min_length=1, max_length=MOST)


class Kept(Model):
    """What became of a feed."""

    stored: int
    older: int = Field(description="Left as they were, because what is known of them is newer.")


class ProductState(Model):
    """A product in the catalogue."""

    id: str
    title: str
    titles: dict[str, str]
    url: str
    image: str
    price: str | None
    currency: str
    category: str
    available: bool
    at: Moment = Field(description="Since when it is so, by the shop's own word.")
    source: str = Field(description="Who said so: `api`, or a webhook source.")


class Products(Model):
    """A page of the catalogue by id; `cursor` asks for the next, null at the end."""

    products: list[ProductState]
    cursor: str | None


class RecommendationsQuery(Strict):
    """How many, and in which language."""

    most: int = Field(6, ge=1, le=24)
    locale: str | None = Field(None, max_length=20, description="Of the titles: `it-CH`. The plain title otherwise.")


class Recommended(Model):
    """A product as templates see it, and why it is recommended."""

    id: str
    title: str
    url: str | None = None
    image: str | None = None
    price: str | None = None
    currency: str | None = None
    category: str | None = None
    because: Literal["bought_together", "viewed_together", "bestseller"]


class Recommendations(Model):
    """What would be shown to a customer now, the best first."""

    products: list[Recommended]
