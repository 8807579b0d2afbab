"""The catalogue follows what shops tell by webhook: whoever passes over the events of sources hands them to here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from chalicelib.products.store import ProductStore
from chalicelib.products.told import product_of
from chalicelib.tracking.event import Event


def follow(events: Iterable[Event], products: ProductStore) -> Counter[str]:
    """Keep what these events tell of products; how many (`stored`, `older`). Safe to repeat. Transient: again."""
    told = [product for product in map(product_of, events) if product is not None]
    return products.keep(told) if told else Counter()
