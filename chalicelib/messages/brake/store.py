"""The brake in the catalog, and as one container knows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chalicelib import resources
from chalicelib.aws.database import ABSENT, ConditionFailed, Database
from chalicelib.errors import Transient
from chalicelib.messages.brake import NONE, Brake, Pause

KIND: Final = "sending"
KEY: Final = "brake"
FRESH: Final = timedelta(seconds=5)
"""How long a container may not know that somebody has paused or resumed."""

_ATTEMPTS: Final = 5


class BrakeStore:
    """Who turns it, and who asks. One for a container: `current` remembers for FRESH."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock
        self._known: tuple[datetime, Brake] | None = None

    def current(self) -> Brake:
        """As it was at most FRESH ago: for senders, who ask at every message."""
        now = self._clock()
        if self._known is None or not self._known[0] <= now < self._known[0] + FRESH:
            self._known = (now, self.read())
        return self._known[1]

    def read(self) -> Brake:
        """As it is now."""
        return self._read()[0]

    def pause(self, pause: Pause) -> Brake:
        """Pause; the brake as it is then. Asking again changes nothing but what is said."""
        return self._change(lambda brake: brake.paused(pause))

    def resume(self, channel: str) -> Brake:
        """End a channel's pause; nothing happens if there is none."""
        return self._change(lambda brake: brake.resumed(channel))

    def _read(self) -> tuple[Brake, int | None]:
        item = self._db.get(resources.CATALOG, KIND, KEY)
        return (NONE, None) if item is None else (Brake.of(item["pauses"]), int(item["v"]))

    def _change(self, change: Callable[[Brake], Brake]) -> Brake:
        for _ in range(_ATTEMPTS):
            brake, version = self._read()
            changed = change(brake)
            if changed == brake:
                return brake
            item = {
                "pk": KIND,
                "sk": KEY,
                "schema_v": resources.SCHEMA_VERSION,
                "v": (version or 0) + 1,
                "pauses": changed.to_json(),
            }
            try:
                self._db.put(resources.CATALOG, item, when={"v": ABSENT if version is None else version})
            except ConditionFailed:
                continue
            self._known = (self._clock(), changed)
            return changed
        raise Transient("others kept turning the brake")
