"""What is done about customers: journeys, messages, jobs."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.aws import telemetry
from chalicelib.wiring.judging import Judging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.jobs.kind import Around
    from chalicelib.journeys.engine import Engine
    from chalicelib.messages.context import Contexts
    from chalicelib.messages.dispatch import Dispatcher
    from chalicelib.messages.feedback import Desk
    from chalicelib.messages.outgoing import TrackedLinks
    from chalicelib.messages.shelf import Shelf
    from chalicelib.messages.store import SendStore
    from chalicelib.messages.templates import CurrentTemplates
    from chalicelib.messages.tried import People


class Acting(Judging):
    """Journeys, messages, and what jobs need around them."""

    @cached_property
    def engine(self) -> Engine:
        """Journeys."""
        from chalicelib.journeys import engine

        return engine.build(self.db, self.queues, self.now, self.consent, self.prices, self.retention, self.events)

    @cached_property
    def sends(self) -> SendStore:
        """The ledger."""
        from chalicelib.messages.store import SendStore

        return SendStore(self.db)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Messages."""
        import secrets

        from chalicelib.messages.channels import Sender
        from chalicelib.messages.dispatch import Dispatcher
        from chalicelib.messages.pace import Pace
        from chalicelib.messages.permission import Policy
        from chalicelib.messages.store import SituationStore

        settings = self.settings
        return Dispatcher(
            sends=self.sends,
            situations=SituationStore(self.db),
            templates=self.templates,
            queues=self.queues,
            secrets=self.secrets,
            gateways={"email": self.mailer},
            sender=Sender(settings.sender, settings.configuration_set),
            policy=Policy(only_to=None if settings.production else settings.allowed_recipients),
            postal_address=settings.postal_address,
            clock=self.now,
            token=lambda: secrets.token_hex(16),
            turn=Pace(self.mailer.rate, time.monotonic, time.sleep).turn,
            consent=self.consent,
            prices=self.prices,
            contexts=self.contexts,
            tracked=self.tracked_links,
        )

    @cached_property
    def templates(self) -> CurrentTemplates:
        """Templates, as they are sent."""
        from chalicelib.messages.templates import CurrentTemplates

        return CurrentTemplates(self.db, self.now)

    @cached_property
    def shelf(self) -> Shelf:
        """Templates and blocks, as they are put."""
        from chalicelib.messages.shelf import Shelf

        domain = self.settings.sender.rpartition("@")[2].rstrip("> ")
        return Shelf(self.db, self.now, domain, self.tried_with.some)

    @cached_property
    def tried_with(self) -> People:
        """Customers as templates see them."""
        from chalicelib.messages.tried import People

        return People(self.db, self.customers, self.contexts, self.now)

    @cached_property
    def contexts(self) -> Contexts:
        """What templates see of a customer."""
        from chalicelib.messages.context import Contexts
        from chalicelib.products.card import card
        from chalicelib.products.settings import Catalogue

        def cards(ids: Sequence[str], locale: str | None) -> dict[str, Mapping[str, Any]]:
            shown = self.workspace.get(Catalogue)
            return {id: card(product, locale, shown) for id, product in self.products.some(ids).items()}

        return Contexts(self.prices, lambda: self.parameters, recommender=self.recommender, cards=cards)

    def tracked_links(self) -> TrackedLinks:
        """How links are tagged, now."""
        from chalicelib.messages.outgoing import TrackedLinks

        return self.workspace.get(TrackedLinks)

    @cached_property
    def desk(self) -> Desk:
        """What SES reports."""
        from chalicelib.messages.feedback import Desk

        return Desk(self.sends, self.events, self.parked, self.now)

    @cached_property
    def around(self) -> Around:
        """What few kinds of job need."""
        from chalicelib.jobs.kind import Around

        return Around(self.rules, self.pause, telemetry.alarm)
