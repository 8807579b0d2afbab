"""A text message leaves, unless AWS has stopped the number by itself: people write STOP to it, too, and it may have
heard what never came to us. What it then says is heeded as the person's own word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib import ids, times
from chalicelib.aws.texts import OPTED_OUT, Texts
from chalicelib.customers.consent import UNSUBSCRIBED
from chalicelib.errors import Permanent
from chalicelib.messages import trial
from chalicelib.messages.channels import Request
from chalicelib.tracking.event import Event, statement


@dataclass(frozen=True)
class Heeding:
    """A gateway of text messages. left: is told whose number AWS has stopped."""

    texts: Texts
    left: Callable[[Request], None]

    def send(self, request: Request) -> str:
        """One text message; ends as `Texts` does."""
        try:
            return self.texts.send(request)
        except Permanent as refused:
            if str(refused) == OPTED_OUT:
                self.left(request)
            raise


def told(request: Request, now: datetime) -> list[Event]:
    """What is stated of a customer whose number AWS has stopped: no text messages, from now on. Of a test nothing."""
    customer = str(request["customer"])
    if customer.startswith(trial.SUBJECT):
        return []
    id = ids.digest(UNSUBSCRIBED, customer, times.text(now)[:10])  # once a day, however many messages find it out
    said = {"channel": "sms", "source": "aws_opt_out"}
    return [statement(UNSUBSCRIBED, f"opted-out-{id}", customer, said, at=now, context={"active": False})]
