"""What a rule speaks of: so that what has changed leads to the rules that may now be answered otherwise. Pure.

`tests/segments/test_mentions.py` holds this to be true: whatever changes that a rule does not mention leaves its answer
as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from chalicelib.segments.measures import MEASURES, SCORES, STANDING
from chalicelib.segments.moments import Moments, is_local
from chalicelib.segments.occurrence import Happened, MessageIs
from chalicelib.segments.rule import Account, Consent, Fact, Leaf, PhaseIs, Rule, SegmentIs, StageIs, Trait, leaves
from chalicelib.segments.texts import TEXTS

_NOTHING: Final[frozenset[str]] = frozenset()
_OF_CONSENT: Final = frozenset({"consent", "asked"})
_OF_PHASES: Final = frozenset(
    {"orders", "earlier", "subscriptions", "intent", "intents", "consent", "asked", "active_days"}
)


@dataclass(frozen=True)
class Mentions:
    """events:   names of events whose coming may change the answer.
    facts:    fields of `Facts`. The field `happenings` is never among them: what it is asked for is in `events`.
    traits, account, consent: of the person (where she is, for dates without a time), of the account that she belongs
              to, of what she agreed to.
    stage:    the stage, or what comes with it (when it was entered, why, overdue, reactivated), or a phase.
    segments: names of segments and lists.
    scores:   of the lifecycle, which another fit or other parameters change for everybody.
    time:     time alone may change it.
    """

    events: frozenset[str] = _NOTHING
    facts: frozenset[str] = _NOTHING
    traits: bool = False
    account: bool = False
    consent: bool = False
    stage: bool = False
    segments: frozenset[str] = _NOTHING
    scores: bool = False
    time: bool = False

    def __or__(self, other: Mentions) -> Mentions:
        """What either mentions."""
        return Mentions(**{each.name: getattr(self, each.name) | getattr(other, each.name) for each in fields(self)})


def mentions(rule: Rule) -> Mentions:
    """What `rule` mentions, the rules inside it included."""
    found = Mentions()
    for leaf in leaves(rule):
        found |= _OF[type(leaf)](leaf)
    return found


def _fact(rule: Fact) -> Mentions:
    measure = MEASURES.get(rule.fact)
    return Mentions(
        events=frozenset() if measure else TEXTS[rule.fact].events,
        facts=measure.parts if measure else TEXTS[rule.fact].parts,
        stage=rule.fact in STANDING or rule.fact == "stage_cause",
        scores=rule.fact in SCORES,
        time=measure is not None and measure.trend != "stays",
    )


def _happened(rule: Happened | MessageIs) -> Mentions:
    question = rule.question
    moments = isinstance(question.asked, Moments)
    asked = question.asked.asked.values() if isinstance(question.asked, Moments) else ()
    dated = any(where.before or where.after for where in _wheres(rule))
    local = dated or any(map(is_local, [*asked, *(question.between or ())]))
    return Mentions(events=question.spoken_of, traits=local, time=moments or question.within is not None)


def _wheres(rule: Happened | MessageIs) -> tuple[Any, ...]:
    by = rule.question.followed_by
    return (*rule.question.where, *((by.where or ()) if by else ()))


def _trait(rule: Trait) -> Mentions:
    dated = bool(rule.asked)
    return (
        Mentions(traits=True, time=dated) if type(rule) is Trait else Mentions(account=True, traits=dated, time=dated)
    )


_OF: Final[Mapping[type[Leaf], Callable[[Any], Mentions]]] = {
    StageIs: lambda rule: Mentions(stage=True),
    PhaseIs: lambda rule: Mentions(facts=_OF_PHASES, stage=True),
    Trait: _trait,
    Account: _trait,
    Fact: _fact,
    Consent: lambda rule: Mentions(facts=_OF_CONSENT, consent=True),
    SegmentIs: lambda rule: Mentions(segments=frozenset({rule.segment})),
    Happened: _happened,
    MessageIs: _happened,
}
