"""Consent: which channels and topics there are, what counts as a statement about one, and which must be confirmed.

A statement is an event, `Subscribed` or `Unsubscribed`, about a channel (`email`) or about a topic of it
(`email/newsletter`). Events are the truth and are kept for good; what stands now is their fold (facts.py). Topics are
the workspace's words: what one is called in which language, under which version of the wording people agree, and
whether they must confirm.

Whether a subscription must be confirmed is decided once, when it is received, and stored with it: turning double opt-in
on later makes nobody's earlier consent doubtful, and the same stored events always come to the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chalicelib.customers.setting import Setting
from chalicelib.tracking.event import OURS, Event

Channel = Literal["email", "sms", "push", "phone", "post", "advertising", "onsite"]
CHANNELS: Final[tuple[Channel, ...]] = ("email", "sms", "push", "phone", "post", "advertising", "onsite")
BY_PEOPLE: Final = frozenset({"phone", "post"})
"""The channels by which people reach people: a task says that they should."""

SUBSCRIBED: Final = "Subscribed"
UNSUBSCRIBED: Final = "Unsubscribed"
STATEMENTS: Final = frozenset({"subscribed", "unsubscribed"})  # event names, case folded

IMPORTED: Final = "import"  # what was agreed elsewhere, long ago: nobody is asked again by an import
_CONFIRMATION: Final = "confirmation"
_REQUIRED: Final = "required"
_LONGEST: Final = 100

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Topic(BaseModel):
    """One thing that people may subscribe to, on one channel.

    title, description: by language; `en` unless the workspace says otherwise.
    wording:            the version of the text that people agree to, as the shop's lawyers number it.
    double_opt_in:      a subscription counts only once the person has confirmed it.
    own_consent:        consent to the channel alone does not cover this topic.
    """

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    name: TopicName
    channel: Channel = "email"
    title: dict[Language, Words] = Field(min_length=1, description="By language: what people call it.")
    description: dict[Language, Words] = Field({}, description="By language: what they will get.")
    wording: Words | None = Field(None, description="The version of the text that people agree to.")
    double_opt_in: bool = Field(False, description="Subscriptions wait for a confirmation by the person.")
    own_consent: bool = Field(False, description="Consent to the channel alone does not cover this topic.")

    @property
    def key(self) -> str:
        """`email/newsletter`, as in the facts."""
        return f"{self.channel}/{self.name}"


class ConsentSettings(Setting):
    """What the workspace asks of consent.

    double_opt_in: the channels on which a subscription to the channel itself must be confirmed.
    language:      in which people are written to who have named none, or one that a topic is not told in.
    """

    name: ClassVar[str] = "consent"

    topics: list[Topic] = Field([], max_length=200)
    double_opt_in: list[Channel] = Field([], description="Channels whose own consent must be confirmed.")
    wording: dict[Channel, Words] = Field({}, description="By channel: the version of the text that people agree to.")
    language: Language = "en"

    @model_validator(mode="after")
    def _each_topic_once(self) -> ConsentSettings:
        keys = [topic.key for topic in self.topics]
        if len(set(keys)) < len(keys):
            raise ValueError("two topics of one channel have the same name")
        return self

    def topic(self, key: str) -> Topic | None:
        """The topic of a key such as `email/newsletter`; None for a channel, and for what nobody has defined."""
        return next((topic for topic in self.topics if topic.key == key), None)

    def must_confirm(self, key: str) -> bool:
        """Whether a subscription to this channel or topic counts only once it is confirmed."""
        topic = self.topic(key)
        return topic.double_opt_in if topic is not None else key.partition("/")[0] in self.double_opt_in

    def wording_of(self, key: str) -> str | None:
        """The version of the wording in force for a channel or a topic."""
        topic = self.topic(key)
        said = topic.wording if topic is not None else None
        return said or next((text for channel, text in self.wording.items() if channel == key.partition("/")[0]), None)

    def knows(self, key: str) -> bool:
        """Whether a key is a channel, or a topic that was defined."""
        return key in CHANNELS or self.topic(key) is not None


def consent_key(properties: Mapping[str, Any]) -> str | None:
    """What a statement is about: `email`, or `email/newsletter` where a topic is named; None for what no channel or
    topic can be called."""
    topic = properties.get("topic") or properties.get("list_id")
    parts = [properties.get("channel") or "email", *([topic] if topic else [])]
    names = [str(part) for part in parts if isinstance(part, str | int)]
    return "/".join(names) if len(names) == len(parts) and max(map(len, names)) <= _LONGEST else None


def key_of(channel: str, topic: str | None) -> str:
    """The key of a topic of a channel, or of the channel itself."""
    return f"{channel}/{topic}" if topic else channel


def is_statement(event: Event) -> bool:
    """Whether an event gives or withdraws consent."""
    return event.type == "track" and event.name.casefold() in STATEMENTS


def awaits_confirmation(event: Event) -> bool:
    """Whether a `Subscribed` was marked on receipt as one that counts only once it is confirmed."""
    return event.properties.get(_CONFIRMATION) == _REQUIRED


def is_proven(event: Event) -> bool:
    """Whether a statement can be proven: the person made it on our own page, or a trusted caller brings the proof."""
    proof = event.properties.get("proof")
    return event.source == OURS or (not event.unproven and isinstance(proof, Mapping) and bool(proof))


def confirmed_of(event: Event) -> str | None:
    """The mark of the address whose owner confirmed a statement on our own page, or by a word from there; None where
    no address was asked."""
    proof = event.properties.get("proof")
    of = proof.get("of") if event.source == OURS and isinstance(proof, Mapping) else None
    return of if isinstance(of, str) else None


def received(event: Event, settings: ConsentSettings) -> Event:
    """The event as it is stored: a subscription that must be confirmed says so, and other events are as they were.

    What was agreed elsewhere and is imported is taken as it is told.
    """
    if not is_statement(event) or event.name.casefold() != SUBSCRIBED.casefold():
        return event
    key = consent_key(event.properties)
    excused = event.source == IMPORTED or is_proven(event)
    must = key is not None and not excused and settings.must_confirm(key)
    if must == awaits_confirmation(event):
        return event
    kept = {name: value for name, value in event.properties.items() if name != _CONFIRMATION}
    return event.model_copy(update={"properties": kept | ({_CONFIRMATION: _REQUIRED} if must else {})})


def said_in(words: Mapping[str, str], wanted: object, fallback: str) -> str:
    """The text in a language: `de-AT`, else `de`, else the workspace's, else whichever comes first; "" without any."""
    return words.get(language_of(words, wanted, fallback), "")


def language_of(words: Mapping[str, str], wanted: object, fallback: str) -> str:
    """The language in which `said_in` says it; "" without any."""
    language = wanted.replace("_", "-") if isinstance(wanted, str) else ""
    tried = (language, language.partition("-")[0].lower(), fallback)
    return next((one for one in tried if words.get(one)), next(iter(words), ""))
