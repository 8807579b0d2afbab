"""Rules: who is meant, as data.

    {"all": [{"stage": ["occasional", "repeat"]},
             {"fact": "days_since_last_order", "at_least": 30},
             {"not": {"trait": "country", "in": ["IT", "RO"]}}]}

A rule names its subject by its key (`all`, `any`, `not`, `stage`, `phase`, `trait`, `fact`, `account`, `consent`,
`event`, `message`, `segment`); the keys beside it are the conditions, all of which must hold. There are no expressions
and there is nothing to execute. How a rule is decided, and when time alone decides it otherwise, is in `match.py`.

What is not known satisfies no condition: `days_since_last_order at_least 30` does not hold for somebody who never
ordered. "Not in the last 30 days" is `{"not": {"event": "Order Completed", "within": "P30D"}}`, and holds for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from chalicelib.customers.consent import Channel
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.fields import Definition, Name, Some, Words
from chalicelib.segments.measures import MEASURES
from chalicelib.segments.moments import Moments
from chalicelib.segments.occurrence import Happened, MessageIs
from chalicelib.segments.problems import objection, validated
from chalicelib.segments.schema import RULE
from chalicelib.segments.texts import TEXTS
from chalicelib.segments.values import Values


def _measure(value: object) -> str:
    if not isinstance(value, str) or (value not in MEASURES and value not in TEXTS):
        raise objection("fact", "This fact is not known", f"Use one of: {', '.join([*MEASURES, *TEXTS])}.")
    return value


def _stage(value: object) -> Stage:
    if not isinstance(value, str) or value not in list(Stage):
        raise objection("stage", "This stage is not known", f"Use one of: {', '.join(Stage)}.")
    return Stage(value)


def _rule(value: object) -> Rule:
    """Find the kind of a rule by its key and let that model validate it."""
    if isinstance(value, Definition) and type(value) in _TYPES:
        return value  # type: ignore[return-value]
    known = ", ".join(KINDS)
    if not isinstance(value, Mapping):
        raise objection("rule", "This is not a rule", f"Write an object with one of: {known}.")
    kinds = [kind for kind in KINDS if kind in value]
    if len(kinds) != 1:
        said = f"This rule is of {len(kinds)} kinds" if kinds else "This rule is of no kind that is known"
        raise objection("rule", said, f"Give it exactly one of: {known}.")
    return KINDS[kinds[0]].model_validate(value)


_MEASURE_SCHEMA: Final = WithJsonSchema({"enum": sorted([*MEASURES, *TEXTS])})
_STAGE_SCHEMA: Final = WithJsonSchema({"enum": [str(stage) for stage in Stage]})

Stages = Some[Annotated[Stage, PlainValidator(_stage), PlainSerializer(str), _STAGE_SCHEMA]]
if TYPE_CHECKING:
    AnyRule: TypeAlias = "Rule"
else:
    AnyRule = Annotated[Any, PlainValidator(_rule), WithJsonSchema(RULE)]


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


class PhaseIs(Definition):
    """In this frame the customer's phase is one of these; in a frame that there is not, nobody has one."""

    phase: Name
    in_: Some[Name] = Field(alias="in")


class Trait(Values, Moments):
    """What is known about the person by name: a trait, or a part of one (`address.city`). A trait that is a date is a
    moment too."""

    trait: Words


class Account(Trait):
    """The same of the account that the customer belongs to: `stage`, `revenue`, `order_count`, `members`, or a trait of
    it, `traits.plan`. Nothing holds for somebody without an account, but `exists: false`."""

    trait: Words = Field(alias="account")


class Fact(Values):
    """What the customer's events come to: a number, a text or a list; measures.py says which there are.

    Numbers are compared with numbers; texts and lists as those of traits are.
    """

    fact: Annotated[str, PlainValidator(_measure), _MEASURE_SCHEMA]

    @model_validator(mode="after")
    def _fits_the_fact(self) -> Fact:
        if self.fact in MEASURES:
            texts = [value for value in (self.equals, *(self.in_ or ())) if isinstance(value, str | bool)]
            if texts or self.contains is not None:
                raise objection("condition", "This fact is a number", "Compare it with numbers.")
        elif self.comparisons:
            raise objection("condition", "This fact is no number", "Use: equals, in, contains, exists.")
        return self

    @cached_property
    def limits(self) -> set[Decimal]:
        """All numbers that the fact is compared with."""
        equal = [value for value in (self.equals, *(self.in_ or ())) if isinstance(value, int | float)]
        return {*(limit for _, limit in self.comparisons), *(Decimal(repr(value)) for value in equal)}


class Consent(Definition):
    """What the person said about a channel, or about a topic of it; `pending` waits for the person's confirmation,
    `unknown` is: nothing yet."""

    consent: Channel
    topic: Name | None = None
    is_: Literal["granted", "denied", "pending", "unknown"] = Field(alias="is")


class SegmentIs(Definition):
    """The customer is in this segment, or on this list."""

    segment: Name


Leaf: TypeAlias = StageIs | PhaseIs | Trait | Fact | Account | Consent | Happened | MessageIs | SegmentIs
Rule: TypeAlias = All | Any_ | Not | Leaf
KINDS: Final[Mapping[str, type[Rule]]] = {
    "all": All,
    "any": Any_,
    "not": Not,
    "stage": StageIs,
    "phase": PhaseIs,
    "trait": Trait,
    "fact": Fact,
    "account": Account,
    "consent": Consent,
    "event": Happened,
    "message": MessageIs,
    "segment": SegmentIs,
}
_TYPES: Final = frozenset(KINDS.values())


def leaves(rule: Rule) -> Iterator[Leaf]:
    """The conditions of a rule, in its order."""
    if isinstance(rule, All | Any_):
        for inner in rule.all if isinstance(rule, All) else rule.any:
            yield from leaves(inner)
    elif isinstance(rule, Not):
        yield from leaves(rule.not_)
    else:
        yield rule


class _Whole(Definition):
    rule: AnyRule


def parse(raw: object) -> Rule:
    """A rule from JSON. Raises Invalid, with paths that begin at `rule`."""
    return validated(_Whole, {"rule": raw}).rule
