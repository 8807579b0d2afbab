"""A diary in sentences, as a marketer reads it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chalicelib.rehearsal.diary import Line

WHY: Final[Mapping[str, str]] = {
    "already_entered": "was in this journey before",
    "capped": "the caps leave no room: other messages left just before",
    "entry_rule": "the entry rule does not hold",
    "goal_reached": "the goal is reached already",
    "group": "is in another journey of the group",
    "invalid_address": "the address cannot be one",
    "journey_exited": "left the journey before the message left",
    "no_address": "there is no address",
    "no_consent": "never agreed to marketing on this channel",
    "no_key": "the event says nothing where its key should be",
    "no_such_template": "the template does not exist yet",
    "open_ticket": "a ticket is open at the help desk",
    "silent": "a silent cause starts no journey",
    "stale": "it was told of too late",
    "template_of_another_class": "the template is not of the journey's class",
    "too_late": "it was no longer worth sending",
    "too_soon": "was in this journey not long enough ago",
    "unconfirmed": "the subscription was never confirmed",
    "unsubscribed": "has unsubscribed",
    "unsubscribed_from_topic": "has unsubscribed from the topic",
}


def sentence(line: Line) -> str:
    """What a line says, in words."""
    why = WHY.get(line.why, line.why)
    match line.what:
        case "refused":
            return f"Does not enter: {why}."
        case "entered":
            return f"Enters, because of: {line.why}."
        case "passed":
            return f"Step {line.step}: {line.why}."
        case "sent":
            return f"Gets {line.template or line.step} by {line.channel}."
        case "held":
            return f"{line.template or line.step} waits: {why}."
        case "skipped":
            return f"{line.template or line.step} is not sent: {why}."
        case "goal":
            return "Reaches the goal."
        case "left":
            return f"Leaves: {line.why}."
        case "done":
            return "Comes to the end."
