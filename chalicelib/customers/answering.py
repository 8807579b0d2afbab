"""What somebody answers to: on which channel a person has clicked, tapped, written back, and how long ago. Pure.

A fact of what happened (happenings.py, by the names in tracking/answers.py), so it costs nothing to keep. An answer
that is a quarter old counts half as much as one of today; what is only shown (an open, a view) counts a quarter of a
click, and what a machine did counts nothing. Of each name the last four times are known, which is enough to tell the
channels apart and keeps whoever clicked a hundred times on one day from being hers for ever. All weights fade alike,
so time alone never changes the order of the channels.

Reports of mails (that one was delivered, or opened) expire and are no fact; of mail it is the clicks that count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from chalicelib import times
from chalicelib.customers import devices
from chalicelib.tracking.answers import ANSWERS, AnsweringChannel, Answers

if TYPE_CHECKING:
    from chalicelib.customers.facts import Facts
    from chalicelib.customers.happenings import Happenings

HALF_LIFE: Final = timedelta(days=90)
OPENED: Final = 0.25
ORDER: Final[tuple[AnsweringChannel, ...]] = ("email", "push", "sms")
"""Where somebody has answered to nothing: what costs least first."""

_ADDRESS: Final[Mapping[str, str]] = {"email": "email", "sms": "phone"}
_NO_ANSWER: Final = frozenset({"On-site Message Dismissed"})


def _names(said: Answers) -> dict[str, float]:
    named = ((said.clicked, 1.0), (said.opened, OPENED), *((name, 1.0) for name in said.doings))
    return {name: weight for name, weight in named if name and name not in _NO_ANSWER}


_NAMES: Final = {channel: _names(said) for channel, said in ANSWERS.items()}
NAMES: Final = frozenset(name for names in _NAMES.values() for name in names)
"""The events that are answers."""


@dataclass(frozen=True)
class Answering:
    """How somebody answers on one channel. weight: 1 for a click of this moment. last_at: of the last answer; None for
    none. reachable: there is an address, nobody has said no, and nothing keeps us from it."""

    channel: AnsweringChannel
    weight: float
    last_at: datetime | None
    reachable: bool


def answering(
    facts: Facts, traits: Mapping[str, Any], now: datetime, order: Sequence[AnsweringChannel] = ORDER
) -> tuple[Answering, ...]:
    """The channels of `order`, those first to which the person answers most; among equals in that order."""
    most = answered(facts.happenings, order)
    return tuple(_on(channel, facts, traits, now) for channel in [*most, *(each for each in order if each not in most)])


def answered(happenings: Happenings, among: Sequence[AnsweringChannel] = tuple(ANSWERS)) -> list[AnsweringChannel]:
    """The channels on which the person has ever answered, the most first; among equals in the order of `among`."""
    last = max((at for channel in among for _, at in _answers(channel, happenings)), default=None)
    if last is None:
        return []
    weights = {channel: _weight(_answers(channel, happenings), last) for channel in among}
    return sorted((channel for channel in among if weights[channel] > 0), key=lambda channel: -weights[channel])


def _on(channel: AnsweringChannel, facts: Facts, traits: Mapping[str, Any], now: datetime) -> Answering:
    answers = list(_answers(channel, facts.happenings))
    last_at = max((at for _, at in answers), default=None)
    return Answering(channel, round(_weight(answers, now), 4), last_at, _reachable(channel, facts, traits))


def _weight(answers: Iterable[tuple[float, datetime]], now: datetime) -> float:
    return float(sum(weight * 0.5 ** ((now - at) / HALF_LIFE) for weight, at in answers))


def _answers(channel: AnsweringChannel, happenings: Happenings) -> Iterator[tuple[float, datetime]]:
    for name, weight in _NAMES[channel].items():
        held = happenings.of(name)
        for at in held.recent if held else ():
            yield weight, times.after_epoch(at)


def _reachable(channel: AnsweringChannel, facts: Facts, traits: Mapping[str, Any]) -> bool:
    address = traits.get(_ADDRESS.get(channel, ""))
    held = facts.suppressed.get(channel)
    if held is not None and held.holds(address if isinstance(address, str) else None):
        return False
    if facts.consent_status(channel) == "withdrawn":
        return False
    if channel == "push":
        return bool(devices.addressed(traits))
    return channel not in _ADDRESS or bool(address)
