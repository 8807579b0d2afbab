"""What is done about customers: journeys, messages, jobs."""

from __future__ import annotations

import time
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from chalicelib.aws import telemetry
from chalicelib.wiring.leaving import Leaving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from chalicelib.jobs.kind import Around
    from chalicelib.journeys.engine import Engine
    from chalicelib.journeys.publish import Publisher
    from chalicelib.journeys.send import Send
    from chalicelib.journeys.stats.ledger import Noted
    from chalicelib.journeys.stats.store import StatStore
    from chalicelib.messages.brake.store import BrakeStore
    from chalicelib.messages.context import Contexts
    from chalicelib.messages.dispatcher import Dispatcher
    from chalicelib.messages.feedback import Desk
    from chalicelib.messages.health.watch import Watch
    from chalicelib.messages.onsite.store import WaitingStore
    from chalicelib.messages.outgoing import TrackedLinks
    from chalicelib.messages.permission import Policy
    from chalicelib.messages.permission.setting import Permission
    from chalicelib.messages.shelf import Shelf
    from chalicelib.messages.store import SendStore
    from chalicelib.messages.tasks.store import TaskStore
    from chalicelib.messages.templates import CurrentTemplates
    from chalicelib.messages.tried import People

SENDING_TIME = 30.0  # seconds of a call, of the minute that it may take, after which a sender begins nothing new


class Acting(Leaving):
    """Journeys, messages, and what jobs need around them."""

    _policy: tuple[Permission, tzinfo, Policy] | None = None

    @cached_property
    def engine(self) -> Engine:
        """Journeys."""
        from chalicelib.journeys import engine
        from chalicelib.journeys.knowing import Knowing

        knowing = Knowing(
            self.customers,
            self.prices,
            zone=self.zone,
            parameters=lambda: self.parameters,
            frames=self.frames,
            read=self.history,
        )
        return engine.build(
            self.db, self.queues, self.now, self.consent, self.prices, self.retention, self.events, knowing
        )

    @cached_property
    def publisher(self) -> Publisher:
        """Journeys in force, paused, stopped."""
        from chalicelib.journeys.publish import Publisher
        from chalicelib.journeys.schedule.store import ScheduleStore
        from chalicelib.journeys.store import JourneyStore, TemplateStore

        journeys, templates, schedules = JourneyStore(self.db), TemplateStore(self.db), ScheduleStore(self.db)
        return Publisher(
            journeys,
            templates,
            self.watch_list,
            self.conditions,
            self.journey_stats,
            schedules,
            zone=lambda: str(self.zone()),
            refusal=self.refusal,
        )

    @cached_property
    def journey_stats(self) -> StatStore:
        """What is counted of journeys."""
        from chalicelib.journeys.stats.store import StatStore

        return StatStore(self.db)

    @cached_property
    def sends(self) -> SendStore:
        """The ledger."""
        from chalicelib.messages.store import SendStore

        return SendStore(self.db, self.noted.note)

    @cached_property
    def noted(self) -> Noted:
        """What became of messages, as this container has counted it."""
        from chalicelib.journeys.stats.ledger import Noted

        return Noted(lambda: self.journey_stats)

    @cached_property
    def tasks(self) -> TaskStore:
        """What people are to do."""
        from chalicelib.messages.tasks.store import TaskStore

        return TaskStore(self.db)

    @cached_property
    def waiting(self) -> WaitingStore:
        """What waits for visitors on the pages of the site."""
        from chalicelib.messages.onsite.store import WaitingStore
        from chalicelib.messages.situation.store import SituationStore

        def cancelled(row: Send, customer: str) -> bool:
            return SituationStore(self.db, self.engine.settle).cancelled(row, customer)

        return WaitingStore(self.db, self.sends, cancelled)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Messages."""
        import secrets

        from chalicelib.messages.channels import Sender
        from chalicelib.messages.codes import Purse
        from chalicelib.messages.dispatcher import Dispatcher
        from chalicelib.messages.situation.store import SituationStore

        settings = self.settings
        return Dispatcher(
            sends=self.sends,
            situations=SituationStore(self.db, self.engine.settle),
            templates=self.templates,
            queues=self.queues,
            secrets=self.secrets,
            gateways=self.gateways,
            sender=Sender(settings.sender, settings.configuration_set),
            policy=self.policy,
            priorities=self.engine.live.priorities,
            postal_address=settings.postal_address,
            clock=self.now,
            token=lambda: secrets.token_hex(16),
            turn=lambda channel: 0.0,
            consent=self.consent,
            prices=self.prices,
            contexts=self.contexts,
            tracked=self.tracked_links,
            purse=Purse(self.budgets, self.coupons, self.family),
            brake=self.brake.current,
            terms={"sms": self.text_terms},
        )

    def policy(self) -> Policy:
        """Who may be written to, how often and when, now."""
        from chalicelib.messages.permission.setting import Permission

        said, zone = self.workspace.get(Permission), self.zone()
        if self._policy is None or self._policy[0] is not said or self._policy[1] != zone:
            only_to = None if self.settings.production else self.settings.allowed_recipients
            self._policy = said, zone, said.policy(only_to, zone)  # made once for each version of the settings
        return self._policy[2]

    def sender(self, queue: str) -> Dispatcher:
        """What the sender of one queue acts through: at its pace, which a container keeps over its calls."""
        from dataclasses import replace

        from chalicelib.messages.pace import Paces

        if queue not in self._senders:
            paces = Paces(queue, self.allowances, self.settings.send_concurrency, time.monotonic, time.sleep)
            self._senders[queue] = replace(
                self.dispatcher,
                turn=paces.turn,
                throttled=paces.throttled,
                spare=paces.spare,
                over=lambda: time.monotonic() - self.began > SENDING_TIME,
            )
        return self._senders[queue]

    began = 0.0
    """When this call of the function began, by the clock that only goes forward."""

    @cached_property
    def _senders(self) -> dict[str, Dispatcher]:
        return {}

    @cached_property
    def brake(self) -> BrakeStore:
        """Marketing that is paused."""
        from chalicelib.messages.brake.store import BrakeStore

        return BrakeStore(self.db, self.now)

    @cached_property
    def templates(self) -> CurrentTemplates:
        """Templates, as they are sent."""
        from chalicelib.messages.templates import CurrentTemplates

        return CurrentTemplates(self.db, self.now)

    @cached_property
    def shelf(self) -> Shelf:
        """Templates and blocks, as they are put."""
        from chalicelib.messages.shelf import Shelf

        return Shelf(self.db, self.now, self.settings.sender_domain, self.tried_with.some)

    @cached_property
    def tried_with(self) -> People:
        """Customers as templates see them."""
        from chalicelib.messages.tried import People

        return People(self.db, self.customers, self.contexts, self.now)

    @cached_property
    def contexts(self) -> Contexts:
        """What templates see of a customer."""
        from chalicelib.messages.context import Contexts

        def cards(ids: Sequence[str], locale: str | None) -> dict[str, Mapping[str, Any]]:
            from chalicelib.products.card import card
            from chalicelib.products.settings import Catalogue

            shown = self.workspace.get(Catalogue)
            return {id: card(product, locale, shown) for id, product in self.products.some(ids).items()}

        return Contexts(
            self.prices, lambda: self.parameters, self.zone, recommender=lambda: self.recommender, cards=cards
        )

    def tracked_links(self) -> TrackedLinks:
        """How links are tagged, now."""
        from chalicelib.messages.outgoing import TrackedLinks

        return self.workspace.get(TrackedLinks)

    @cached_property
    def desk(self) -> Desk:
        """What SES reports."""
        from chalicelib.messages.confirming import Confirming
        from chalicelib.messages.feedback import Desk
        from chalicelib.messages.health.setting import SuppressionSettings
        from chalicelib.messages.suppressing import Suppressor
        from chalicelib.messages.unsaying import Unsayer

        limits = partial(self.workspace.get, SuppressionSettings)
        return Desk(
            self.sends,
            self.events,
            self.parked,
            self.now,
            noted=self.watch.note,
            people=self._having,
            heard=Suppressor(limits, self.sends, self.events, lambda: self.mail_account).hear,
            unsaid=Unsayer(self.events, self.customers, self.now).unsay,
            confirms=Confirming(self.sends, self.customers, self.consent).heard,
        )

    def _having(self, number: str) -> Sequence[str]:
        return self.customers.known_by(("phone", number), most=500)  # a STOP is for each of them

    @cached_property
    def watch(self) -> Watch:
        """How mailboxes take what we send. One for a container: it adds up over a batch."""
        from chalicelib.messages.health.setting import SenderHealth
        from chalicelib.messages.health.store import HealthStore
        from chalicelib.messages.health.watch import Watch

        limits, home = partial(self.workspace.get, SenderHealth), self.settings.sender_domain
        return Watch(HealthStore(self.db), self.brake, self.events, limits, telemetry.alarm, home)

    @cached_property
    def around(self) -> Around:
        """What few kinds of job need."""
        from chalicelib.jobs.kind import Around

        return Around(
            self.rules,
            self.pause,
            telemetry.alarm,
            engine=lambda: self.engine,
            survey=lambda: self.survey,
            mail_account=lambda: self.mail_account,
            dead_letters=lambda: self.letters,
            failed_batches=lambda: self.batches,
        )
