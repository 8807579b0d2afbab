"""From counts to the neighbours of each product. Pure.

How near two products are is the cosine of the baskets that hold them (Linden, Smith and York 2003, "Amazon.com
Recommendations: Item-to-Item Collaborative Filtering"), shrunk where few baskets hold both, because two baskets of two
are a coincidence (Bell and Koren 2007, "Scalable Collaborative Filtering with Jointly Derived Neighborhood
Interpolation Weights", use the same factor):

    s(i, j) = n_ij / sqrt(n_i n_j) * n_ij / (n_ij + 10)
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping
from typing import Final

from chalicelib.products.together import Together

MOST: Final = 24  # neighbours of one product
SHRINK: Final = 10.0  # baskets
LEAST: Final = 0.005

Near = tuple[float, str]
"""How near (0 to 1), and which product."""


def nearness(both: float, one: float, other: float) -> float:
    """How near two products are that `both`, `one` and `other` baskets hold; 0 to 1."""
    product = one * other
    return 0.0 if product <= 0 or both <= 0 else min(1.0, both / math.sqrt(product)) * both / (both + SHRINK)


def neighbours(together: Together, of: Collection[str], most: int = MOST) -> dict[str, list[Near]]:
    """The nearest products of each of these products, the nearest first; without those that have none."""
    wanted, near = set(of), dict[str, list[Near]]()
    singles: Mapping[str, float] = together.singles
    for (one, other), both in together.pairs.items():
        if one not in wanted or other not in wanted:
            continue
        worth = nearness(both, singles[one], singles[other])
        if worth >= LEAST:
            near.setdefault(one, []).append((worth, other))
            near.setdefault(other, []).append((worth, one))
    return {id: heapq.nsmallest(most, found, key=lambda each: (-each[0], each[1])) for id, found in near.items()}


def best(together: Together, most: int) -> list[str]:
    """The products of the most weight: what sells now."""
    ordered = heapq.nsmallest(most, together.singles.items(), key=lambda each: (-each[1], each[0]))
    return [id for id, _ in ordered]
