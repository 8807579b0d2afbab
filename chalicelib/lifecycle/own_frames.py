"""A workspace's own frames: the setting `frames`."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib import plugins
from chalicelib.customers.setting import Setting, Values, objection
from chalicelib.lifecycle.frame import PACKAGE, Frame, Row, uncovered
from chalicelib.lifecycle.rules import Stage

MOST_FRAMES: Final = 12
MOST_PHASES: Final = 20
MOST_ROWS: Final = 60

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Titles = Annotated[dict[Language, Title], Field(min_length=1, max_length=20)]
_Count = Annotated[int, Field(ge=0, le=1_000_000)]


class OwnPhase(Values):
    """One phase of a frame."""

    name: Name = Field(description="In the API and in reports.")
    title: Titles = Field(description="What people call it, by language: {'en': 'Club member'}.")


class OwnRow(Values):
    """Who is in a phase: everybody in one of the stages who meets every condition. The first row that holds decides."""

    phase: Name
    stages: list[Stage] = Field([], max_length=len(Stage), description="None: in any stage.")
    customer: bool | None = Field(None, description="Has bought anything, by order or by contract.")
    interested: bool | None = Field(None, description="Has shown in the last 30 days of activity what is wanted.")
    subscribed: bool | None = Field(None, description="Has granted some channel or topic.")
    orders_at_least: _Count | None = None
    orders_at_most: _Count | None = None
    active_days_at_least: _Count | None = Field(None, description="Days with activity in the last 90 of activity.")

    def row(self) -> Row:
        """As frames have it."""
        conditions = self.model_dump(exclude={"phase", "stages"})
        return Row(phase=self.phase, stages=frozenset(self.stages), **conditions)


class OwnFrame(Values):
    """A frame: a name, phases in their order, and a table from stage and facts to a phase."""

    name: Name
    title: Titles = Field(description="What people call it, by language.")
    phases: list[OwnPhase] = Field(min_length=1, max_length=MOST_PHASES)
    rows: list[OwnRow] = Field(min_length=1, max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _total(self) -> Self:
        names = [phase.name for phase in self.phases]
        _once("phase", names)
        for place, row in enumerate(self.rows):
            if row.phase not in names:
                raise objection(
                    "phase",
                    f"Row {place + 1} leads to {row.phase!r}, which is no phase of this frame",
                    f"Use one of: {', '.join(names)}; or add it to `phases`.",
                )
        if unused := [name for name in names if name not in {row.phase for row in self.rows}]:
            raise objection("phase", f"Nobody can ever be in {', '.join(unused)}", "Add a row that leads there.")
        if without := uncovered(row.row() for row in self.rows):
            raise objection(
                "total",
                f"Somebody in {', '.join(without)} may be in no phase",
                "End with a row that has no conditions: `stages` that names them, or nothing but `phase`.",
            )
        return self

    def frame(self) -> Frame:
        """As it is asked."""
        return Frame(
            title=_english(self.title),
            phases={phase.name: _english(phase.title) for phase in self.phases},
            rows=tuple(row.row() for row in self.rows),
            titles=self.title,
            phase_titles=_by_language(self.phases),
        )


class Frames(Setting):
    """The workspace's own frames: other models of marketing through which customers are seen beside the nine stages."""

    name: ClassVar[str] = "frames"

    frames: list[OwnFrame] = Field([], max_length=MOST_FRAMES, description="In the order in which they are shown.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [frame.name for frame in self.frames]
        _once("frame", names)
        if taken := sorted(set(names) & set(plugins.names(PACKAGE))):
            raise objection("taken", f"{', '.join(taken)} is a frame already", "Use a name of your own.")
        return self

    def by_name(self) -> dict[str, Frame]:
        """The frames as they are asked, by name."""
        return {frame.name: frame.frame() for frame in self.frames}


def _once(kind: str, names: list[str]) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise objection("twice", f"There are two of the {kind} {', '.join(twice)}", "Rename or remove one.")


def _english(titles: dict[str, str]) -> str:
    return titles.get("en") or next(iter(titles.values()))


def _by_language(phases: list[OwnPhase]) -> dict[str, dict[str, str]]:
    codes = {code for phase in phases for code in phase.title}
    return {code: {phase.name: phase.title[code] for phase in phases if code in phase.title} for code in sorted(codes)}
