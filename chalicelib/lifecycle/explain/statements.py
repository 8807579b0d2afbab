"""What-ifs, open intents, dates and history in words. Pure.

A deadline is said to the day where that is enough: "before 3 December" is any moment until that day begins in the
reader's zone, which is no later than the moment itself, so the sentence is true as it stands. A deadline of today is
said to the minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from chalicelib.lifecycle.explain.voice import Voice
from chalicelib.lifecycle.explain.whatif import WhatIf
from chalicelib.lifecycle.frame import Frame
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.stage import Judgement, NextOrder, OpenIntent

_SOON: Final = timedelta(days=2)
"""What happens within this time is said to the minute."""


def of_what_if(said: WhatIf, stage: Stage, voice: Voice, now: datetime) -> str:
    """What an act would do to somebody who stands in `stage`: one to three sentences."""
    sentences = voice.language.said
    words: dict[str, Any] = {"act": voice.language.acts[said.act], "stage": said.stage}
    words |= {"prevents_stage": said.prevents, "then_stage": said.then}
    moves, prevents = said.stage != stage, said.prevents is not None
    whole = prevents and said.prevents_from is None and said.prevents_before == said.before
    if not moves and said.lasts_until is not None and said.lasts_until == said.prevents_before:
        whole = False  # the stage changes all the same, into another: it does not simply stay
    names = ["moves_and_prevents" if moves else "keeps"] if whole else ["moves"] * moves + ["prevents"] * prevents
    found = []
    for name in names:
        since, until = (said.prevents_from, said.prevents_before) if name == "prevents" else (None, said.before)
        found.append(voice.say(sentences[name], words | {"deadline": _span(voice, now, since, until)}))
    done_now = moves or (prevents and said.prevents_from is None)
    if done_now and said.lasts_until is not None and said.then is not None:
        lasts = {"until_text": voice.tell("until_at", said.lasts_until, _form("until", said.lasts_until, now))}
        found.append(voice.say(sentences["lasts"], words | lasts))
    return " ".join(found)


def _span(voice: Voice, now: datetime, since: datetime | None, until: datetime | None) -> str:
    """When something must be done to have its effect, with a space before it; "" for at any time."""
    if until is None:
        return ""
    first = now if since is None else voice.day_after(since)
    if voice.day_of(until) > first:
        parts = [None if since is None else first, voice.day_of(until)]
        forms = ("from", "before")
    else:
        parts, forms = [since, until], ("from_minute", "before_minute")
    told = [voice.tell("moment_at", at, form) for at, form in zip(parts, forms, strict=True) if at is not None]
    if len(told) == 1:
        return f" {told[0]}"
    return " " + voice.say(voice.language.said["span"], {"from_text": told[0], "until_text": told[1]})


def _form(form: str, at: datetime, now: datetime) -> str:
    return f"{form}_minute" if at - now < _SOON else form


def of_intent(said: OpenIntent, voice: Voice) -> str:
    """An open intent: what it is, since when, and until when it stays so."""
    words = {"intent": said.kind, "since_at": said.since, "last_at": said.last_at, "intent_until": said.expires}
    worth = _worth(said.worth, voice)
    return voice.say(voice.language.said["open_intent_worth" if worth else "open_intent"], words | {"sum": worth})


def _worth(worth: Mapping[str, Decimal], voice: Voice) -> str:
    return " + ".join(Voice(voice.language, voice.zone, currency or None).money(sum) for currency, sum in worth.items())


def of_next_order(said: NextOrder, voice: Voice) -> str:
    """When the next order is expected."""
    words = {"next_order_at": said.at, "from_at": said.early, "to_at": said.late}
    return voice.say(voice.language.said["next_order"], words)


def of_overdue(judgement: Judgement, voice: Voice, now: datetime) -> str:
    """That the next order is late by the person's own measure, or when it will be. Only with an `overdue_at`."""
    name = "overdue" if judgement.is_overdue(now) else "overdue_later"
    return voice.say(voice.language.said[name], {"overdue_at": judgement.overdue_at})


def of_return(at: datetime, voice: Voice) -> str:
    """That the person came back after a silence."""
    return voice.say(voice.language.said["reactivated"], {"reactivated_at": at})


def of_change(stage_from: str | None, stage_to: str, cause: str, since: datetime, voice: Voice) -> str:
    """A change of stage in the history, without its reason."""
    words: dict[str, Any] = {"stage": stage_to, "from_stage": stage_from, "since_at": since}
    words["cause"] = voice.language.causes.get(cause, cause)
    return voice.say(voice.language.said["changed" if stage_from else "began"], words)


def frame_title(name: str, frame: Frame, voice: Voice, code: str) -> str:
    """What a frame is called: by the workspace, else by the language, else in English."""
    return frame.titles.get(code) or voice.language.frames.get(name) or frame.title


def phase_title(name: str, frame: Frame, phase: str, voice: Voice, code: str) -> str:
    """What a phase is called, likewise."""
    if frame.titles:
        return frame.phase_titles.get(code, {}).get(phase) or frame.phases[phase]
    if phase in set(Stage) and frame.phases.keys() == set(Stage):
        return voice.language.stages[Stage(phase)]
    return voice.language.phases.get(name, {}).get(phase) or frame.phases[phase]
