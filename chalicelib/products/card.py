"""A product as templates and pages see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.products.product import Product
from chalicelib.products.settings import Catalogue


def card(product: Product, locale: str | None, shown: Catalogue, because: str = "") -> Mapping[str, Any]:
    """`id`, `title`, `url`, `image`, `price`, `currency`, `category`, `because`: what is not known is not there."""
    held = {
        "id": product.id,
        "title": product.title_in(locale),
        "url": _address(product, shown),
        "image": product.image,
        "price": product.price,
        "currency": (product.currency or shown.currency) if product.price is not None else "",
        "category": product.category,
        "because": because,
    }
    return {name: value for name, value in held.items() if value not in ("", None)}


def _address(product: Product, shown: Catalogue) -> str:
    """Where it is sold; empty where only a path is known and the setting does not say of which shop."""
    if not product.url.startswith("/"):
        return product.url
    shop = shown.shops.get(product.source, "")
    return shop + product.url if shop else ""
