"""What the senders act through, and what is ready to leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

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
from chalicelib.messages.permission import Permit, Policy
from chalicelib.messages.store import SendStore, SituationStore
from chalicelib.messages.templates import CurrentTemplates


@dataclass(frozen=True)
class Ready:
    """A message that may leave now: its row with all that is known by now, the exact request, and under which permit it
    was permitted. counts: whether it counts for the customer's cap."""

    row: Send
    channel: Channel
    request: Request
    permit: Permit
    counts: bool


@dataclass(frozen=True)
class Dispatcher:
    """What the senders act through; built once per container.

    gateways: by channel. token: a new owner's name for every claim. turn: takes this container's next turn to call
    the provider of mail (pace.py). consent: what the workspace asks of consent. prices: how it reads money. contexts:
    what templates see. tracked: how links are tagged. purse: budgets and codes of coupons. brake: marketing that is
    paused.
    """

    sends: SendStore
    situations: SituationStore
    templates: CurrentTemplates
    queues: Queues
    secrets: Secrets
    gateways: Mapping[str, Gateway]
    sender: Sender
    policy: Policy
    postal_address: str
    clock: Callable[[], datetime]
    token: Callable[[], str]
    turn: Callable[[], float]
    consent: Callable[[], ConsentSettings] = ConsentSettings
    prices: Callable[[], Prices] = Prices
    contexts: Contexts = field(default_factory=Contexts)
    tracked: Callable[[], TrackedLinks] = TrackedLinks
    purse: Purse | None = None
    brake: Callable[[], Brake] = lambda: NONE
