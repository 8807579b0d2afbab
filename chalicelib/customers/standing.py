"""The settings as they stand, as one container knows them: read at most every 30 seconds, parsed once a version."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pydantic import ValidationError

from chalicelib.catalog.store import DefinitionStore
from chalicelib.customers.setting import Setting

SETTING: Final = "setting"  # kind in the catalog
FRESH: Final = timedelta(seconds=30)
"""How long a container may not know that a setting was changed."""

S = TypeVar("S", bound=Setting)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    version: int
    value: Setting
    read_at: datetime


class Settings:
    """What the workspace has decided. `clock` is asked only for how old the knowledge is."""

    def __init__(self, store: DefinitionStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[type[Setting], _Known] = {}

    def get(self, model: type[S]) -> S:
        """A setting; its defaults, if it was never put. One that this code cannot read (a newer one wrote it, before
        a rollback) is logged, and stands as it was last read."""
        value = self._fresh(model).value
        assert isinstance(value, model)
        return value

    def version(self, model: type[Setting]) -> int:
        """The version that `get` gives, 0 for the defaults."""
        return self._fresh(model).version

    def _fresh(self, model: type[Setting]) -> _Known:
        now = self._clock()
        known = self._known.get(model)
        if known is None or not known.read_at <= now < known.read_at + FRESH:
            known = self._read(model, known, now)
            self._known[model] = known
        return known

    def _read(self, model: type[Setting], known: _Known | None, now: datetime) -> _Known:
        standing = known or _Known(0, model(), now)
        pointer = self._store.pointer(model.name)
        if pointer is None or pointer.latest == standing.version:
            return _Known(standing.version if pointer else 0, standing.value if pointer else model(), now)
        try:
            value = model.model_validate(self._store.body(model.name, pointer.latest) or {})
        except ValidationError:
            logger.exception("setting %s, version %d cannot be read", model.name, pointer.latest)
            return _Known(standing.version, standing.value, now)
        return _Known(pointer.latest, value, now)
