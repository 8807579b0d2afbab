"""The book of recommendations: made once a night, one item that a container reads once. Pure.

It knows the products that most people bought or looked at, the nearest neighbours of each, and the bestsellers. What
is not among them has no neighbours here; for whoever is interested in nothing else there are bestsellers.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.products.neighbours import Near, best, neighbours
from chalicelib.products.together import Watcher

FORM: Final = 1
MOST: Final = 8_000  # products
BESTSELLERS: Final = 100
LARGEST: Final = 360_000  # bytes: an item may have 400 KB
_UNIT: Final = 1_000

_NONE: Final[Mapping[str, Sequence[Near]]] = {}


@dataclass(frozen=True)
class Book:
    """`bought`, `viewed`: the neighbours of each product, the nearest first. bestsellers: the best first.

    baskets: from how many it was made. floor: by how much a pair's weight may be too small (together.py).
    """

    as_of: datetime
    bestsellers: Sequence[str] = ()
    bought: Mapping[str, Sequence[Near]] = field(default_factory=lambda: _NONE)
    viewed: Mapping[str, Sequence[Near]] = field(default_factory=lambda: _NONE)
    baskets: int = 0
    floor: float = 0.0


def bound(seen: Watcher, now: datetime, most: int = MOST) -> Book:
    """The book of what was seen. Bestsellers are what is bought; where nothing is, what is looked at."""
    weights = seen.bought if seen.bought.singles else seen.viewed
    return Book(
        as_of=now,
        bestsellers=tuple(best(weights, BESTSELLERS)),
        bought=neighbours(seen.bought, best(seen.bought, most)),
        viewed=neighbours(seen.viewed, best(seen.viewed, most)),
        baskets=seen.bought.baskets + seen.viewed.baskets,
        floor=max(seen.bought.floor, seen.viewed.floor),
    )


def fitting(seen: Watcher, now: datetime, largest: int = LARGEST) -> tuple[Book, bytes]:
    """The book and its stored form, of fewer products until it fits into one item."""
    most = MOST
    while len(packed := pack(book := bound(seen, now, most))) > largest and most > 1:
        most //= 2
    return book, packed


def pack(book: Book) -> bytes:
    """Ids once, then their places; nearness in thousandths."""
    ids = list(dict.fromkeys([*book.bestsellers, *book.bought, *book.viewed]))
    places = {id: place for place, id in enumerate(ids)}

    def listed(near: Mapping[str, Sequence[Near]]) -> dict[int, list[int]]:
        return {
            places[id]: [number for worth, other in found for number in (places[other], round(worth * _UNIT))]
            for id, found in near.items()
        }

    held = {
        "form": FORM,
        "as_of": times.text(book.as_of),
        "ids": ids,
        "best": len(book.bestsellers),
        "bought": listed(book.bought),
        "viewed": listed(book.viewed),
        "baskets": book.baskets,
        "floor": round(book.floor, 3),
    }
    return zlib.compress(to_json(held), 9)


def unpack(held: bytes) -> Book | None:
    """What `pack` wrote; None for the form of another release."""
    said: Any = from_json(zlib.decompress(held))
    if said.get("form") != FORM:
        return None
    ids: list[str] = said["ids"]

    def near(listed: Mapping[str, list[int]]) -> dict[str, list[Near]]:
        return {
            ids[int(place)]: [(worth / _UNIT, ids[other]) for other, worth in zip(each[::2], each[1::2], strict=True)]
            for place, each in listed.items()
        }

    return Book(
        as_of=times.parse(said["as_of"]),
        bestsellers=tuple(ids[: said["best"]]),
        bought=near(said["bought"]),
        viewed=near(said["viewed"]),
        baskets=said["baskets"],
        floor=said["floor"],
    )
