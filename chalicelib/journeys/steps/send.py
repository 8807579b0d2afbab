"""send: decide that one message goes out. Whether it may (consent, caps) is asked when it is sent.

    {"id": "hello", "do": "send", "template": "welcome-hello", "within": "P1D"}

A `topic` stands before the one that the template names. `within` is how long the message is worth sending: what cannot
go out by then (held, quiet hours) is skipped as too late; a message on the site is shown until then. A template is
rendered in the version that is current when the message is sent, unless `template_version` pins one; it must say
something on the step's `channel`. `preferred` is the channel that the person answers to (docs/PERMISSION.md). `coupon`
is the campaign of which the message carries a code.

Whatever is decided has its row in the ledger, also for whoever has said no: what was not sent says why there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, StrictInt

from chalicelib.journeys.step import Moment, SendMessage, Step, StepDefinition, Taken
from chalicelib.segments.fields import Duration, Name

DECIDED: Final = "decided"


class SendStep(StepDefinition):
    """Send a template over a channel."""

    do: Literal["send"]
    template: Name
    channel: Literal["email", "sms", "push", "onsite", "preferred"] = "email"
    topic: Name | None = None
    template_version: Annotated[StrictInt, Field(ge=1)] | None = None
    coupon: Name | None = None
    within: Duration = timedelta(days=1)

    def templates(self) -> tuple[str, ...]:
        """The one template."""
        return (self.template,)

    def speaks_by(self) -> str | None:
        """The step's channel; `preferred` is found out when the message leaves."""
        return None if self.channel == "preferred" else self.channel


class _Send:
    definition = SendStep

    def take(self, step: SendStep, moment: Moment) -> Taken:
        message = SendMessage(
            step=step.id,
            template=step.template,
            channel=step.channel,
            message_class=moment.message_class,
            worth=step.within,
            topic=step.topic,
            template_version=step.template_version,
            coupon=step.coupon,
        )
        return Taken(f"decided to send {step.template}", decisions=(message,), outcome=DECIDED)


plugin: Step[SendStep] = _Send()
