"""Conditions on a value: what stands beside `trait`, `fact`, `account` or `property` in a rule. Pure.

Texts are compared as they are, case included. Numbers are exact: 0.1 is a tenth. What is not known satisfies nothing,
but `"exists": false`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, ClassVar, Final, NamedTuple

from pydantic import Field, StrictBool, model_validator

from chalicelib.segments.fields import Definition, Number, Scalar, ScalarValue, Some
from chalicelib.segments.problems import objection

COMPARE: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "equals": operator.eq,
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
_SUBJECTS: Final = frozenset({"trait", "fact", "account", "property"})


class Test(NamedTuple):
    """One condition on a value: in words, and as a function of the value."""

    says: str
    holds: Callable[[Any], bool]


class Conditions(Definition):
    """What stands beside a subject: at least one condition, and all of them must hold."""

    @model_validator(mode="after")
    def _says_something(self) -> Conditions:
        given = self.model_fields_set - _SUBJECTS
        fields = type(self).model_fields.items()
        known = ", ".join(field.alias or name for name, field in fields if name not in _SUBJECTS)
        if not given or any(getattr(self, name) is None for name in given):
            raise objection("condition", "This rule has no condition, or an empty one", f"Use: {known}.")
        return self


class Numbers(Conditions):
    """Comparisons with numbers."""

    equals: Number | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None

    @cached_property
    def comparisons(self) -> tuple[tuple[str, Decimal], ...]:
        """The comparisons that were given, and the limit of each."""
        given = ((name, getattr(self, name)) for name in COMPARE)
        return tuple((name, limit) for name, limit in given if isinstance(limit, Decimal))

    def hold(self, actual: Decimal | int) -> bool:
        """Whether all of them hold of a number that is known."""
        return all(COMPARE[name](Decimal(actual), limit) for name, limit in self.comparisons)

    def says(self) -> str:
        """In words."""
        return " ".join(f"{name} {limit}" for name, limit in self.comparisons)


class Values(Conditions):
    """Conditions on whatever a value is. `contains` finds a text in a text or a member in a list; only numbers are
    above or below one."""

    equals: Scalar | None = None
    in_: Some[Scalar] | None = Field(default=None, alias="in")
    contains: Scalar | None = None
    exists: StrictBool | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None

    reads_text: ClassVar[bool] = False
    """Whether a text that reads as a number is one: shops send amounts as texts."""

    @cached_property
    def comparisons(self) -> tuple[tuple[str, Decimal], ...]:
        """The comparisons with numbers that were given, and the limit of each."""
        given = ((name, getattr(self, name)) for name in COMPARE)
        return tuple((name, limit) for name, limit in given if isinstance(limit, Decimal))

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """Every condition on the value as it is now."""
        return tuple(self._tests())

    def _tests(self) -> Iterator[Test]:
        read = written_number if self.reads_text else exact
        for name, limit in self.comparisons:
            yield Test(f"{name} {limit}", _compared(COMPARE[name], limit, read))
        if (exists := self.exists) is not None:
            yield Test("exists" if exists else "does not exist", lambda actual: (actual is not None) is exists)
        if (equals := self.equals) is not None:
            yield Test(f"equals {equals}", lambda actual: same(actual, equals))
        if (among := self.in_) is not None:
            said = f"in {', '.join(map(str, among))}"
            yield Test(said, lambda actual: any(same(actual, value) for value in among))
        if (wanted := self.contains) is not None:
            yield Test(f"contains {wanted}", lambda actual: _within(wanted, actual))


def _compared(
    compare: Callable[[Decimal, Decimal], bool], limit: Decimal, read: Callable[[Any], Decimal | None]
) -> Callable[[Any], bool]:
    def holds(actual: Any) -> bool:
        number = actual if type(actual) is Decimal else read(actual)
        return number is not None and compare(number, limit)

    return holds


def exact(value: Any) -> Decimal | None:
    """A finite number as a Decimal, as exactly as it is written; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


def written_number(value: Any) -> Decimal | None:
    """The same, also of a text that is nothing but a number: "49.90"."""
    if not isinstance(value, str) or len(value) > 40:
        return exact(value)
    try:
        return exact(Decimal(value.strip()))
    except InvalidOperation:
        return None


def same(actual: Any, wanted: ScalarValue) -> bool:
    """Equal and of one kind: true is not 1, and "1" is not 1."""
    if isinstance(actual, bool) or isinstance(wanted, bool):
        return actual is wanted
    if isinstance(wanted, str):
        return isinstance(actual, str) and actual == wanted
    number = exact(actual)
    return number is not None and number == exact(wanted)


def _within(wanted: ScalarValue, actual: Any) -> bool:
    if isinstance(actual, str):
        return isinstance(wanted, str) and wanted in actual
    return isinstance(actual, list | tuple) and any(same(member, wanted) for member in actual)


def look_up(values: Mapping[str, Any], name: str) -> Any:
    """The value of that name, else what a dotted name leads to, else None. On the way through a list, `products.sku`,
    it is the list of what its members have there."""
    if name in values:
        return values[name]
    return _reached(values, name.split(".")) if "." in name else None


def _reached(value: Any, parts: list[str]) -> Any:
    for place, part in enumerate(parts):
        if isinstance(value, list | tuple):
            found = [_reached(member, parts[place:]) for member in value]
            return [each for each in found if each is not None] or None
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value
