"""The small language of values in a mapping: paths into a payload, constants, and shapes made of both.

Reading never raises and is bounded: a path has at most 12 steps, a list at most 200 members, a shape 6 levels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chalicelib.tracking.problems import Problem

DEEPEST: Final = 6
MOST: Final = 200  # members of a list, names of an object
LONGEST_PATH: Final = 300  # characters
_STEPS: Final = 12

_PATH: Final = re.compile(r"\$(?:\.[^.\[\]'\"$\s]+|\[\d{1,4}\]|\[\*\]|\['[^']+'\])*")
_STEP: Final = re.compile(r"\.(?P<name>[^.\[\]'\"$\s]+)|\[(?P<index>\d{1,4})\]|(?P<all>\[\*\])|\['(?P<quoted>[^']+)'\]")
_HINT: Final = "Write a path as $.customer.id, $.lines[0].sku, $.lines[*].sku or $['any name']."


class Value(Protocol):
    """What stands for something in a payload."""

    def of(self, payload: object) -> Any:
        """What it comes to; None if it is not there."""
        ...


@dataclass(frozen=True)
class Constant:
    """Itself."""

    value: Any

    def of(self, payload: object) -> Any:
        return self.value


@dataclass(frozen=True)
class Path:
    """Steps from the payload to a value: a name, an index, or None for all members of a list."""

    steps: Sequence[str | int | None]

    def of(self, payload: object) -> Any:
        return _walk(payload, self.steps)


@dataclass(frozen=True)
class First:
    """The first of several that is there."""

    options: Sequence[Value]

    def of(self, payload: object) -> Any:
        return next((found for option in self.options if (found := option.of(payload)) not in (None, "")), None)


@dataclass(frozen=True)
class Join:
    """Several one after the other, as one text; nothing if any of them is not there."""

    parts: Sequence[Value]

    def of(self, payload: object) -> Any:
        found = [text(part.of(payload)) for part in self.parts]
        return "".join(part for part in found if part is not None) if None not in found else None


@dataclass(frozen=True)
class Each:
    """One shape for each member of a list; in the shape `$` is the member."""

    members: Value
    shape: Value

    def of(self, payload: object) -> Any:
        found = self.members.of(payload)
        return [self.shape.of(member) for member in found[:MOST]] if isinstance(found, list) else None


@dataclass(frozen=True)
class Shape:
    """An object of values; what is not there is left out."""

    values: Mapping[str, Value]

    def of(self, payload: object) -> Any:
        read = {name: value.of(payload) for name, value in self.values.items()}
        return {name: value for name, value in read.items() if value is not None}


@dataclass(frozen=True)
class Listed:
    """A list of values; what is not there is left out."""

    values: Sequence[Value]

    def of(self, payload: object) -> Any:
        return [found for value in self.values if (found := value.of(payload)) is not None]


def is_path(raw: object) -> bool:
    """Whether a value of a mapping is read from the payload."""
    return isinstance(raw, str) and raw.startswith("$")


def value(raw: object, where: str, problems: list[Problem], depth: int = 0) -> Value:
    """A value of a mapping from JSON; what is wrong with it is added to `problems`."""
    if depth > DEEPEST:
        return _objection(Problem(where, f"This is nested more than {DEEPEST} levels deep", "Flatten it."), problems)
    if isinstance(raw, list | dict) and len(raw) > MOST:
        return _objection(Problem(where, f"This holds more than {MOST} values", "Shorten it."), problems)
    if isinstance(raw, list):
        return Listed([value(each, f"{where}[{place}]", problems, depth + 1) for place, each in enumerate(raw)])
    if isinstance(raw, dict):
        return _object(raw, where, problems, depth)
    return _path(str(raw), where, problems) if is_path(raw) else Constant(raw)


def text(found: object) -> str | None:
    """A value as it is compared: `true`, `7`, `paid`; None for what cannot be."""
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int | float) else None


def _object(raw: dict[str, Any], where: str, problems: list[Problem], depth: int) -> Value:
    if raw.keys() == {"constant"}:
        return Constant(raw["constant"])
    for word, made in (("first", First), ("join", Join)):
        if raw.keys() == {word} and isinstance(raw[word], list):
            held = raw[word][:MOST]
            return made([value(each, f"{where}.{word}[{n}]", problems, depth + 1) for n, each in enumerate(held)])
    if raw.keys() == {"each", "as"}:
        if not is_path(raw["each"]):
            return _objection(Problem(f"{where}.each", "This is not a path", _HINT), problems)
        members = _path(raw["each"], f"{where}.each", problems)
        return Each(members, value(raw["as"], f"{where}.as", problems, depth + 1))
    return Shape({name: value(each, f"{where}.{name}", problems, depth + 1) for name, each in raw.items()})


def _path(raw: str, where: str, problems: list[Problem]) -> Value:
    if len(raw) > LONGEST_PATH or not _PATH.fullmatch(raw):
        return _objection(Problem(where, "This is not a path", _HINT), problems)
    steps = [
        None if step["all"] else int(step["index"]) if step["index"] else step["name"] or step["quoted"]
        for step in _STEP.finditer(raw)
    ]
    if len(steps) > _STEPS or steps.count(None) > 2:
        problem = Problem(where, "This path is too long", f"Take at most {_STEPS} steps, and [*] at most twice.")
        return _objection(problem, problems)
    return Path(steps)


def _objection(problem: Problem, problems: list[Problem]) -> Value:
    problems.append(problem)
    return Constant(None)


def _walk(found: Any, steps: Sequence[str | int | None]) -> Any:
    for place, step in enumerate(steps):
        if step is None:
            members = found[:MOST] if isinstance(found, list) else []
            rest = steps[place + 1 :]
            walked = [inner for member in members if (inner := _walk(member, rest)) is not None]
            nested = any(isinstance(inner, list) for inner in walked) and None in rest
            return [one for inner in walked for one in inner][:MOST] if nested else walked
        if isinstance(step, str):
            found = found.get(step) if isinstance(found, dict) else None
        else:
            found = found[step] if isinstance(found, list) and step < len(found) else None
        if found is None:
            return None
    return found
