"""Where journeys and templates are kept: definitions with their versions (table `catalog`)."""

from __future__ import annotations

from typing import Final

from chalicelib.aws.database import Database
from chalicelib.catalog.store import DefinitionStore
from chalicelib.journeys.enrolments.store import EnrolmentStore
from chalicelib.journeys.template import Template

__all__ = ["JOURNEY", "TEMPLATE", "EnrolmentStore", "JourneyStore", "TemplateStore"]

JOURNEY: Final = "journey"
TEMPLATE: Final = "template"


class JourneyStore(DefinitionStore):
    """Journeys."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, JOURNEY)


class TemplateStore(DefinitionStore):
    """Templates: the newest version is in force from the moment it is put."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, TEMPLATE)

    def template(self, name: str, version: int | None = None) -> Template | None:
        """One version of a template; without `version` the current one. None if there is no such."""
        if version is None:
            pointer = self.pointer(name)
            version = pointer.version if pointer else None
        body = None if version is None else self.body(name, version)
        return None if body is None else Template.model_validate({**body, "version": version})
