"""What shops say of their products by webhook, read into the catalogue's words. Pure.

    Shopify       products/create, products/update, products/delete
    WooCommerce   product.created, product.updated, product.restored, product.deleted

Such a delivery concerns no person: it is stored as an event of the source itself (`s#<source>`), and the projector,
which counts nothing from it, hands it on to here. Anything unusable is no product, and nothing is raised for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from chalicelib.customers.money import amount, currency_code
from chalicelib.products.product import LONGEST_ID, LONGEST_TITLE, LONGEST_URL, Product
from chalicelib.tracking.event import Event
from chalicelib.tracking.given import id_text, mapping, mappings, text

Body = Mapping[str, Any]
_CENT: Final = Decimal("0.01")


def product_of(event: Event) -> Product | None:
    """The product that an event of a source tells of; None for any other event."""
    read = _READERS.get(event.name.strip().casefold()) if event.of_source else None
    id = id_text(event.properties.get("id")) if read else None
    if read is None or id is None or len(id) > LONGEST_ID:
        return None
    return Product(id=id, at=event.at, source=event.source, **read(event.properties))


def tells(name: str) -> bool:
    """Whether events of this name tell of products."""
    return name.strip().casefold() in _READERS


def _shopify(body: Body) -> dict[str, Any]:
    variants = mappings(body.get("variants"))
    images = [mapping(body.get("image")), *mappings(body.get("images"))]
    handle = _line(body.get("handle"))
    return {
        "title": _line(body.get("title")),
        "url": f"/products/{handle}" if handle else "",
        "image": _link(each.get("src") for each in images),
        "price": _least(each.get("price") for each in variants),
        "category": _line(body.get("product_type") or mapping(body.get("category")).get("name")),
        "available": body.get("status") in (None, "active")
        and bool(body.get("published_at"))
        and (not variants or any(map(_in_stock, variants))),
    }


def _in_stock(variant: Body) -> bool:
    """Whether a variant of Shopify's can be bought: it is in stock, not counted, or sold beyond the stock."""
    quantity = variant.get("inventory_quantity")
    uncounted = "inventory_management" in variant and variant["inventory_management"] is None
    return uncounted or variant.get("inventory_policy") == "continue" or not isinstance(quantity, int) or quantity > 0


def _woocommerce(body: Body) -> dict[str, Any]:
    categories = mappings(body.get("categories"))
    return {
        "title": _line(body.get("name")),
        "url": _link([body.get("permalink")]),
        "image": _link(each.get("src") for each in mappings(body.get("images"))),
        "price": _least([body.get("price")]),
        "currency": currency_code(body.get("currency")) or "",
        "category": _line(categories[0].get("name")) if categories else "",
        "available": body.get("status") in (None, "publish")
        and body.get("stock_status") != "outofstock"
        and body.get("catalog_visibility") != "hidden",
    }


def _gone(body: Body) -> dict[str, Any]:
    return {"gone": True, "available": False}


_READERS: Final[Mapping[str, Callable[[Body], dict[str, Any]]]] = {
    "products/create": _shopify,
    "products/update": _shopify,
    "products/delete": _gone,
    "product.created": _woocommerce,
    "product.updated": _woocommerce,
    "product.restored": _woocommerce,
    "product.deleted": _gone,
}


def _line(value: object) -> str:
    """One line of text, not too long; empty for what is none."""
    return " ".join((text(value) or "").split())[:LONGEST_TITLE]


def _link(values: Iterable[object]) -> str:
    """The first that is an address of the web."""
    found = (value.strip() for value in values if isinstance(value, str))
    return next((url for url in found if is_web(url)), "")


def is_web(url: str) -> bool:
    """Whether an address may stand in a message: of the web, in one piece, not too long."""
    return url.startswith(("https://", "http://")) and len(url) <= LONGEST_URL and not set(url) & set(" \"'<>\n\r\t")


def _least(values: Iterable[object]) -> Decimal | None:
    least = min((price for price in map(amount, values) if price is not None and price >= 0), default=None)
    return least.quantize(_CENT) if least is not None and least == least.quantize(_CENT) else least
