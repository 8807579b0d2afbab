"""Reasons and outlooks in words. The rule and its figures are the record; a sentence is made when somebody reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chalicelib import plugins
from chalicelib.lifecycle.explain.language import Language
from chalicelib.lifecycle.explain.voice import VARIANTS, Voice
from chalicelib.lifecycle.fitted import ENOUGH_BUYERS, Trust

if TYPE_CHECKING:
    from chalicelib.lifecycle.stage import Judgement, Reason

PACKAGE: Final = "chalicelib.lifecycle.explain.languages"
ENGLISH: Final = "en"


def languages() -> tuple[str, ...]:
    """The codes of the languages that there are."""
    return plugins.names(PACKAGE)


def language(code: str) -> Language:
    """A language by its code. UnknownPlugin for one that there is not."""
    found: Language = plugins.load(PACKAGE, code)
    return found


def english() -> Voice:
    """English with dates in UTC: what is said where nobody has asked for another language."""
    return Voice(language(ENGLISH))


def sentence(reason: Reason, voice: Voice | None = None) -> str:
    """The reason as one sentence, with dates to the day."""
    voice = voice or english()
    return voice.say(voice.language.rules[_sentence_of(reason)], words_of(reason))


def outlook(judgement: Judgement, voice: Voice | None = None) -> str:
    """What happens if nothing happens: the next stage and its date."""
    voice = voice or english()
    told = {"stage": judgement.stage, "next_stage": judgement.next_stage, "next_at": judgement.next_at}
    return voice.say(voice.language.said["for_good" if judgement.next_at is None else "outlook"], told)


def of_trust(trust: Trust, voice: Voice | None = None) -> str:
    """How much the figures are to be trusted; in English, if no voice is given."""
    voice = voice or english()
    said = voice.language.said
    words = {
        "buyers": trust.buyers,
        "returned": trust.returned,
        "as_of_at": trust.as_of,
        "enough_buyers": ENOUGH_BUYERS,
    }
    found = [voice.say(said[f"trust_{trust.level}"], words)]
    if trust.level == "shop" and not trust.checked:
        found.append(said["trust_unchecked"])
    if trust.drifted:
        found.append(said["trust_drifted"])
    return " ".join(found)


def words_of(reason: Reason) -> dict[str, Any]:
    """What a sentence of the reason may name: its values, and its thresholds, which a value of the same name hides;
    `threshold_...` names them always."""
    thresholds = {f"threshold_{name}": value for name, value in reason.thresholds.items()}
    return {**thresholds, **reason.thresholds, **reason.values}


def _sentence_of(reason: Reason) -> str:
    known = {**reason.thresholds, **reason.values}
    variants = VARIANTS.get(reason.rule, ((reason.rule, None),))
    return next(name for name, needs in variants if needs is None or known.get(needs) is not None)
