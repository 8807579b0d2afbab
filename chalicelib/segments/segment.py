"""A segment: a named rule, or a list that people are put on and taken off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import model_validator

from chalicelib.segments.conditions import SEGMENT, circle
from chalicelib.segments.fields import Definition, Name, Title
from chalicelib.segments.mentions import mentions
from chalicelib.segments.problems import objection, validated
from chalicelib.segments.rule import AnyRule, Rule, parse
from chalicelib.tracking.problems import Problem

MOST_ASKED: Final = 50  # segments that one may ask for


class Segment(Definition):
    """One version of a segment. of: `rule`, whoever it holds of; `list`, whoever was put on the list of its name."""

    name: Name
    title: Title
    of: Literal["rule", "list"] = "rule"
    rule: AnyRule | None = None

    @model_validator(mode="after")
    def _has_what_it_is_of(self) -> Segment:
        if (self.rule is None) is (self.of == "rule"):
            said = "A list has no rule" if self.rule is not None else "A segment needs a rule"
            raise objection("rule", said, 'Write a rule, or {"of": "list"} without one.')
        return self

    def body(self) -> dict[str, Any]:
        """The definition as canonical JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def condition(self) -> dict[str, Any]:
        """The rule that decides who is in it, as JSON, by the name of the condition that it is."""
        rule = self.body()["rule"] if self.of == "rule" else {"fact": "lists", "contains": self.name}
        return {SEGMENT + self.name: rule}


def parse_segment(raw: object) -> Segment:
    """A segment from JSON. Raises Invalid with every problem found, and nothing else."""
    return validated(Segment, raw)


def objections(segment: Segment, live: Mapping[str, Rule]) -> Sequence[Problem]:
    """What keeps a segment from being in force: it asks for one that there is not, or in the end for itself. Pure.

    live: the rules of the segments that are in force, by name.
    """
    if segment.rule is None:
        return ()
    asked = mentions(segment.rule).segments
    problems = [
        Problem("rule", f"There is no segment {name}", f"PUT /v1/segments/{name} first.")
        for name in sorted(asked - live.keys() - {segment.name})
    ]

    def asks(name: str) -> Iterable[str]:
        return asked if name == segment.name else mentions(live[name]).segments if name in live else ()

    way = circle(asks, segment.name)
    if way:
        said = f"This segment asks for itself: {' → '.join(way)}"
        problems.append(Problem("rule", said, "Take one of them out of the circle."))
    if len(asked) > MOST_ASKED:
        problems.append(Problem("rule", f"This asks for more than {MOST_ASKED} segments", "Ask for fewer."))
    return problems


def uses(definition: object, segment: str) -> bool:
    """Whether a definition (JSON, of a journey or a segment) asks anywhere who is in a segment, or waits for whom it
    lets in or out."""
    if isinstance(definition, Mapping):
        trigger = definition if definition.get("on") == "segment" else {}
        named = [definition.get("segment"), *_names(trigger, "entered"), *_names(trigger, "left")]
        return segment in named or any(uses(inner, segment) for inner in definition.values())
    return isinstance(definition, list | tuple) and any(uses(inner, segment) for inner in definition)


def read_rules(rules: Mapping[str, Any]) -> dict[str, Rule]:
    """The rules of segments among those of all conditions, by the segment's name."""
    return {name.removeprefix(SEGMENT): parse(raw) for name, raw in rules.items() if name.startswith(SEGMENT)}


def _names(trigger: Mapping[str, Any], key: str) -> Sequence[Any]:
    said = trigger.get(key)
    return said if isinstance(said, list | tuple) else [said]
