"""Conditions: named rules that are kept true or false of every customer, on the event or to the minute. Pure.

    segment/vip                 who is in a segment
    journey/welcome/3/goal      what a version of a journey waits for

A customer's state holds which of them are true (review/memberships.py). An event is not compared with all of them: each
condition *mentions* what its rule asks about (mentions.py), and only those are judged that mention what has changed.

The live set has a version, and each condition the version that brought its present rule. A customer who was judged by
version 7 knows all conditions up to 7; those of 8 and later are judged on what was known before anything else is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from chalicelib.ids import digest

if TYPE_CHECKING:
    from chalicelib.segments.mentions import Mentions
    from chalicelib.segments.rule import Rule

SEGMENT: Final = "segment/"
"""Before a segment's name, the name of the condition that says who is in it."""
HEARD: Final = "condition: "
"""Before the name of a condition, the name under which somebody watches for it, among the names of events."""
KEY_SIZE: Final = 4  # bytes
_WHOLE: Final = ("traits", "account", "stage", "scores")


@dataclass(frozen=True)
class Condition:
    """One of them. since: the version of the live set that brought its rule."""

    name: str
    rule: Rule
    since: int = 1

    @cached_property
    def key(self) -> bytes:
        """What stands for it in a customer's state."""
        return key_of(self.name)

    @cached_property
    def mentions(self) -> Mentions:
        """What its rule asks about."""
        from chalicelib.segments.mentions import mentions  # where nothing is live, no start pays for it

        return mentions(self.rule)

    @property
    def segment(self) -> str | None:
        """The segment whose members it knows; None for another condition."""
        return self.name.removeprefix(SEGMENT) if self.name.startswith(SEGMENT) else None


@dataclass(frozen=True)
class Segments:
    """The names of the segments that somebody is in, as far as anybody asks. held: what stands for them."""

    held: Collection[bytes] = frozenset()

    def __contains__(self, name: object) -> bool:
        return key_of(f"{SEGMENT}{name}") in self.held


@dataclass(frozen=True)
class Changed:
    """What is other than it was when a customer was judged last. events: the names of those that came since. facts: the
    names of fields of `Facts`. scores: the parameters by which they are computed."""

    events: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    traits: bool = False
    account: bool = False
    stage: bool = False
    scores: bool = False


@dataclass(frozen=True)
class LiveConditions:
    """All conditions that are live, each segment before those that ask for it.

    v:      the version of the set; 0 is the empty one that nobody has ever added to.
    unread: keys of conditions that this code cannot read: whoever is in them stays there.
    of_nobody: what review/memberships.py has found to hold of whom nothing is known, once it has.
    """

    conditions: tuple[Condition, ...] = ()
    v: int = 0
    unread: frozenset[bytes] = frozenset()
    of_nobody: list[tuple[frozenset[int], frozenset[int]]] = field(
        init=False, repr=False, compare=False, default_factory=list
    )
    _index: Mapping[tuple[str, str], tuple[int, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", in_order(self.conditions))
        object.__setattr__(self, "_index", _index(self.conditions))

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def affected(self, changed: Changed) -> set[int]:
        """The places of the conditions that mention any of this."""
        asked = [("event", name) for name in changed.events] + [("fact", name) for name in changed.facts]
        asked += [(name, "") for name in _WHOLE if getattr(changed, name)]
        return {place for one in asked for place in self._index.get(one, ())}

    def asking_for(self, condition: Condition) -> tuple[int, ...]:
        """The places of those whose rules ask who is in the segment that the condition keeps."""
        return self._index.get(("segment", condition.segment), ()) if condition.segment else ()

    def newer(self, v: int) -> set[int]:
        """The places of those that somebody who was judged by version `v` does not know."""
        return {place for place, condition in enumerate(self.conditions) if condition.since > v}

    @cached_property
    def timed(self) -> frozenset[int]:
        """The places of those whose answer time alone may change."""
        return frozenset(self._index.get(("time", ""), ()))

    @cached_property
    def facts(self) -> frozenset[str]:
        """The parts of `Facts` that any of them mentions."""
        return frozenset(name for kind, name in self._index if kind == "fact")

    @cached_property
    def keys(self) -> Mapping[bytes, int]:
        """Key to place."""
        return {condition.key: place for place, condition in enumerate(self.conditions)}


def key_of(name: str) -> bytes:
    """The four bytes that stand for a condition. Two live ones never share them: the store refuses the second."""
    return bytes.fromhex(digest("condition", name, length=2 * KEY_SIZE))


def in_order(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """By name, but each segment before those that ask for it. A circle, which publishing refuses, is cut somewhere."""
    named = {condition.name: condition for condition in sorted(conditions, key=lambda each: each.name)}
    placed: dict[str, Condition] = {}
    for name in named:
        way = [name]  # each waits for the one behind it
        while way:
            asked = (SEGMENT + segment for segment in sorted(named[way[-1]].mentions.segments))
            first = next((one for one in asked if one in named and one not in placed and one not in way), None)
            if first is not None:
                way.append(first)
            else:
                condition = named[way.pop()]
                placed.setdefault(condition.name, condition)
    return tuple(placed.values())


def circle(asks: Callable[[str], Iterable[str]], start: str) -> tuple[str, ...]:
    """The way from a segment back to itself, by whom its rule asks for; empty if there is none. `asks`: by name."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = set[str]()
    while ways:
        way = ways.pop()
        for name in sorted(asks(way[-1])):
            if name == start:
                return (*way, name)
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()


def _index(conditions: Iterable[Condition]) -> Mapping[tuple[str, str], tuple[int, ...]]:
    found: dict[tuple[str, str], list[int]] = {}
    for place, condition in enumerate(conditions):
        said = condition.mentions
        for kind, names in (("event", said.events), ("fact", said.facts), ("segment", said.segments)):
            for name in names:
                found.setdefault((kind, name), []).append(place)
        for whole in (*_WHOLE, "time"):
            if getattr(said, whole):
                found.setdefault((whole, ""), []).append(place)
    return {one: tuple(places) for one, places in found.items()}


NO_CONDITIONS: Final = LiveConditions()
