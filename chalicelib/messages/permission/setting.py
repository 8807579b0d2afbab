"""What the workspace decides about permission: the setting `permission`.

Every field has a default that is safe without a decision: few messages, no text message at night, nothing said twice,
and nobody held out, because to leave people alone on purpose is a decision of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StrictInt

from chalicelib import times
from chalicelib.customers.answering import ORDER
from chalicelib.customers.consent import CHANNELS
from chalicelib.customers.setting import Setting, Values, objection
from chalicelib.journeys.clock import Window
from chalicelib.journeys.send import MessageClass
from chalicelib.lifecycle.rules import Stage as StageName
from chalicelib.messages.permission import policy as rules
from chalicelib.segments.fields import Duration
from chalicelib.tracking.answers import AnsweringChannel

Channel = Literal["email", "sms", "push", "phone", "post", "onsite"]

_TOPIC: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

LONGEST: Final = timedelta(days=60)
MOST_CAPS: Final = 20
MOST_COUNT: Final = 100
"""A permit remembers what caps look back at, and is written with every message."""


def _short(span: timedelta) -> timedelta:
    if span > LONGEST:
        text = times.duration_text(LONGEST)
        raise objection("within", f"This is longer than {text}", f"Look back at most {text}.")
    return span


Within = Annotated[Duration, AfterValidator(_short)]


def _named(channels: frozenset[str]) -> frozenset[str]:
    if not channels:
        raise objection("channels", "This names no channel", "Name one or more, or leave channels out.")
    return channels


def _topic(key: str) -> str:
    channel, _, name = key.partition("/")
    if channel not in CHANNELS or not _TOPIC.fullmatch(name):
        raise objection("topic", "This is no topic", "Write the channel and the topic's name: email/newsletter.")
    return key


Channels = Annotated[frozenset[Channel], PlainSerializer(sorted, return_type=list[str])]


class Cap(Values):
    """At most so many messages in any span of time: a window that rolls, not a calendar day."""

    count: Annotated[StrictInt, Field(ge=0, le=MOST_COUNT)] = Field(description="At most so many; 0: none.")
    within: Within = Field(description="In any span of this length: P1D is any 24 hours.")
    channels: Annotated[Channels, AfterValidator(_named)] | None = Field(
        None, description="Counted together on these channels; null: on all that come to people (all but onsite)."
    )
    message_class: MessageClass = Field("marketing", alias="class", description="What is counted.")

    def value(self) -> rules.Cap:
        """The cap."""
        channels = None if self.channels is None else frozenset[str](self.channels)
        return rules.Cap(self.count, self.within, channels, self.message_class)


class StagePolicy(Values):
    """What is different for people in one stage."""

    channels: Channels | None = Field(None, description="Marketing on these channels only; []: none. null: on all.")
    caps: list[Cap] = Field([], max_length=MOST_CAPS, description="Beside the caps for everybody.")

    def value(self) -> rules.Stage:
        """What people in the stage get."""
        channels = None if self.channels is None else frozenset[str](self.channels)
        return rules.Stage(channels, tuple(cap.value() for cap in self.caps))


class HoldoutPolicy(Values):
    """Who is left alone on purpose, so that what marketing brings can be measured against them."""

    share: float = Field(
        0.0, ge=0.0, le=0.5, description="The share of customers who get no marketing: 0.05 is one in twenty."
    )
    topics: list[Annotated[str, AfterValidator(_topic)]] = Field(
        [], max_length=200, description="Topics (email/newsletter) that they get all the same."
    )


def _standing() -> dict[Any, list[Window]]:
    """The hours of the channels that nobody named."""
    return {channel: list(windows) for channel, windows in rules.HOURS.items()}


def _with_standing(hours: object) -> object:
    """A channel that is not named keeps its own hours: nobody opens the night to text messages by not thinking of
    it."""
    return {**_standing(), **hours} if isinstance(hours, Mapping) else hours


Hours = Annotated[
    dict[Channel, Annotated[list[Window], Field(max_length=14)]],
    BeforeValidator(_with_standing),
]


def _caps() -> list[Cap]:
    """Those that hold where nobody says otherwise."""
    return [
        Cap.model_validate(
            {
                "count": cap.count,
                "within": cap.within,
                "channels": None if cap.channels is None else sorted(cap.channels),
                "class": cap.message_class,
            }
        )
        for cap in rules.CAPS
    ]


class Permission(Setting):
    """How much marketing people get, when, and who gets none. Consent, suppressions and deadlines need no setting."""

    name: ClassVar[str] = "permission"

    caps: list[Cap] = Field(
        default_factory=_caps,
        max_length=MOST_CAPS,
        description="How many messages anybody gets; what is put stands in the place of the default ones.",
    )
    hours: Hours = Field(
        default_factory=_standing,
        description="By channel, when marketing may come, on the recipient's clock; []: always. A channel that is not"
        " named keeps its own: sms and push from 08:00 to 21:00, others always.",
    )
    repeat_after: Within | None = Field(
        timedelta(days=7), description="The same words are not said again to a person before; null: they may be."
    )
    holdout: HoldoutPolicy = Field(
        default_factory=HoldoutPolicy, description="Who gets no marketing at all, by a share of customers."
    )
    stages: dict[StageName, StagePolicy] = Field({}, description="By stage of the lifecycle, what is different there.")
    preferred: list[AnsweringChannel] = Field(
        default_factory=lambda: list(ORDER),
        min_length=1,
        description="The channels of messages that come by whatever somebody answers to, in the order for whoever"
        " answers to none.",
    )

    def policy(self, only_to: tuple[str, ...] | None = None, zone: tzinfo = UTC) -> rules.Policy:
        """The rules by which is asked. only_to: as the deployment has it. zone: the workspace's own."""
        return rules.Policy(
            caps=tuple(cap.value() for cap in self.caps),
            only_to=only_to,
            hours={str(channel): tuple(windows) for channel, windows in self.hours.items() if windows},
            repeat_after=self.repeat_after,
            holdout=rules.Holdout(self.holdout.share, frozenset(self.holdout.topics)),
            stages={str(stage): one.value() for stage, one in self.stages.items()},
            zone=zone,
            preferred=tuple(dict.fromkeys(self.preferred)),
        )
