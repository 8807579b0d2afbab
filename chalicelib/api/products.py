"""The catalogue of products, and what would be recommended to somebody. What it does is in docs/PRODUCTS.md."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from chalicelib import wiring
from chalicelib.api.http import Request, Routes, bad_cursor, opened, sealed
from chalicelib.api.product_models import (
    Feed,
    GivenProduct,
    Kept,
    Products,
    ProductsQuery,
    ProductState,
    Recommendations,
    RecommendationsQuery,
    Recommended,
)
from chalicelib.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.products.product import Product

READ: Final = "products:read"
WRITE: Final = "products:write"

routes: Final = Routes("products")


@routes.endpoint(
    "GET", "/v1/products", scope=READ, query=ProductsQuery, response=Products, problems=("invalid_cursor",)
)
def list_products(request: Request) -> Products:
    """The products of the catalogue by id; deleted ones are left out."""
    query = request.parameters(ProductsQuery)
    try:
        after = opened(query.cursor) if query.cursor else ""
    except ValueError as bad:
        raise bad_cursor() from bad
    found = wiring.perennial().products.page(query.limit, after)
    cursor = sealed(found[-1].id) if len(found) == query.limit else None
    return Products(products=[_state(each) for each in found if not each.gone], cursor=cursor)


@routes.endpoint("PUT", "/v1/products", scope=WRITE, request=Feed, response=Kept)
def put_products(request: Request) -> Kept:
    """Put up to 500 products into the catalogue, new or in the place of what is known of them.

    Putting the same again is safe. Shops that post webhooks (Shopify, WooCommerce) need not call this: what they tell
    of their products is followed.
    """
    perennial = wiring.perennial()
    given, now = request.json(Feed).products, perennial.now()
    counts = perennial.products.keep(_product(each, now) for each in given)
    return Kept(stored=counts["stored"], older=counts["older"])


@routes.endpoint("GET", "/v1/products/{product}", scope=READ, response=ProductState, problems=("product_not_found",))
def read_product(request: Request) -> ProductState:
    """One product."""
    return _state(_found(request))


@routes.endpoint(
    "DELETE", "/v1/products/{product}", scope=WRITE, response=ProductState, problems=("product_not_found",)
)
def delete_product(request: Request) -> ProductState:
    """Take a product out: it is recommended no more. Answers with what it was."""
    from chalicelib.products.product import Product

    standing, perennial = _found(request), wiring.perennial()
    at = max(perennial.now(), standing.at + timedelta(milliseconds=1))
    perennial.products.keep([Product(id=standing.id, at=at, available=False, gone=True)])
    return _state(standing)


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}/recommendations",
    scope=READ,
    query=RecommendationsQuery,
    response=Recommendations,
    problems=("customer_not_found",),
)
def recommend(request: Request) -> Recommendations:
    """What a message would recommend to a customer now, and why.

    What goes together is counted every night; whether a product can be had is asked now.
    """
    from chalicelib.api.whom import state_of

    query, perennial = request.parameters(RecommendationsQuery), wiring.perennial()
    facts = state_of(request.path["customer"]).facts
    found = perennial.recommender.products(facts, query.most, perennial.now(), locale=query.locale)
    return Recommendations(products=[Recommended(**{**each, "price": _money(each.get("price"))}) for each in found])


def _found(request: Request) -> Product:
    from chalicelib.products.product import LONGEST_ID

    id = request.path["product"]
    found = wiring.perennial().products.get(id) if 0 < len(id) <= LONGEST_ID else None
    if found is None or found.gone:
        raise Refused(404, "product_not_found", "There is no product of this id in the catalogue.")
    return found


def _product(given: GivenProduct, now: datetime) -> Product:
    from chalicelib.products.product import Product

    return Product(
        id=given.id,
        at=min(given.at or now, now),
        title=" ".join(given.title.split()),
        titles={tag.lower().replace("_", "-"): " ".join(title.split()) for tag, title in given.titles.items()},
        url=given.url,
        image=given.image,
        price=given.price,
        currency=given.currency.upper(),
        category=given.category.strip(),
        available=given.available,
    )


def _state(product: Product) -> ProductState:
    return ProductState(
        id=product.id,
        title=product.title,
        titles=dict(product.titles),
        url=product.url,
        image=product.image,
        price=_money(product.price),
        currency=product.currency,
        category=product.category,
        available=product.available,
        at=product.at,
        source=product.source,
    )


def _money(price: object) -> str | None:
    return None if price is None else format(price, "f")
