"""What the senders act through, and what is ready to leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.prices import Prices
from chalicelib.journeys.send import Send
from chalicelib.messages.brake import NONE, Brake
from chalicelib.messages.channels import Channel, Gateway, Request, Sender
from chalicelib.messages.codes import Purse
from chalicelib.messages.context import Contexts
from chalicelib.messages.outgoing import TrackedLinks
from chalicelib.messages.permission import Permit, Policy, Sent, counted
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.store import SendStore
from chalicelib.messages.templates import CurrentTemplates


@dataclass(frozen=True)
class Ready:
    """A message that may leave now: its row with all that is known by now, the exact request, and under which permit it
    was permitted. counts: as what it counts for the customer's caps, but for its time; None if it does not. every:
    the span in which the person wishes for one message at most."""

    row: Send
    channel: Channel
    request: Request
    permit: Permit
    policy: Policy
    counts: Sent | None
    every: timedelta | None = None

    def window(self, now: datetime) -> Mapping[str, Sent] | None:
        """The permit's window if it is claimed now; None if the permit is only checked."""
        if self.counts is None:
            return None
        return counted(self.permit, self.row, replace(self.counts, at=now), self.policy, self.every)


@dataclass(frozen=True)
class Dispatcher:
    """What the senders act through; built once per container.

    gateways: by channel. token: a new owner's name for every claim. turn: takes this container's next turn to call the
    provider of a channel; throttled: is told when that refused one for now, and for how many seconds (pace.py). over:
    whether this call of the function has used up its time. spare: the seconds that a message waits because the rest of
    the day's quota is kept for others. consent: what the workspace asks of consent. prices: how it reads money.
    contexts: what templates see. tracked: how links are tagged. purse: budgets and codes of coupons. brake: marketing
    that is paused. terms: by channel, what it asks for beyond mail's (channels: Sender). priorities: of the journeys
    that are live, by name.
    """

    sends: SendStore
    situations: SituationStore
    templates: CurrentTemplates
    queues: Queues
    secrets: Secrets
    gateways: Mapping[str, Gateway]
    sender: Sender
    policy: Callable[[], Policy]
    postal_address: str
    clock: Callable[[], datetime]
    token: Callable[[], str]
    turn: Callable[[str], float]
    consent: Callable[[], ConsentSettings] = ConsentSettings
    prices: Callable[[], Prices] = Prices
    contexts: Contexts = field(default_factory=Contexts)
    tracked: Callable[[], TrackedLinks] = TrackedLinks
    purse: Purse | None = None
    brake: Callable[[], Brake] = lambda: NONE
    throttled: Callable[[str, float], None] = lambda channel, wait: None
    over: Callable[[], bool] = lambda: False
    spare: Callable[[str], float] = lambda channel: 0.0
    priorities: Callable[[], Mapping[str, int]] = dict
    terms: Mapping[str, Callable[[], object]] = field(default_factory=dict)
