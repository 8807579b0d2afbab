"""What the workspace has decided, whom it knows, and the work that is done for them."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from chalicelib.wiring.outside import Outside

if TYPE_CHECKING:
    from datetime import tzinfo

    from chalicelib.customers.consent import ConsentSettings
    from chalicelib.customers.prices import Prices
    from chalicelib.customers.retention import Retention
    from chalicelib.customers.standing import Settings as WorkspaceSettings
    from chalicelib.customers.store import CustomerStore, UnknownTopics
    from chalicelib.jobs.privacy import JobDesk
    from chalicelib.jobs.store import JobStore


class People(Outside):
    """Customers, settings and jobs."""

    @cached_property
    def workspace(self) -> WorkspaceSettings:
        """What the workspace has decided."""
        from chalicelib.catalog.store import DefinitionStore
        from chalicelib.customers.standing import SETTING
        from chalicelib.customers.standing import Settings as WorkspaceSettings

        return WorkspaceSettings(DefinitionStore(self.db, SETTING), self.now)

    def consent(self) -> ConsentSettings:
        """What the workspace asks of consent, now."""
        from chalicelib.customers.consent import ConsentSettings

        return self.workspace.get(ConsentSettings)

    def retention(self) -> Retention:
        """How long things are kept, now."""
        from chalicelib.customers.retention import Retention

        return self.workspace.get(Retention)

    def prices(self) -> Prices:
        """How the workspace reads money, now."""
        from chalicelib.customers.prices import Prices

        return Prices.standing(self.workspace)

    def zone(self) -> tzinfo:
        """Where the workspace is at home, now."""
        from chalicelib.customers.home import Home

        return self.workspace.get(Home).zone

    @cached_property
    def topics(self) -> UnknownTopics:
        """Topics that somebody stated something about and nobody has defined."""
        from chalicelib.customers.store import UnknownTopics

        return UnknownTopics(self.db)

    @cached_property
    def customers(self) -> CustomerStore:
        """Every customer."""
        from chalicelib.customers.store import CustomerStore

        return CustomerStore(self.db, partial(self.secrets_named, "pii"))

    def family(self, customer: str) -> list[str]:
        """A customer and every subject that belongs to it."""
        from chalicelib.customers.links.family import Graph, TooWide

        try:
            return [customer, *Graph(self.customers.links.node).members(customer)]
        except TooWide:  # more than one person can be: only what is surely hers
            return [customer]

    @cached_property
    def jobs(self) -> JobStore:
        """Long work."""
        from chalicelib.jobs.store import JobStore

        return JobStore(self.db)

    @cached_property
    def privacy(self) -> JobDesk:
        """What people ask of their data, as jobs."""
        from chalicelib.jobs.persons.store import PersonStore
        from chalicelib.jobs.privacy import JobDesk

        return JobDesk(self.jobs, PersonStore(self.db), self.now)
