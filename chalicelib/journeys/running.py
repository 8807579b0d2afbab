"""How a journey runs, beside its definition: which versions have people inside, what publications and pauses say of
those. Pure.

What is said of everybody inside is said once, here, and holds at once: a row is read as what it says
(settling.py), whoever reads it and whenever. A job follows and writes it down, row by row.

    order   a publication after which those inside move to its version or leave; a stop, after which they leave
    pause   nobody enters or goes on; when it is over, `meanwhile` says what becomes of what fell due in it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, cast

from chalicelib import times
from chalicelib.journeys.journey import MIDDLE

Inside = Literal["stay", "move", "leave"]
"""What becomes of those inside when another version is published."""
Meanwhile = Literal["send", "skip", "replan"]
"""What becomes of what fell due in a pause: done now; done without the messages; put off by as long as it lasted."""
MOST_ORDERS: Final = 40
MOST_PAUSES: Final = 20


@dataclass(frozen=True)
class Order:
    """Whoever entered before `at` goes on in `version`, or leaves if it is None. `why`: the reason that rows show.

    others: those in `version` itself, which was published, stay as they are; a stop lets nobody stay.
    """

    at: datetime
    version: int | None
    why: str
    spares: int | None = None


@dataclass(frozen=True)
class Pause:
    """From `at` until `until`; None while it lasts."""

    at: datetime
    until: datetime | None = None
    meanwhile: Meanwhile = "send"

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.at <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True)
class Running:
    """versions: those that may have people inside, in the order of their publication. priority: of the one in force,
    so that whoever asks which message goes first reads no version."""

    versions: tuple[int, ...] = ()
    orders: tuple[Order, ...] = ()
    pauses: tuple[Pause, ...] = ()
    stopped: bool = False
    priority: int = MIDDLE

    @property
    def pause(self) -> Pause | None:
        """The one that lasts."""
        last = self.pauses[-1] if self.pauses else None
        return last if last is not None and last.until is None else None

    def published(self, version: int, inside: Inside, now: datetime, priority: int = MIDDLE) -> Running:
        """After publishing `version`. A stop and a pause are over by it; what fell due meanwhile is done."""
        versions = (*(one for one in self.versions if one != version), version)
        after = replace(self.resumed("send", now), versions=versions, stopped=False, priority=priority)
        if inside == "stay":
            return after
        moves, versions = inside == "move", (version,)
        why = f"moved to version {version}" if moves else f"version {version} was published"
        order = Order(now, version if moves else None, why, spares=version)
        return replace(after, versions=versions, orders=(*after.orders, order)[-MOST_ORDERS:])

    def paused(self, now: datetime) -> Running:
        """In a pause from now on, unless it is in one."""
        return self if self.pause else replace(self, pauses=(*self.pauses, Pause(now))[-MOST_PAUSES:])

    def resumed(self, meanwhile: Meanwhile, now: datetime) -> Running:
        """Going on; nothing changes if it does."""
        if self.pause is None:
            return self
        return replace(self, pauses=(*self.pauses[:-1], replace(self.pause, until=now, meanwhile=meanwhile)))

    def stop(self, now: datetime) -> Running:
        """Over: whoever is inside leaves. What was said of them before is said no more."""
        return Running((), (Order(now, None, STOPPED),), (), stopped=True)

    def to_json(self) -> dict[str, Any]:
        """What is kept beside the pointer."""
        return {
            "versions": list(self.versions),
            "orders": [
                {"at": times.text(one.at), "version": one.version, "why": one.why, "spares": one.spares}
                for one in self.orders
            ],
            "pauses": [
                {"at": times.text(one.at), "until": one.until and times.text(one.until), "meanwhile": one.meanwhile}
                for one in self.pauses
            ],
            "stopped": self.stopped,
            "priority": self.priority,
        }

    @classmethod
    def of(cls, said: Mapping[str, Any], version: int | None) -> Running:
        """Read what is kept; `version` is the one in force, which was published before this was kept."""
        return cls(
            tuple(said.get("versions", () if version is None else (version,))),
            tuple(
                Order(times.parse(one["at"]), one["version"], one["why"], one["spares"])
                for one in said.get("orders", ())
            ),
            tuple(
                Pause(
                    times.parse(one["at"]),
                    times.parse(one["until"]) if one["until"] else None,
                    cast(Meanwhile, one["meanwhile"]),
                )
                for one in said.get("pauses", ())
            ),
            bool(said.get("stopped", False)),
            int(said.get("priority", MIDDLE)),
        )


STOPPED: Final = "the journey was stopped"
