"""What to recommend to one person, from what is known of her and the night's book. Pure.

Every product that she bought, put into a cart or looked at speaks for its neighbours, by how near they are and how much
it interests her; what was bought speaks by what is bought together, all of it by what is looked at together. After
those come bestsellers. What she bought already, or has in the cart, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from chalicelib.customers.facts import Facts
from chalicelib.customers.interests import BOUGHT
from chalicelib.products.book import Book

Because = Literal["bought_together", "viewed_together", "bestseller"]
_LOOKED_AT: Final = 0.3
"""What is looked at together says less than what is bought together."""


class Suggestion(NamedTuple):
    """A product, and why."""

    id: str
    because: Because


def recommend(facts: Facts, book: Book, most: int) -> list[Suggestion]:
    """At most `most` products, the best first, whether or not they can be had now."""
    without = had(facts)
    found = [Suggestion(id, because) for id, because in _near(facts, book) if id not in without][:most]
    known = without | {each.id for each in found}
    rest = (Suggestion(id, "bestseller") for id in book.bestsellers if id not in known)
    return [*found, *rest][:most]


def had(facts: Facts) -> set[str]:
    """What somebody bought, as far as the facts remember, or has in an open intent."""
    bought = {cell.name for cell in facts.interests.products if cell.kind == BOUGHT}
    return bought | {id for run in facts.intents.runs.values() for id, line in run.lines.items() if line.inside}


def _near(facts: Facts, book: Book) -> Iterator[tuple[str, Because]]:
    scores: dict[str, dict[Because, float]] = {}
    bought = {cell.name for cell in facts.interests.products if cell.kind == BOUGHT}
    for id, interest in facts.interests.top_products(limit=50):
        if id in bought:
            for worth, other in book.bought.get(id, ()):
                _add(scores, other, "bought_together", worth * interest)
        for worth, other in book.viewed.get(id, ()):
            _add(scores, other, "viewed_together", worth * interest * _LOOKED_AT)
    ordered = sorted(scores, key=lambda id: (-sum(scores[id].values()), id))
    for id in ordered:
        yield id, max(scores[id], key=lambda because: scores[id][because])


def _add(scores: dict[str, dict[Because, float]], id: str, because: Because, worth: float) -> None:
    of = scores.setdefault(id, {})
    of[because] = of.get(because, 0.0) + worth
