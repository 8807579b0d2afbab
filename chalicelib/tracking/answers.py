"""What comes back of messages, by channel: the names of the events that say so, in one table; and who acted.

Everything that asks what became of a message goes by this table: rules about messages, what somebody answers to, who
made whom active. A channel that does not report something has no name for it.

Who acted is a property of the event: `actor` is `person`, `machine` or `unknown`, and `actor_reason` says why
(actor.py). What a machine did counts in no rule and in no fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

Said = Literal["sent", "received", "opened", "clicked"]
AnsweringChannel = Literal["email", "sms", "push", "onsite"]

ACTOR: Final = "actor"
ACTOR_REASON: Final = "actor_reason"
PERSON: Final = "person"
MACHINE: Final = "machine"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Answers:
    """One channel's names; None for what it does not tell.

    sent, received:  it left; it arrived.    opened: it was shown, which alone proves nobody's interest.
    clicked:         somebody followed it (a link, a tap): the one answer that is somebody's own doing.
    failed:          it did not arrive.
    reports:         what else is told of it, which is nobody's doing.
    doings:          what else people do with it.
    """

    sent: str | None = None
    received: str | None = None
    opened: str | None = None
    clicked: str | None = None
    failed: str | None = None
    reports: tuple[str, ...] = ()
    doings: tuple[str, ...] = ()

    def name(self, said: Said) -> str | None:
        """The event that says so."""
        found: str | None = getattr(self, said)
        return found

    @property
    def told(self) -> frozenset[str]:
        """The events that are nobody's own doing, as far as they prove anything."""
        return frozenset(filter(None, (self.sent, self.received, self.opened, self.failed, *self.reports)))


ANSWERS: Final[Mapping[AnsweringChannel, Answers]] = {
    "email": Answers(
        sent="Email Sent",
        received="Email Delivered",
        opened="Email Opened",
        clicked="Email Link Clicked",
        failed="Email Bounced",
        reports=(
            "Email Marked as Spam",
            "Email Rejected",
            "Email Delayed",
            "Email Rendering Failed",
            "Email Suppressed",
        ),
    ),
    "sms": Answers(
        sent="SMS Sent",
        received="SMS Delivered",
        clicked="SMS Link Clicked",
        failed="SMS Failed",
        doings=("SMS Received",),
    ),
    "push": Answers(
        received="Push Notification Delivered", clicked="Push Notification Tapped", failed="Push Notification Failed"
    ),
    "onsite": Answers(
        opened="On-site Message Viewed",
        clicked="On-site Message Clicked",
        doings=("On-site Message Dismissed", "On-site Form Submitted"),
    ),
}
"""By channel. `SMS Received` is what somebody wrote to us; `On-site Form Submitted` is an answer, too."""


def names(said: Said, channel: AnsweringChannel | None = None) -> frozenset[str]:
    """The events that say so: of one channel, or of all that tell it. Empty if it does not."""
    asked = get_args(AnsweringChannel) if channel is None else (channel,)
    return frozenset(name for each in asked if (name := ANSWERS[each].name(said)))


OPENS: Final = names("opened")
CLICKS: Final = names("clicked")
REPORTS: Final = frozenset[str]().union(*(answers.told for answers in ANSWERS.values()))
"""What is told of messages without anybody having done anything."""
_BY_SOMEBODY: Final = frozenset(name.casefold() for name in OPENS | CLICKS)


def by_machine(name: str, properties: Mapping[str, Any]) -> bool:
    """Whether an event of this name says that a machine opened or followed a message. Events that were stored before
    there was an actor say `machine`."""
    if name.casefold() not in _BY_SOMEBODY:
        return False
    return properties.get(ACTOR) == MACHINE or properties.get("machine") is True
