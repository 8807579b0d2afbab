"""Products and categories of interest: what somebody looked at, put into the cart and bought, by week.

A cell is one week, one kind of interest and one product, or one category and currency. Bought or added counts once a
week, looking up to nine times; a week ages by a half every four. Since everything ages alike, the order of interests
does not change with time alone.

Kept are 24 cells of products and 24 of categories within 13 weeks of the newest; what was bought outlasts what was only
looked at by four weeks, what was added by one. Which cells stay depends on their names and weeks only, never on how
much is in them: so they are the same in any order of arrival.

The price of a category is the mean of the prices in its cells, each as often as it was seen, in their own currency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from chalicelib.customers import numbers
from chalicelib.customers.money import amount, currency_code
from chalicelib.tracking.event import Event

CELLS: Final = 24
SPAN: Final = 13  # weeks
LONGEST: Final = 60  # characters of a category or a product's id
MOST_PRODUCTS: Final = 50  # of one order

LOOKED, ADDED, BOUGHT = range(3)
_STAYS: Final = (0, 1, 4)  # weeks longer than what was only looked at
_WEIGHT: Final = (1, 5, 10)
_CAP: Final = 9  # looks in a week
_HALF_LIFE: Final = 4  # weeks
_UNIT: Final = Decimal("0.0001")

_KINDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "product viewed": LOOKED,
        "product clicked": LOOKED,
        "product list viewed": LOOKED,
        "product list filtered": LOOKED,
        "product shared": LOOKED,
        "product reviewed": LOOKED,
        "product added": ADDED,
        "product added to wishlist": ADDED,
        "wishlist product added to cart": ADDED,
        "order completed": BOUGHT,
        "completed order": BOUGHT,
    }
)


class Cell(NamedTuple):
    """Which cell: the week (ordinal of its days over seven), the kind, the product or category, and its currency."""

    week: int
    kind: int
    name: str
    currency: str = ""

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """By this order the last stay."""
        return self.week + _STAYS[self.kind], self.kind, self.name, self.currency


class Held(NamedTuple):
    """What is in it: how often (at most nine), and of those with a price how many and their sum, in 1/10,000."""

    times: int
    priced: int = 0
    units: int = 0

    def plus(self, other: Held) -> Held:
        """Both together."""
        return Held(min(_CAP, self.times + other.times), self.priced + other.priced, self.units + other.units)


_NONE: Final[Mapping[Cell, Held]] = MappingProxyType({})


@dataclass(frozen=True)
class Interests:
    """The cells of products and of categories."""

    products: Mapping[Cell, Held] = field(default_factory=lambda: _NONE)
    categories: Mapping[Cell, Held] = field(default_factory=lambda: _NONE)

    def top_products(self, limit: int = 10) -> list[tuple[str, float]]:
        """Ids of products and how much they interest, the most first; 1 is one look in the newest week."""
        return _ranked(self.products)[:limit]

    def top_categories(self, limit: int = 10) -> list[tuple[str, float]]:
        """Categories likewise."""
        return _ranked(self.categories)[:limit]

    def mean_price(self, category: str, rate: Callable[[str], Decimal | None]) -> Decimal | None:
        """The mean price of what was looked at, added and bought in a category, in the currency that `rate` converts
        to; None if no price is known that can be converted."""
        count, total = 0, Decimal(0)
        for cell, held in self.categories.items():
            worth = rate(cell.currency) if cell.name == category and held.priced else None
            if worth is not None:
                count, total = count + held.priced, total + held.units * _UNIT * worth
        return (total / count).quantize(_UNIT) if count else None


class Draft:
    """Interests that are being added to."""

    def __init__(self, known: Interests) -> None:
        self._known = known
        self._products: dict[Cell, Held] = {}
        self._categories: dict[Cell, Held] = {}

    def add(self, event: Event, own: bool) -> None:
        """Add what the event says of products."""
        kind = _KINDS.get(event.name.casefold()) if own and event.type == "track" else None
        if kind is None:
            return
        week = event.at.toordinal() // 7
        spoken = currency_code(event.properties.get("currency")) or ""
        for product in _products(event.properties, kind):
            currency = currency_code(product.get("currency")) or spoken
            id = _name(product.get("product_id")) or _name(product.get("sku")) or _name(product.get("id"))
            if id:
                _add(self._products, Cell(week, kind, id), Held(1))
            category = _name(product.get("category"))
            if category:
                price = amount(product.get("price"))
                units = int(price / _UNIT) if price is not None and price > 0 else 0
                _add(
                    self._categories,
                    Cell(week, kind, category, currency if units else ""),
                    Held(1, int(units > 0), units),
                )

    def finished(self) -> Interests:
        """Never needs a rebuild."""
        if not self._products and not self._categories:
            return self._known
        return Interests(_kept(self._known.products, self._products), _kept(self._known.categories, self._categories))


def _products(properties: Mapping[str, Any], kind: int) -> Iterator[Mapping[str, Any]]:
    listed = properties.get("products") if kind == BOUGHT else [properties]
    if isinstance(listed, list):
        yield from (product for product in listed[:MOST_PRODUCTS] if isinstance(product, dict))


def _name(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**30 else ""
    return value.strip()[:LONGEST] if isinstance(value, str) else ""


def _add(cells: dict[Cell, Held], cell: Cell, held: Held) -> None:
    known = cells.get(cell)
    cells[cell] = known.plus(held) if known else held


def _kept(known: Mapping[Cell, Held], new: Mapping[Cell, Held]) -> Mapping[Cell, Held]:
    if not new:
        return known
    cells = dict(known)
    for cell, held in new.items():
        _add(cells, cell, held)
    stays = {cell: cell.week + _STAYS[cell.kind] for cell in cells}
    oldest = max(stays.values()) - SPAN
    last = cells if len(cells) <= CELLS else sorted(cells, key=lambda cell: cell.rank)[-CELLS:]
    return {cell: cells[cell] for cell in sorted(last) if stays[cell] > oldest}


def _ranked(cells: Mapping[Cell, Held]) -> list[tuple[str, float]]:
    newest = max((cell.week for cell in cells), default=0)
    scores: dict[str, float] = {}
    for cell, held in cells.items():
        times = held.times if cell.kind == LOOKED else 1
        worth = _WEIGHT[cell.kind] * times * 0.5 ** ((newest - cell.week) / _HALF_LIFE)
        scores[cell.name] = scores.get(cell.name, 0.0) + worth
    return sorted(((name, round(score, 3)) for name, score in scores.items()), key=lambda one: (-one[1], one[0]))


def united(many: Iterable[Interests]) -> Interests:
    """The interests of several people together."""
    products, categories = dict[Cell, Held](), dict[Cell, Held]()
    for one in many:
        for into, cells in ((products, one.products), (categories, one.categories)):
            for cell, held in cells.items():
                _add(into, cell, held)
    return Interests(_kept({}, products), _kept({}, categories))


def pack(interests: Interests) -> Any:
    """`[newest week, {product: text}, {category: text}, currency]`; None for none.

    A text holds, for each cell: weeks before the newest times three plus the kind, times, priced, units. Categories in
    the most frequent currency go by their name, those in another by `currency:category`, those in none by `:category`.
    """
    if not interests.products and not interests.categories:
        return None
    newest = max(cell.week for cell in (*interests.products, *interests.categories))
    named = sorted(cell.currency for cell in interests.categories if cell.currency)
    usual = max(named, key=named.count, default="")
    products: dict[str, list[int]] = {}
    for (week, kind, name, _), (times, _, _) in interests.products.items():
        products.setdefault(name, []).extend(((newest - week) * 3 + kind, times))
    categories: dict[str, list[int]] = {}
    for (week, kind, name, currency), (times, priced, units) in interests.categories.items():
        named_so = name if currency == usual and ":" not in name else f"{currency}:{name}"
        categories.setdefault(named_so, []).extend(((newest - week) * 3 + kind, times, priced, units))
    return [newest, _written(products), _written(categories), *([usual] if usual else [])]


def unpack(held: Any) -> Interests:
    """What `pack` wrote."""
    newest, packed_products, packed_categories, *usual = held
    products: list[tuple[Cell, Held]] = []
    for name, text in packed_products.items():
        said = numbers.read(text)
        for age, times in zip(said[::2], said[1::2], strict=True):
            products.append((Cell(newest - age // 3, age % 3, name), Held(times)))
    categories: list[tuple[Cell, Held]] = []
    for named, text in packed_categories.items():
        currency, colon, name = named.partition(":")
        if not colon:
            currency, name = usual[0] if usual else "", named
        said = numbers.read(text)
        for age, times, priced, units in zip(said[::4], said[1::4], said[2::4], said[3::4], strict=True):
            categories.append((Cell(newest - age // 3, age % 3, name, currency), Held(times, priced, units)))
    return Interests(dict(sorted(products)), dict(sorted(categories)))


def _written(said: Mapping[str, Iterable[int]]) -> dict[str, str]:
    return {name: numbers.written(each) for name, each in said.items()}
