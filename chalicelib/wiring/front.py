"""The way in: events, the keys that they come under, and the sources that post by themselves."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from chalicelib.wiring.people import People

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.scripts import Scripts
    from chalicelib.products.recommender import Recommender
    from chalicelib.products.store import BookStore, ProductStore
    from chalicelib.tracking.counts import CountStore
    from chalicelib.tracking.event import Event
    from chalicelib.tracking.intake import Intake
    from chalicelib.tracking.replay import Replayer
    from chalicelib.tracking.store import EventStore, KeyStore, ParkedStore
    from chalicelib.tracking.tally import Tally
    from chalicelib.tracking.webhooks.store import SourceBook
    from chalicelib.tracking.webhooks.take import Webhooks


class Front(People):
    """The stores and services of the front door."""

    @cached_property
    def events(self) -> EventStore:
        """Every event."""
        from chalicelib.tracking.store import EventStore

        return EventStore(self.db, self._as_stored, self._event_expires)

    def _event_expires(self, event: Event) -> int | None:
        """When an event may be forgotten. Asked of every event; most are kept, and cost nothing here."""
        from chalicelib.tracking.event import is_counted

        if event.source not in ("ses", "sms") and is_counted(event):
            return None
        from chalicelib.customers.retention import is_report

        return self.retention().event_expires(event) if is_report(event) or not is_counted(event) else None

    def _as_stored(self, event: Event) -> Event:
        """The event with what the workspace decides on receipt. Asked of every event, so most cost nothing."""
        from chalicelib.customers import consent

        if not consent.is_statement(event):
            return event
        asked, key = self.consent(), consent.consent_key(event.properties)
        if key is not None and not asked.knows(key):
            self.topics.met(key, self.now())
        return consent.received(event, asked)

    @cached_property
    def keys(self) -> KeyStore:
        """Write keys and secret keys."""
        from chalicelib.tracking.store import KeyStore

        return KeyStore(self.db)

    @cached_property
    def parked(self) -> ParkedStore:
        """Calls that were not accepted."""
        from chalicelib.tracking.store import ParkedStore

        return ParkedStore(self.db)

    @cached_property
    def counts(self) -> CountStore:
        """Approximate counts of tracking."""
        from chalicelib.tracking.counts import CountStore

        return CountStore(self.db)

    @cached_property
    def tally(self) -> Tally:
        """What the projector has counted. One for a container: it adds up over its calls."""
        from chalicelib.tracking.tally import Tally

        return Tally(self.counts)

    @cached_property
    def intake(self) -> Intake:
        """The way in. One for a container: it remembers what each key has spent."""
        from chalicelib.tracking import proof
        from chalicelib.tracking.intake import Intake
        from chalicelib.tracking.limits import Limits

        limits = Limits(self.counts, self.events)
        masters = partial(self.secrets_named, proof.PURPOSE)
        return Intake(self.keys, self.events, self.parked, masters, limits, self.counts, self.privacy)

    @cached_property
    def replayer(self) -> Replayer:
        """Parked calls, once more."""
        from chalicelib.tracking.replay import Replayer

        return Replayer(self.intake, lambda: self.webhooks)

    @cached_property
    def sources(self) -> SourceBook:
        """Webhook sources."""
        from chalicelib.tracking.webhooks.store import SourceBook

        return SourceBook(self.db, self.settings.production)

    @cached_property
    def webhooks(self) -> Webhooks:
        """What shops and services post by themselves."""
        from chalicelib.tracking.webhooks.store import FirstHeard, OwnerBook, WaitingRoom
        from chalicelib.tracking.webhooks.take import Webhooks

        return Webhooks(
            self.sources,
            self.secrets,
            self.events,
            self.parked,
            OwnerBook(self.db),
            WaitingRoom(self.db),
            FirstHeard(self.db),
            self.privacy,
            self.now,
            self.counts,
        )

    @cached_property
    def products(self) -> ProductStore:
        """The catalogue of products."""
        from chalicelib.products.store import ProductStore

        return ProductStore(self.db)

    @cached_property
    def books(self) -> BookStore:
        """The night's book of recommendations."""
        from chalicelib.products.store import BookStore

        return BookStore(self.db)

    @cached_property
    def recommender(self) -> Recommender:
        """What to recommend to somebody. One for a container: it remembers the book."""
        from chalicelib.products.recommender import Shop
        from chalicelib.products.settings import Catalogue

        return Shop(self.products, self.books, lambda: self.workspace.get(Catalogue))

    def follow_products(self, events: Sequence[Event]) -> None:
        """Keep what shops say of their products. Asked of what sources say of themselves; most of it is no product."""
        from chalicelib.products.follow import follow

        follow(events, self.products)

    @cached_property
    def scripts(self) -> Scripts:
        """The browser SDKs' own files."""
        from chalicelib.api.scripts import Scripts

        return Scripts()
