"""send: decide that one message goes out. Whether it may (consent, caps) is asked when it is sent.

    {"id": "hello", "do": "send", "template": "welcome-hello", "within": "P1D"}

A `topic` stands before the one that the template names. `within` is how long the message is worth sending: what cannot
go out by then (held, quiet hours) is skipped as too late. A template is rendered in the version that is current when
the message is sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from chalicelib.journeys.step import Moment, SendMessage, Step, StepDefinition, Taken
from chalicelib.segments.fields import Duration, Name


class SendStep(StepDefinition):
    """Send a template over a channel."""

    do: Literal["send"]
    template: Name
    channel: Literal["email"] = "email"
    topic: Name | None = None
    within: Duration = timedelta(days=1)

    def templates(self) -> tuple[str, ...]:
        """The one template."""
        return (self.template,)


class _Send:
    definition = SendStep

    def take(self, step: SendStep, moment: Moment) -> Taken:
        message = SendMessage(step.id, step.template, step.channel, moment.message_class, step.within, topic=step.topic)
        return Taken(f"decided to send {step.template}", decisions=(message,))


plugin: Step[SendStep] = _Send()
