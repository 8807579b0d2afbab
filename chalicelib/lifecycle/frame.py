"""The same customer seen through another model of marketing: a table from stage and facts to a phase. Pure.

A frame is rows, and the first row that holds gives the phase. There is a phase for everybody: some row without
conditions stands for each of the nine stages (Frame refuses to be anything else). A phase depends on the stage and on
facts only, not on the time: it changes with an event or with the stage, never by itself in between.

The frames that come with the code are one file each in frames/; a workspace adds its own by the setting `frames`
(own_frames.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib import plugins
from chalicelib.lifecycle.rules import Stage

if TYPE_CHECKING:
    from chalicelib.customers.facts import Facts
    from chalicelib.customers.subscriptions import Subscription

PACKAGE: Final = "chalicelib.lifecycle.frames"
BUYING: Final = (Stage.OCCASIONAL, Stage.REPEAT, Stage.HERO)  # nobody comes there without having paid for something


class Signs(NamedTuple):
    """The facts that a row may ask for.

    orders:      that count. customer: has bought anything at all, by order or by contract.
    interested:  showed by any event of wanting that something is wanted, within 30 days of the last such event; or has
                 left something begun.
    subscribed:  to anything: some channel or topic is granted.
    active_days: days (UTC) with activity, within 90 days of the last.
    """

    orders: int
    customer: bool
    interested: bool
    subscribed: bool
    active_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table: the phase of whoever is in one of `stages` (none: in any) and meets every condition."""

    phase: str
    stages: frozenset[Stage] = frozenset()
    customer: bool | None = None
    interested: bool | None = None
    subscribed: bool | None = None
    orders_at_least: int | None = None
    orders_at_most: int | None = None
    active_days_at_least: int | None = None

    @property
    def unconditional(self) -> bool:
        """Whether it asks for nothing but the stage."""
        return self == Row(phase=self.phase, stages=self.stages)

    def holds(self, stage: Stage, signs: Signs) -> bool:
        """Whether it speaks of somebody in this stage, with these signs."""
        return (
            (not self.stages or stage in self.stages)
            and self.customer in (None, signs.customer)
            and self.interested in (None, signs.interested)
            and self.subscribed in (None, signs.subscribed)
            and (self.orders_at_least is None or signs.orders >= self.orders_at_least)
            and (self.orders_at_most is None or signs.orders <= self.orders_at_most)
            and (self.active_days_at_least is None or signs.active_days >= self.active_days_at_least)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame. ValueError when somebody could be without a phase, or a row names a phase that there is not.

    title:       in English; languages have their own (explain/languages). titles: of a workspace's own, by language.
    phases:      name -> what it is called in English, in their order.
    phase_titles: of a workspace's own, by language and phase.
    """

    title: str
    phases: Mapping[str, str]
    rows: tuple[Row, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    phase_titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if unknown := {row.phase for row in self.rows} - self.phases.keys():
            raise ValueError(f"{self.title} has no phase {', '.join(sorted(unknown))}")
        if without := uncovered(self.rows):
            raise ValueError(f"{self.title} leaves {', '.join(without)} without a phase")


def uncovered(rows: Iterable[Row]) -> list[Stage]:
    """The stages in which somebody might have no phase."""
    covered: set[Stage] = set()
    for row in rows:
        if row.unconditional:
            covered |= row.stages or set(Stage)
    return [stage for stage in Stage if stage not in covered]


def signs(stage: Stage, facts: Facts) -> Signs:
    """The signs of somebody with these facts, who stands in this stage."""
    orders = facts.order_count
    return Signs(
        orders=orders,
        customer=orders > 0 or stage in BUYING or any(_paid(contract) for _, contract in facts.subscriptions.contracts),
        interested=bool(facts.intent) or any(run.unfinished for run in facts.intents.runs.values()),
        subscribed=any(facts.consent_status(to) == "granted" for to in facts.consent),
        active_days=len(facts.active_days),
    )


def _paid(contract: Subscription) -> bool:
    return contract.paid_since is not None or contract.standing == "active"


def phase(frame: Frame, stage: Stage, facts: Facts) -> str:
    """The phase of somebody in this stage with these facts: one of `frame.phases`. Total."""
    return phase_by(frame, stage, signs(stage, facts))


def phase_by(frame: Frame, stage: Stage, seen: Signs) -> str:
    """The same for who has read the signs already, to ask several frames."""
    return next(row.phase for row in frame.rows if row.holds(stage, seen))


def frames(own: Mapping[str, Frame] = MappingProxyType({})) -> dict[str, Frame]:
    """Every frame by name: those that come with the code, then the workspace's own."""
    return {**plugins.load_all(PACKAGE), **own}
