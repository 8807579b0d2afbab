"""Rules: who is meant, as data.

    {"all": [{"stage": ["occasional", "repeat"]},
             {"fact": "days_since_last_order", "at_least": 30},
             {"not": {"trait": "country", "in": ["IT", "RO"]}}]}

A rule names its subject by its key (`all`, `any`, `not`, `stage`, `trait`, `fact`, `consent`, `account`); the keys
beside it are the conditions, all of which must hold. There are no expressions and there is nothing to execute. How a
rule is decided is in `match.py`; when time alone decides it otherwise, in `outlook.py`.

What is not known satisfies no condition: `days_since_last_order at_least 30` does not hold for somebody who never
ordered. "Not in the last 30 days" is `{"not": {"fact": "days_since_last_order", "at_most": 30}}`, and holds for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from chalicelib.customers.consent import Channel
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.fields import Definition, Name, Number, Some, number, plain_number
from chalicelib.segments.measures import MEASURES, WORDS
from chalicelib.segments.problems import objection, validated

_SUBJECTS: Final = frozenset({"trait", "fact", "account"})
COMPARISONS: Final = ("equals", "above", "at_least", "below", "at_most")

ScalarValue: TypeAlias = str | bool | int | float


def _scalar(value: object) -> ScalarValue:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > 1_000 or not value.isprintable():
            raise objection("text", "This text is too long or not printable", "Use at most 1,000 characters.")
        return value
    if isinstance(value, int | float):
        return plain_number(number(value))
    raise objection("scalar", "This is not a text, a number, true or false", "Compare with a single value.")


def _measure(value: object) -> str:
    if not isinstance(value, str) or (value not in MEASURES and value not in WORDS):
        raise objection("fact", "This fact is not known", f"Use one of: {', '.join([*MEASURES, *WORDS])}.")
    return value


def _stage(value: object) -> Stage:
    if not isinstance(value, str) or value not in list(Stage):
        raise objection("stage", "This stage is not known", f"Use one of: {', '.join(Stage)}.")
    return Stage(value)


def _rule(value: object) -> Rule:
    """Find the kind of a rule by its key and let that model validate it."""
    if isinstance(value, All | Any_ | Not | StageIs | Trait | Fact | Consent | Account):
        return value
    known = ", ".join(KINDS)
    if not isinstance(value, Mapping):
        raise objection("rule", "This is not a rule", f"Write an object with one of: {known}.")
    kinds = [kind for kind in KINDS if kind in value]
    if len(kinds) != 1:
        said = f"This rule is of {len(kinds)} kinds" if kinds else "This rule is of no kind that is known"
        raise objection("rule", said, f"Give it exactly one of: {known}.")
    return KINDS[kinds[0]].model_validate(value)


_RULE_SCHEMA: Final = WithJsonSchema(
    {
        "type": "object",
        "title": "Rule",
        "description": "One of all, any, not, stage, trait, fact, consent, account, with its conditions beside it.",
        "examples": [{"fact": "order_count", "at_least": 1}],
    }
)
_SCALAR_SCHEMA: Final = WithJsonSchema({"type": ["string", "number", "boolean"]})
_MEASURE_SCHEMA: Final = WithJsonSchema({"enum": sorted([*MEASURES, *WORDS])})
_STAGE_SCHEMA: Final = WithJsonSchema({"enum": [str(stage) for stage in Stage]})

Scalar = Annotated[ScalarValue, PlainValidator(_scalar), _SCALAR_SCHEMA]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Stages = Some[Annotated[Stage, PlainValidator(_stage), PlainSerializer(str), _STAGE_SCHEMA]]
if TYPE_CHECKING:
    AnyRule: TypeAlias = "Rule"
else:
    AnyRule = Annotated[Any, PlainValidator(_rule), _RULE_SCHEMA]


class All(Definition):
    """Every one of these holds."""

    all: Some[AnyRule]


class Any_(Definition):
    """At least one of these holds."""

    any: Some[AnyRule]


class Not(Definition):
    """This does not hold."""

    not_: AnyRule = Field(alias="not")


class StageIs(Definition):
    """The customer's stage is one of these."""

    stage: Stages


class Compared(Definition):
    """A rule with conditions beside its subject; what it compares with numbers, it compares by these words."""

    def comparisons(self) -> Mapping[str, Decimal]:
        """The comparisons with numbers that were given, by name."""
        given = {name: getattr(self, name, None) for name in COMPARISONS}
        return {name: limit for name, limit in given.items() if isinstance(limit, Decimal)}

    @model_validator(mode="after")
    def _says_something(self) -> Compared:
        given = self.model_fields_set - _SUBJECTS
        fields = type(self).model_fields.items()
        known = ", ".join(field.alias or name for name, field in fields if name not in _SUBJECTS)
        if not given or any(getattr(self, name) is None for name in given):
            raise objection("condition", "This rule has no condition, or an empty one", f"Use: {known}.")
        return self


class Trait(Compared):
    """What is known about the person by name: a trait, or a part of one (`address.city`).

    Texts are compared as they are, case included. `contains` finds a text in a text or a member in a list. Only
    numbers are above or below one.
    """

    trait: Words
    equals: Scalar | None = None
    in_: Some[Scalar] | None = Field(default=None, alias="in")
    contains: Scalar | None = None
    exists: StrictBool | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None


class Fact(Compared):
    """What the customer's events come to: a number, a text or a list; measures.py says which there are.

    Numbers are compared with numbers; texts and lists as those of traits are.
    """

    fact: Annotated[str, PlainValidator(_measure), _MEASURE_SCHEMA]
    equals: Scalar | None = None
    in_: Some[Scalar] | None = Field(default=None, alias="in")
    contains: Scalar | None = None
    exists: StrictBool | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _fits_the_fact(self) -> Fact:
        if self.fact in MEASURES:
            texts = [value for value in (self.equals, *(self.in_ or ())) if isinstance(value, str | bool)]
            if texts or self.contains is not None:
                raise objection("condition", "This fact is a number", "Compare it with numbers.")
        elif self.comparisons():
            raise objection("condition", "This fact is no number", "Use: equals, in, contains, exists.")
        return self


class Account(Trait):
    """The same of the account that the customer belongs to: `stage`, `revenue`, `order_count`, `members`, or a trait of
    it, `traits.plan`. Nothing holds for somebody without an account, but `exists: false`."""

    trait: Words = Field(alias="account")


class Consent(Definition):
    """What the person said about a channel, or about a topic of it; `pending` waits for the person's confirmation,
    `unknown` is: nothing yet."""

    consent: Channel
    topic: Name | None = None
    is_: Literal["granted", "denied", "pending", "unknown"] = Field(alias="is")


Rule: TypeAlias = All | Any_ | Not | StageIs | Trait | Fact | Consent | Account
KINDS: Final[Mapping[str, type[Rule]]] = {
    "all": All,
    "any": Any_,
    "not": Not,
    "stage": StageIs,
    "trait": Trait,
    "fact": Fact,
    "consent": Consent,
    "account": Account,
}


class _Whole(Definition):
    rule: AnyRule


def parse(raw: object) -> Rule:
    """A rule from JSON. Raises Invalid, with paths that begin at `rule`."""
    return validated(_Whole, {"rule": raw}).rule
