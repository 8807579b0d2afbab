"""What somebody may choose in the preference centre, and what a choice states. Pure.

A channel's box stands for everything on it: without it nothing comes by that way, whatever is ticked below. A topic's
box shows whether messages about it come now. Statements are made only of what somebody changed, measured by what the
page showed and by what stands: a page that was open for long states nothing that nobody looked at, and an answer that
comes before the last one was counted is not lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from chalicelib.customers.consent import CHANNELS, ConsentSettings, Topic, language_of, said_in

if TYPE_CHECKING:
    from chalicelib.customers.facts import ConsentStatus, Facts

_ADDRESSES: Final[Mapping[str, str]] = {"email": "email", "sms": "phone", "phone": "phone"}
"""The trait without which a channel reaches nobody, where there is one."""


@dataclass(frozen=True)
class Choice:
    """A box. key: `email`, `email/newsletter`. own: what the person has said of just this. own_consent: consent to the
    channel alone does not cover it. language: of the title, which a voice reads as such."""

    key: str
    on: bool
    title: str = ""
    description: str = ""
    own: ConsentStatus | None = None
    own_consent: bool = False
    language: str = ""

    @property
    def pending(self) -> bool:
        """It was asked for, and waits for the confirmation."""
        return self.own == "pending"

    def covered(self) -> bool:
        """Whether messages about the topic come as soon as its channel is agreed to."""
        return self.own == "granted" or (self.own is None and not self.own_consent)


@dataclass(frozen=True)
class Group:
    """A channel and its topics."""

    channel: Choice
    topics: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Stated:
    """What somebody states by a choice. pending: it counts once it is confirmed; of: what the link proves of an
    address, where that is what confirms it."""

    key: str
    granted: bool
    pending: bool = False
    of: str | None = None

    @property
    def status(self) -> ConsentStatus:
        """What it comes to."""
        return "withdrawn" if not self.granted else "pending" if self.pending else "granted"


def offered(facts: Facts, settings: ConsentSettings, traits: Mapping[str, Any], language: str) -> tuple[Group, ...]:
    """What a person may choose: mail, and every channel of which something was said or on which there is a topic and
    the person can be reached."""
    groups = (_group(channel, facts, settings, language) for channel in CHANNELS)
    return tuple(group for group in groups if _shown(group, facts, traits))


def statements(groups: Collection[Group], ticked: Collection[str], shown: Collection[str]) -> tuple[Stated, ...]:
    """What a person states. ticked: the keys of the boxes that were sent ticked; shown: of those that the page showed
    ticked. Keys of nothing that is offered state nothing."""
    return tuple(stated for group in groups for stated in _stated(group, ticked, shown))


def nothing(facts: Facts) -> tuple[Stated, ...]:
    """What somebody states who wants nothing any more: no to each channel, also where nothing was ever said."""
    return tuple(Stated(channel, False) for channel in CHANNELS if facts.consent_status(channel) != "withdrawn")


def chosen(groups: Collection[Group], stated: Collection[Stated]) -> tuple[Group, ...]:
    """The groups as they are once the statements count; for the page that answers."""
    said = {one.key: one.status for one in stated}
    return tuple(_chosen(group, said) for group in groups)


def _group(channel: str, facts: Facts, settings: ConsentSettings, language: str) -> Group:
    status = facts.consent_status(channel)
    topics = tuple(_topic(one, status, facts, settings, language) for one in settings.topics if one.channel == channel)
    return Group(Choice(channel, _comes(status, topics), own=status), topics)


def _topic(
    topic: Topic, channel: ConsentStatus | None, facts: Facts, settings: ConsentSettings, language: str
) -> Choice:
    own = facts.consent_status(topic.key)
    comes = own == "granted" or (own is None and channel == "granted" and not topic.own_consent)
    return Choice(
        topic.key,
        comes and channel != "withdrawn",
        said_in(topic.title, language, settings.language),
        said_in(topic.description, language, settings.language),
        own,
        topic.own_consent,
        language_of(topic.title, language, settings.language),
    )


def _shown(group: Group, facts: Facts, traits: Mapping[str, Any]) -> bool:
    channel = group.channel.key
    said = any(choice.own is not None for choice in (group.channel, *group.topics))
    reached = channel not in _ADDRESSES or bool(traits.get(_ADDRESSES[channel]))
    return channel == "email" or said or (bool(group.topics) and reached)


def _stated(group: Group, ticked: Collection[str], shown: Collection[str]) -> Iterator[Stated]:
    channel = group.channel
    wanted, seen = channel.key in ticked, channel.key in shown
    if wanted != channel.on or wanted != seen:
        yield Stated(channel.key, wanted)
    if not wanted:
        return  # what was said of topics stays, for who comes back
    turned_on = not (channel.on and seen)
    for topic in group.topics:
        want = topic.key in ticked
        stands = topic.covered() if turned_on else topic.on
        if want != stands or (want != (topic.key in shown) and topic.own is not None):
            yield Stated(topic.key, want)


def _chosen(group: Group, said: Mapping[str, ConsentStatus]) -> Group:
    channel, topics = group.channel, []
    own = said.get(channel.key, channel.own)
    for topic in group.topics:
        word = said.get(topic.key, topic.own)
        comes = word == "granted" or (word is None and own == "granted" and not topic.own_consent)
        topics.append(replace(topic, on=comes and own != "withdrawn", own=word))
    return Group(Choice(channel.key, _comes(own, topics), own=own), tuple(topics))


def _comes(channel: ConsentStatus | None, topics: Collection[Choice]) -> bool:
    """Whether anything comes by a channel: everything, or what a topic's own word allows."""
    return channel == "granted" or (channel != "withdrawn" and any(topic.on for topic in topics))
