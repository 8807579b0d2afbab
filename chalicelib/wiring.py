"""Where everything is put together, once per container and on first use: nothing is built at import.

Each Lambda is one method: it hands its work to the room that does it, with the stores it needs and the time.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

from chalicelib import settings, times
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.aws.database import Database
    from chalicelib.aws.queues import Queues
    from chalicelib.tracking.store import EventStore, KeyStore, ParkedStore


class Perennial:
    """One deployment's application. Tests build it over fakes by passing the ports."""

    def __init__(self, settings: Settings, *, db: Database | None = None, queues: Queues | None = None) -> None:
        self.settings = settings
        self._db = db
        self._queues = queues

    def now(self) -> datetime:
        """The present moment: the only place from which it enters."""
        return times.utcnow()

    @cached_property
    def db(self) -> Database:
        from chalicelib.aws import clients
        from chalicelib.aws.dynamo import DynamoDatabase

        return self._db or DynamoDatabase(clients.client("dynamodb"), self.settings.tables)

    @cached_property
    def queues(self) -> Queues:
        from chalicelib.aws import clients
        from chalicelib.aws.queues import SqsQueues

        return self._queues or SqsQueues(clients.client("sqs"), self.settings.queues)

    @cached_property
    def keys(self) -> KeyStore:
        from chalicelib.tracking.store import KeyStore

        return KeyStore(self.db)

    @cached_property
    def events(self) -> EventStore:
        from chalicelib.tracking.store import EventStore

        return EventStore(self.db)

    @cached_property
    def parked(self) -> ParkedStore:
        from chalicelib.tracking.store import ParkedStore

        return ParkedStore(self.db)


@cache
def perennial() -> Perennial:
    """The application of this container."""
    return Perennial(settings.current())
