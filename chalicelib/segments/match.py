"""Whether a rule holds for a customer at a moment, what decided it, and from when on time alone decides it otherwise.

`match` says all three; `holds` only the first, and quickly. Both are pure and total: no rule and no customer raises. A
rule that needs events which the view does not have is answered as if they had not happened, and the reasons say so:
callers ask `need.needed` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.segments import numbers, occurrences
from chalicelib.segments.measures import MEASURES
from chalicelib.segments.moments import moment_of
from chalicelib.segments.occurrence import Happened, MessageIs
from chalicelib.segments.outlook import Outlook, every, opposite, some, steady
from chalicelib.segments.rule import (
    Account,
    All,
    Any_,
    Consent,
    Fact,
    Leaf,
    Not,
    PhaseIs,
    Rule,
    SegmentIs,
    StageIs,
    Trait,
)
from chalicelib.segments.says import says
from chalicelib.segments.texts import TEXTS
from chalicelib.segments.values import look_up
from chalicelib.segments.view import View
from chalicelib.times import after_epoch, milliseconds

_LONGEST: Final = 200  # characters of an explanation in one line


@dataclass(frozen=True)
class Reason:
    """One condition: what was asked, what is the case, and whether the condition held."""

    rule: str
    actual: Any
    held: bool


@dataclass(frozen=True)
class Match:
    """The answer, the conditions that decided it (those that held if it matched, those that did not if not), and the
    earliest moment at which time alone changes it, to the millisecond; None for never within ten years.

    Only of rules with scores of the lifecycle `until` may be earlier than the change: 60 days ahead at most, to be
    asked again (numbers.py).
    """

    matched: bool
    reasons: tuple[Reason, ...]
    until: datetime | None = None

    def text(self) -> str:
        """The deciding conditions in one short line, without the customer's own values."""
        said = "; ".join(f"{'' if reason.held else 'not '}{reason.rule}" for reason in self.reasons)
        return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


@dataclass(frozen=True)
class _Found:
    """A rule, decided."""

    outlook: Outlook
    reasons: tuple[Reason, ...]


def match(rule: Rule, view: View, now: datetime) -> Match:
    """Decide `rule` for the customer seen in `view`, at `now`."""
    found = _decided(rule, view, milliseconds(now))
    until = found.outlook.until
    return Match(found.outlook.holds, found.reasons, None if until is None else after_epoch(until))


def _decided(rule: Rule, view: View, now: int) -> _Found:
    if isinstance(rule, All):
        return _every([_decided(inner, view, now) for inner in rule.all])
    if isinstance(rule, Any_):
        return _some([_decided(inner, view, now) for inner in rule.any])
    if isinstance(rule, Not):
        inner = _decided(rule.not_, view, now)
        return _Found(opposite(inner.outlook), inner.reasons)
    return _every([_condition(*each) for each in _conditions(rule, view, now)])


def _condition(says: str, actual: Any, outlook: Outlook) -> _Found:
    return _Found(outlook, (Reason(says, actual, outlook.holds),))


def _every(found: Sequence[_Found]) -> _Found:
    failed = [each for each in found if not each.outlook.holds]
    return _Found(every([each.outlook for each in found]), _reasons(failed or found))


def _some(found: Sequence[_Found]) -> _Found:
    held = [each for each in found if each.outlook.holds]
    return _Found(some([each.outlook for each in found]), _reasons(held or found))


def _reasons(found: Sequence[_Found]) -> tuple[Reason, ...]:
    return tuple(reason for each in found for reason in each.reasons)


def _conditions(rule: Leaf, view: View, now: int) -> list[tuple[str, Any, Outlook]]:
    """Every condition of it: in words, what is the case, and how it stands."""
    match rule:
        case StageIs():
            return [(says(rule), view.stage, steady(view.stage in rule.stage))]
        case PhaseIs():
            phase = view.phase(rule.phase)
            return [(says(rule), phase, steady(phase in rule.in_))]
        case Trait():
            return _trait(rule, view, now)
        case Fact():
            return _fact(rule, view, now)
        case Consent():
            said = consent(rule, view)
            return [(says(rule), said, steady(said == rule.is_))]
        case SegmentIs():
            inside = rule.segment in view.segments
            return [(says(rule), inside, steady(inside))]
        case Happened() | MessageIs():
            found = occurrences.find(rule.question, view, now)
            return [(says(rule) + ("" if found.known else UNREAD), found.actual, found.outlook)]


UNREAD: Final = " (not looked up: the history was not read)"


def _trait(rule: Trait, view: View, now: int) -> list[tuple[str, Any, Outlook]]:
    kind, of = ("account", view.account) if isinstance(rule, Account) else ("trait", view.traits)
    subject, actual = f"{kind} {rule.trait}", look_up(of, rule.trait)
    found = [(f"{subject} {test.says}", actual, steady(test.holds(actual))) for test in rule.tests]
    if rule.asked:
        zone = view.local.zone
        held = rule.outlooks(moment_of(actual, zone), zone, now)
        found += [(f"{subject} {said}", actual, outlook) for said, outlook in held]
    return found


def _fact(rule: Fact, view: View, now: int) -> list[tuple[str, Any, Outlook]]:
    measure = MEASURES.get(rule.fact)
    at = after_epoch(now)
    if measure is None:
        actual = TEXTS[rule.fact].value(view, at)
        return [(f"fact {rule.fact} {test.says}", actual, steady(test.holds(actual))) for test in rule.tests]
    number = measure.value(view, at)
    return [
        (f"fact {rule.fact} {test.says}", number, numbers.outlook(measure, test, rule.limits, view, now))
        for test in rule.tests
    ]


def consent(rule: Consent, view: View) -> str:
    """Where the person stands on what the rule asks about."""
    return _SAID[view.facts.consent_status(f"{rule.consent}/{rule.topic}" if rule.topic else rule.consent)]


_SAID: Final = {None: "unknown", "granted": "granted", "withdrawn": "denied", "pending": "pending"}


def holds(rule: Rule, view: View, now: datetime) -> bool:
    """The answer of `match` alone, in a fraction of its time."""
    return _holds(rule, view, now, milliseconds(now))


def _dated(rule: Trait, actual: Any, view: View, now: int) -> bool:
    zone = view.local.zone
    return rule.hold(moment_of(actual, zone), zone, now)


def _holds(rule: Rule, view: View, now: datetime, ms: int) -> bool:
    match rule:
        case All():
            return all(_holds(inner, view, now, ms) for inner in rule.all)
        case Any_():
            return any(_holds(inner, view, now, ms) for inner in rule.any)
        case Not():
            return not _holds(rule.not_, view, now, ms)
        case Fact():
            value = (MEASURES.get(rule.fact) or TEXTS[rule.fact]).value(view, now)
            return all(test.holds(value) for test in rule.tests)
        case Trait():
            actual = look_up(view.account if isinstance(rule, Account) else view.traits, rule.trait)
            return all(test.holds(actual) for test in rule.tests) and (not rule.asked or _dated(rule, actual, view, ms))
        case Happened() | MessageIs():
            return occurrences.holds(rule.question, view, ms)
        case _:
            return all(outlook.holds for _, _, outlook in _conditions(rule, view, ms))
