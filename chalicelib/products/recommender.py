"""What to recommend to a person, as messages and pages ask for it: the port over the night's book and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from chalicelib.customers.facts import Facts


class Recommender(Protocol):
    """Who recommends products. Built once per container (`wiring: perennial().recommender`)."""

    def products(self, facts: Facts, most: int, now: datetime, *, locale: str | None = None) -> list[Mapping[str, Any]]:
        """At most `most` products for a customer, the best first; fewer, or none, where no more are known.

        Each is a JSON object as templates see it: `id`, `title` (in `locale`, a BCP 47 tag such as `it-CH`, where the
        feed has it), `url`, `image`, `price` (a number), `currency`, `category`, `because` (`bought_together`,
        `viewed_together` or `bestseller`). What is not known is not there. Never sold out, deleted, or bought already
        as far as the facts remember. Transient if the tables do not answer.
        """
        ...


class Nothing:
    """A shop without products: nothing is recommended."""

    def products(self, facts: Facts, most: int, now: datetime, *, locale: str | None = None) -> list[Mapping[str, Any]]:
        return []
