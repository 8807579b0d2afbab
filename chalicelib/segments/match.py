"""Whether a rule holds for a customer at a moment, and what decided it. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chalicelib.segments.measures import MEASURES, WORDS
from chalicelib.segments.rule import Account, All, Any_, Compared, Consent, Fact, Not, Rule, StageIs, Trait
from chalicelib.segments.view import View

_COMPARE: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "equals": operator.eq,
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}


@dataclass(frozen=True)
class Reason:
    """One condition: what was asked, what is the case, and whether the condition held."""

    rule: str
    actual: Any
    held: bool


@dataclass(frozen=True)
class Match:
    """The answer, and the conditions that decided it: those that held if it matched, those that did not if not."""

    matched: bool
    reasons: tuple[Reason, ...]

    def text(self) -> str:
        """The deciding conditions in one short line, without the customer's own values."""
        said = "; ".join(f"{'' if reason.held else 'not '}{reason.rule}" for reason in self.reasons)
        return said if len(said) <= 200 else f"{said[:199]}…"


def match(rule: Rule, view: View, now: datetime) -> Match:
    """Decide `rule` for the customer seen in `view`, at `now`. Pure and total: no rule and no customer raises."""
    if isinstance(rule, All):
        return _every([match(inner, view, now) for inner in rule.all])
    if isinstance(rule, Any_):
        return _some([match(inner, view, now) for inner in rule.any])
    if isinstance(rule, Not):
        inner = match(rule.not_, view, now)
        return Match(not inner.matched, inner.reasons)
    return _every([Match(reason.held, (reason,)) for reason in _conditions(rule, view, now)])


def _conditions(rule: StageIs | Trait | Fact | Consent, view: View, now: datetime) -> list[Reason]:
    if isinstance(rule, StageIs):
        wanted = f"stage in {', '.join(rule.stage)}"
        return [Reason(wanted, view.stage, view.stage in rule.stage)]
    if isinstance(rule, Account):
        return _asked(f"account {rule.trait}", rule, _look_up(view.account, rule.trait))
    if isinstance(rule, Trait):
        return _asked(f"trait {rule.trait}", rule, _look_up(view.traits, rule.trait))
    if isinstance(rule, Fact):
        known = MEASURES.get(rule.fact) or WORDS[rule.fact]
        return _asked(f"fact {rule.fact}", rule, known.value(view, now))
    return [_consent(rule, view)]


def _every(answers: Sequence[Match]) -> Match:
    failed = [answer for answer in answers if not answer.matched]
    return Match(not failed, _reasons(failed or answers))


def _some(answers: Sequence[Match]) -> Match:
    held = [answer for answer in answers if answer.matched]
    return Match(bool(held), _reasons(held or answers))


def _reasons(answers: Sequence[Match]) -> tuple[Reason, ...]:
    return tuple(reason for answer in answers for reason in answer.reasons)


def _compared(subject: str, rule: Compared, actual: Decimal | None) -> list[Reason]:
    return [
        Reason(f"{subject} {name} {limit}", actual, actual is not None and _COMPARE[name](actual, limit))
        for name, limit in rule.comparisons().items()
    ]


def _asked(subject: str, rule: Trait | Fact, actual: Any) -> list[Reason]:
    reasons = _compared(subject, rule, _number(actual))
    if rule.exists is not None:
        wanted = "exists" if rule.exists else "does not exist"
        reasons.append(Reason(f"{subject} {wanted}", actual, (actual is not None) is rule.exists))
    if rule.equals is not None:
        reasons.append(Reason(f"{subject} equals {rule.equals}", actual, _same(actual, rule.equals)))
    if rule.in_ is not None:
        held = any(_same(actual, value) for value in rule.in_)
        reasons.append(Reason(f"{subject} in {', '.join(map(str, rule.in_))}", actual, held))
    if rule.contains is not None:
        reasons.append(Reason(f"{subject} contains {rule.contains}", actual, _within(rule.contains, actual)))
    return reasons


_SAID: Final = {None: "unknown", "granted": "granted", "withdrawn": "denied", "pending": "pending"}


def _consent(rule: Consent, view: View) -> Reason:
    subject = f"{rule.consent}/{rule.topic}" if rule.topic else rule.consent
    actual = _SAID[view.facts.consent_status(subject)]
    return Reason(f"consent {subject} is {rule.is_}", actual, actual == rule.is_)


def _look_up(traits: Mapping[str, Any], name: str) -> Any:
    """The trait of that name, else the part that a dotted name leads to, else None."""
    if name in traits:
        return traits[name]
    value: Any = traits
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _number(value: Any) -> Decimal | None:
    """A finite number as a Decimal, as exactly as it is written; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact if exact.is_finite() else None


def _same(actual: Any, wanted: str | bool | int | float) -> bool:
    """Equal and of one kind: true is not 1, and "1" is not 1."""
    if isinstance(actual, bool) or isinstance(wanted, bool):
        return actual is wanted
    if isinstance(wanted, str):
        return isinstance(actual, str) and actual == wanted
    number = _number(actual)
    return number is not None and number == _number(wanted)


def _within(wanted: str | bool | int | float, actual: Any) -> bool:
    if isinstance(actual, str):
        return isinstance(wanted, str) and wanted in actual
    return isinstance(actual, list | tuple) and any(_same(member, wanted) for member in actual)
