"""Who is rehearsed, part by part: the table is cut into parts of a few dozen customers by a hash, so that any of them
are a uniform sample, and a job that was interrupted goes on with the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from chalicelib.ids import digest

A_PART = 40  # customers, about: a second's work
MOST_PARTS = 65_536


@dataclass(frozen=True)
class Round:
    """How far a job has come. parts: a power of two. done: how many of them. customers: how many there are, about.
    seed: decides the order of the parts."""

    parts: int
    done: int
    customers: int
    seed: str

    @classmethod
    def of(cls, customers: int, seed: str) -> Self:
        """A round over so many customers."""
        parts = 1
        while parts * A_PART < customers and parts < MOST_PARTS:
            parts *= 2
        return cls(parts, 0, customers, seed)

    @property
    def over(self) -> bool:
        """Whether everybody had a turn."""
        return self.done >= self.parts

    @property
    def part(self) -> int:
        """The next part: any odd step goes through all of a power of two."""
        start = int(digest("rehearsal", self.seed, length=12), 16)
        step = int(digest("step", self.seed, length=12), 16) | 1
        return (start + self.done * step) % self.parts

    def next(self) -> Self:
        """After this part."""
        return type(self)(self.parts, self.done + 1, self.customers, self.seed)

    def population(self, rehearsed: int, *, full: bool) -> int:
        """How many customers there are: counted if everybody had a turn. full: some had none, as enough had one."""
        return rehearsed if self.over and not full else max(self.customers, rehearsed)

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"parts": self.parts, "done": self.done, "customers": self.customers, "seed": self.seed}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `as_json` wrote."""
        return cls(int(said["parts"]), int(said["done"]), int(said["customers"]), str(said["seed"]))
