"""The whole explanation of one customer, or account: everything that is known of why, and what is to come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from chalicelib.lifecycle.explain import scores, statements
from chalicelib.lifecycle.explain.acts import Situation
from chalicelib.lifecycle.explain.figures import Figure, Score, of_reason
from chalicelib.lifecycle.explain.voice import Voice
from chalicelib.lifecycle.explain.whatif import WhatIf, what_ifs
from chalicelib.lifecycle.explain.words import language, of_trust, outlook, sentence
from chalicelib.lifecycle.frame import Frame, phase_by, signs
from chalicelib.lifecycle.rules import RULES, Stage
from chalicelib.lifecycle.stage import Judgement, OpenIntent, Reason, judge

if TYPE_CHECKING:
    from chalicelib.customers.stages import StageChange


@dataclass(frozen=True, slots=True)
class Why:
    """A rule that fired, with its figures in words."""

    rule: str
    sentence: str
    values: tuple[Figure, ...]
    thresholds: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The customer in one frame: the phase, and all phases of the frame in their order, by name."""

    name: str
    title: str
    phase: str
    phase_title: str
    phases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Past:
    """A change of stage, its cause in words, and the reason of the new stage then; None if it was not kept."""

    change: StageChange
    sentence: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one stage, in one language. Times are aware UTC; sentences tell them in `zone`."""

    judgement: Judgement
    title: str
    next_title: str | None
    reasons: tuple[Why, ...]
    outlook: str
    scores: tuple[Score, ...]
    trust: str
    what_ifs: tuple[tuple[WhatIf, str, str], ...]
    open_intents: tuple[tuple[OpenIntent, str], ...]
    next_order: str | None
    overdue: str | None
    reactivated: str | None
    frames: tuple[Seen, ...]
    history: tuple[Past, ...]


def explain(
    situation: Situation,
    now: datetime,
    *,
    code: str,
    zone: tzinfo,
    currency: str | None,
    frames: Mapping[str, Frame],
    history: Iterable[StageChange] = (),
    reactivated_at: datetime | None = None,
) -> Explanation:
    """Why this stage, what would change it, and how else it is seen, at `now` in the language `code`."""
    voice = Voice(language(code), zone, currency)
    judgement = judge(situation.facts, situation.identified, situation.parameters, now)
    stages = voice.language.stages
    return Explanation(
        judgement=judgement,
        title=stages[judgement.stage],
        next_title=stages[judgement.next_stage] if judgement.next_stage else None,
        reasons=tuple(_why(reason, voice) for reason in judgement.reasons),
        outlook=outlook(judgement, voice),
        scores=tuple(scores.told(judgement, situation, voice, now)),
        trust=of_trust(situation.parameters.fitted.trust, voice),
        what_ifs=tuple(
            (said, stages[said.stage], statements.of_what_if(said, judgement.stage, voice, now))
            for said in what_ifs(situation, now)
        ),
        open_intents=tuple((said, statements.of_intent(said, voice)) for said in judgement.open_intents),
        next_order=statements.of_next_order(judgement.next_order, voice) if judgement.next_order else None,
        overdue=statements.of_overdue(judgement, voice, now) if judgement.overdue_at else None,
        reactivated=statements.of_return(reactivated_at, voice) if reactivated_at else None,
        frames=seen(situation, judgement.stage, frames, voice, code),
        history=tuple(_past(change, voice) for change in history),
    )


def seen(situation: Situation, stage: Stage, frames: Mapping[str, Frame], voice: Voice, code: str) -> tuple[Seen, ...]:
    """The phase in every frame."""
    asked = signs(stage, situation.facts)
    found = []
    for name, frame in frames.items():
        titles = {phase: statements.phase_title(name, frame, phase, voice, code) for phase in frame.phases}
        phase = phase_by(frame, stage, asked)
        found.append(Seen(name, statements.frame_title(name, frame, voice, code), phase, titles[phase], titles))
    return tuple(found)


def _why(reason: Reason, voice: Voice) -> Why:
    values, thresholds = of_reason(reason, voice)
    return Why(reason.rule, sentence(reason, voice), values, thresholds)


def _past(change: StageChange, voice: Voice) -> Past:
    since = change.since or change.at
    said = statements.of_change(change.stage_from, change.stage_to, change.cause, since, voice)
    return Past(change, said, _reason(change.reason, voice))


def _reason(stored: Mapping[str, Any] | None, voice: Voice) -> str | None:
    """The sentence of a reason as it was stored; None for one of another version of the rules, which lacks a value."""
    if stored is None or stored.get("rule") not in RULES:
        return None
    try:
        return sentence(Reason(stored["rule"], stored["values"], stored["thresholds"]), voice)
    except (KeyError, ValueError):
        return None
