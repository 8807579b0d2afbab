"""The templates that one container knows, so that a message costs no reading of what never changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.aws.database import Database
from chalicelib.journeys.store import TemplateStore
from chalicelib.journeys.template import Template
from chalicelib.messages.builtin import BUILT_IN

FRESH: Final = timedelta(seconds=30)
"""How long a container may not know that a template has a new version."""


class CurrentTemplates:
    """Templates as one container knows them: versions never change, which one is current is asked twice a minute.

    Where there is none, one that comes with the code is taken (builtin.py), if there is such."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._store = TemplateStore(db)
        self._clock = clock
        self._versions: dict[tuple[str, int], Template] = {}
        self._current: dict[str, tuple[datetime, int]] = {}

    def template(self, name: str, version: int | None) -> Template | None:
        """One version of a template; without `version` the current one. None if there is no such."""
        version = version if version is not None else self._current_version(name)
        if not version:
            return BUILT_IN.get(name)
        if (name, version) not in self._versions:
            found = self._store.template(name, version)
            if found is None:
                return None
            self._versions[name, version] = found
        return self._versions[name, version]

    def _current_version(self, name: str) -> int | None:
        now = self._clock()
        read_at, version = self._current.get(name, (None, 0))
        if read_at is not None and read_at <= now < read_at + FRESH:
            return version
        pointer = self._store.pointer(name)
        if pointer is None or pointer.version is None:
            return None
        self._current[name] = (now, pointer.version)
        return pointer.version
