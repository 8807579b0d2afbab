"""What is wrong with a definition, said so that its author can mend it: where, what, and what to do.

Definitions (rules, journeys, templates) come from people and from programs as JSON. Their models are pydantic's; this
module bounds what the models are given and translates what they object to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from chalicelib.tracking.problems import Invalid, Problem

MAX_DEPTH: Final = 24
MAX_VALUES: Final = 5_000
MAX_TEXT: Final = 300_000
"""Bytes of UTF-8 of all texts and names together: a definition is one item, and an item holds 400 KB."""

M = TypeVar("M", bound=BaseModel)

# What pydantic says of these speaks of Python to people who wrote JSON.
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("This is required and is not there", "Add it."),
    "extra_forbidden": ("This is not known here", "Remove it, or correct its name."),
    "model_type": ("This is not an object", "Write an object: {...}."),
    "model_attributes_type": ("This is not an object", "Write an object: {...}."),
    "dict_type": ("This is not an object", "Write an object: {...}."),
    "tuple_type": ("This is not a list", "Write a list: [...]."),
    "string_type": ("This is not a text", "Write a text in quotes."),
    "string_unicode": ("This text is not valid Unicode", "Remove the broken characters."),
    "string_too_short": ("This text is empty", "Write something here."),
    "bool_type": ("This is not true or false", "Write true or false, without quotes."),
}


def validated(model: type[M], raw: object) -> M:
    """`raw` (JSON as Python has it) as a `model`, or Invalid with every problem; no other exception leaves."""
    bounded(raw)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise Invalid(translated(error)) from error


def objection(kind: str, problem: str, hint: str) -> PydanticCustomError:
    """An objection of our own for a validator to raise, with its hint. The texts are taken as they stand."""
    return PydanticCustomError(kind, "{problem}", {"problem": problem, "hint": hint})


def bounded(raw: object) -> None:
    """Refuse what is too deep or too large before anything recurses into it. Raises Invalid."""
    waiting: list[tuple[object, int]] = [(raw, 0)]
    count = size = 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if isinstance(value, str):
            size += len(value.encode("utf-8", "surrogatepass"))
        elif isinstance(value, Mapping):
            waiting.extend((inner, depth + 1) for inner in value.values())
            size += sum(len(str(name)) for name in value)
        elif isinstance(value, list | tuple):
            waiting.extend((inner, depth + 1) for inner in value)
        if depth > MAX_DEPTH:
            raise Invalid([Problem("", f"This is nested more than {MAX_DEPTH} levels deep", "Flatten it.")])
        if count > MAX_VALUES:
            raise Invalid([Problem("", f"This holds more than {MAX_VALUES} values", "Split it.")])
        if size > MAX_TEXT:
            raise Invalid([Problem("", f"This holds more than {MAX_TEXT} bytes of text", "Shorten it.")])


def translated(error: ValidationError) -> tuple[Problem, ...]:
    """Pydantic's errors as problems, in the order of the definition."""
    return tuple(_problem(detail) for detail in error.errors(include_url=False, include_input=False))


def path_text(location: Iterable[int | str]) -> str:
    """`("steps", 1, "when")` as `steps[1].when`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _problem(detail: ErrorDetails) -> Problem:
    context: Mapping[str, Any] = detail.get("ctx", {})
    said, hint = _SAID.get(detail["type"], (detail["msg"], "Correct the value."))
    return Problem(path_text(detail["loc"]), said, str(context.get("hint", hint)))
