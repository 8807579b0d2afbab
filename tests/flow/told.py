"""The story as it was told once on each platform, and what remained of it: read by every test that only looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib import resources
from infra.local.mailbox.mail import Mail
from tests.fakes.platforms import Call, Moto, over_fakes, over_moto
from tests.fakes.world import World
from tests.flow.corners import visit
from tests.flow.story import tell

PEOPLE: Final = ("ada", "bob", "cyd", "a%23visitor")
OVER: Final[Mapping[str, Callable[[], AbstractContextManager[World]]]] = {"fakes": over_fakes, "moto": over_moto}


@dataclass(frozen=True)
class Told:
    """What there was after the last step. `calls`: what the functions asked of AWS, where anything was asked."""

    steps: Sequence[str]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    mails: Sequence[Mail]
    customers: Mapping[str, Any]
    calls: Sequence[Call]

    def sends(self, who: str) -> list[tuple[str, str, str | None]]:
        """The ledger of somebody: template, status and reason of each row, in the order of their times."""
        rows = [item for item in self.tables[resources.SENDS] if item["pk"] == who]
        rows.sort(key=lambda row: (row["planned_at"], row["template"]))
        return [(row["template"], row["status"], row.get("reason")) for row in rows]


@cache
def told(platform: str) -> Told:
    """The story on one platform."""
    with OVER[platform]() as world:
        steps = list(tell(world))
        return remains(world, steps)


@cache
def recorded() -> Sequence[Call]:
    """What the functions ask of AWS, in the story and in every corner beside it."""
    story = told("moto")
    with over_moto() as world:
        list(visit(world))
        return [*story.calls, *remains(world, people=()).calls]


def remains(world: World, steps: Sequence[str] = (), people: Sequence[str] = PEOPLE) -> Told:
    """What there is now."""
    return Told(
        steps,
        {table: world.items(table) for table in resources.TABLES},
        tuple(world.mails()),
        {who: world.customer(who, timeline=200) for who in people},
        tuple(world.platform.calls) if isinstance(world.platform, Moto) else (),
    )
