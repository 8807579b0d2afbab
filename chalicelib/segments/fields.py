"""The field types that definitions share: durations, names, numbers, single values."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from chalicelib import times
from chalicelib.segments.problems import objection

MAX_ITEMS: Final = 200
LONGEST: Final = timedelta(days=730)
LARGEST: Final = Decimal(10) ** 15
_DURATION_HINT: Final = "Write an ISO 8601 duration of weeks, days, hours or minutes: P3D, PT90M."


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NAME_HINT: Final = "Use up to 64 lower case letters, digits, _ and -, beginning with a letter or digit."

T = TypeVar("T")
ScalarValue: TypeAlias = str | bool | int | float


class Definition(BaseModel):
    """The base of everything that is defined in JSON: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


def duration(value: object) -> timedelta:
    """An ISO 8601 duration of up to two years; a timedelta passes as it is."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise objection("duration", "This is not a duration", _DURATION_HINT)
    try:
        span = times.parse_duration(value)
    except (ValueError, OverflowError):
        raise objection("duration", f"{value[:40]!r} is not a duration", _DURATION_HINT) from None
    if span > LONGEST:
        raise objection("duration", f"This is longer than {times.duration_text(LONGEST)}", "Use a shorter one.")
    return span


def positive_duration(value: object) -> timedelta:
    """A duration longer than nothing."""
    span = duration(value)
    if span <= timedelta(0):
        raise objection("duration", "This lasts no time at all", "Use a duration of at least PT1S.")
    return span


def number(value: object) -> Decimal:
    """A JSON number, exactly as it was written: 0.1 is a tenth. Texts and truth values are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise objection("number", "This is not a number", "Write a number without quotes.")
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite() or not -LARGEST <= exact <= LARGEST:
        raise objection("number", "This number is out of range", f"Stay between -{LARGEST:f} and {LARGEST:f}.")
    return exact


def plain_number(value: Decimal) -> int | float:
    """The JSON number for a Decimal: whole numbers without a fraction."""
    return int(value) if value == value.to_integral_value() else float(value)


def scalar(value: object) -> ScalarValue:
    """A single JSON value to compare with: a text, a number, true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > 1_000 or not value.isprintable():
            raise objection("text", "This text is too long or not printable", "Use at most 1,000 characters.")
        return value
    if isinstance(value, int | float):
        return plain_number(number(value))
    raise objection("scalar", "This is not a text, a number, true or false", "Compare with a single value.")


def is_name(value: str) -> bool:
    """Whether a text can be a name."""
    return _NAME.fullmatch(value) is not None


def name(value: str) -> str:
    """A name: lower case letters, digits, `_` and `-`, at most 64, not beginning with a sign."""
    if not is_name(value):
        raise objection("name", "This is not a name", _NAME_HINT)
    return value


def some(values: tuple[T, ...]) -> tuple[T, ...]:
    """A list that is not empty and not endless. Asked only of a list whose members are right."""
    if not values:
        raise objection("empty", "This list is empty", "Add at least one.")
    if len(values) > MAX_ITEMS:
        raise objection("long", f"This list has more than {MAX_ITEMS} members", "Shorten it.")
    return values


_AS_TEXT = PlainSerializer(times.duration_text, return_type=str)
_DURATION_SCHEMA = WithJsonSchema({"type": "string", "format": "duration", "examples": ["P3D", "PT1H"]})

Duration = Annotated[timedelta, BeforeValidator(positive_duration), _AS_TEXT, _DURATION_SCHEMA]
Number = Annotated[Decimal, BeforeValidator(number), PlainSerializer(plain_number), WithJsonSchema({"type": "number"})]
Scalar = Annotated[ScalarValue, PlainValidator(scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""Names of traits, properties and events, as clients chose them."""
Name = Annotated[str, AfterValidator(name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
"""Names of journeys, templates, steps and topics."""
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Some = Annotated[tuple[T, ...], AfterValidator(some)]
"""A list with at least one member."""
