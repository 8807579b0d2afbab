"""What a journey step is: a definition (JSON) and the function that takes it.

Each step is one file in `steps/`; the file's name is what a journey writes in `do`. It holds a pydantic model of the
step's fields and ends with `plugin: Step[...] = ...`. Taking a step is pure: it is handed the customer and the time and
answers with a value. What the value asks for (a send, an event, a wait) happens elsewhere, in one transaction.

A step that fails stalls nobody: it says so, and the walk goes on with its `on_failure`, if it has one, and behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol, TypeAlias, TypeVar

from pydantic import Field, PlainValidator, WithJsonSchema

from chalicelib import plugins
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.send import MessageClass
from chalicelib.journeys.winner import Contest
from chalicelib.segments.fields import Definition, Name
from chalicelib.segments.problems import objection
from chalicelib.segments.rule import Rule
from chalicelib.segments.view import View

PACKAGE: Final = "chalicelib.journeys.steps"
FAILED: Final = "failed"
"""The outcome of a step that could not do what it is for."""

Block: TypeAlias = tuple["StepDefinition", ...]


def parsed(value: object) -> StepDefinition:
    """A validator: find the kind of a step by its `do` and let that model validate it."""
    if isinstance(value, StepDefinition):
        return value
    known = f"Use one of: {', '.join(plugins.names(PACKAGE))}."
    if not isinstance(value, Mapping):
        raise objection("step", "This is not a step", "Write an object with id and do.")
    kind = value.get("do")
    if not isinstance(kind, str):
        raise objection("step", "This step does not say what to do", f"Add do. {known}")
    try:
        found = plugin(kind)
    except plugins.UnknownPlugin:
        raise objection("step", "There is no step of this kind", known) from None
    model: type[StepDefinition] = found.definition
    return model.model_validate(value)


if TYPE_CHECKING:
    AnyStep: TypeAlias = "StepDefinition"
else:
    AnyStep = Annotated[
        Any,
        PlainValidator(parsed),
        WithJsonSchema(
            {
                "type": "object",
                "title": "Step",
                "description": "A step: its id, what to do (send, wait, branch, exit...), and that kind's own fields.",
                "required": ["id", "do"],
                "properties": {"id": {"type": "string"}, "do": {"type": "string"}},
            }
        ),
    ]


class StepDefinition(Definition):
    """What every step has: an id that is unique in its journey and stays when the journey changes, and its kind.

    on_failure: steps to take when this one fails, before going on behind it.
    """

    id: Name
    do: str
    on_failure: tuple[AnyStep, ...] = Field(default=(), exclude_if=lambda steps: not steps)

    def blocks(self) -> Mapping[tuple[str | int, ...], Block]:
        """The steps nested in this one, by where they stand: `("branches", 0, "steps")`; without `on_failure`."""
        return {}

    def nested(self) -> Mapping[tuple[str | int, ...], Block]:
        """All steps nested in this one."""
        return {**self.blocks(), ("on_failure",): self.on_failure} if self.on_failure else self.blocks()

    def templates(self) -> tuple[str, ...]:
        """The names of the templates that taking this step may send."""
        return ()

    def speaks_by(self) -> str | None:
        """The channel on which its templates must say something; None where that is decided when a message leaves."""
        return None

    def calls(self) -> tuple[str, ...]:
        """The URLs that taking this step may call."""
        return ()

    def contest(self) -> Contest | None:
        """What is to be found out of its ways, if anything is."""
        return None

    def rules(self) -> tuple[Rule, ...]:
        """The rules that taking this step may ask."""
        return ()

    def events(self) -> tuple[str, ...]:
        """The names of the events that whoever waits here goes on because of."""
        return ()

    def condition(self) -> Rule | None:
        """The rule by which whoever waits here goes on as soon as it holds."""
        return None

    def hears(self, effect: Effect, trigger: Mapping[str, Any]) -> bool:
        """Whether an event is what somebody waits for here whose journey was started by `trigger`."""
        return False


@dataclass(frozen=True)
class SendMessage:
    """The decision to send one message.

    template:         what it says; None on a channel that needs none, which has `content` instead.
    worth:            how long after the decision it is still worth sending.
    content:          JSON, in the channel's own form.
    template_version: None for the one that is current when the message leaves.
    coupon:           the campaign of which the message carries a code.
    """

    step: str
    template: str | None
    channel: str
    message_class: MessageClass
    worth: timedelta
    occurrence: int = 0
    topic: str | None = None
    content: Mapping[str, Any] | None = None
    template_version: int | None = None
    coupon: str | None = None


@dataclass(frozen=True)
class StateEvent:
    """The decision to say something of the customer: an event of ours, stored in the transaction of the walk.

    properties: of a track event. traits: of an identify call.
    """

    step: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    type: Literal["track", "identify"] = "track"
    traits: Mapping[str, Any] = field(default_factory=dict)
    occurrence: int = 0


Decision: TypeAlias = SendMessage | StateEvent


@dataclass(frozen=True)
class Moment:
    """What a step may know.

    view:      the customer. now: the time. since: when the customer came to this step.
    origin:    the enrolment's id that never changes: the dice of whoever must choose (ids.fraction).
    heard:     the effect because of which the walk begins at this step; None if its time has come, or it was walked to.
    journey:   its name.
    variables: what earlier steps of this enrolment kept; JSON.
    winners:   by the ids of steps that split, the way that has won.
    """

    view: View
    now: datetime
    since: datetime
    message_class: MessageClass
    origin: str
    journey: str = ""
    heard: Effect | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    winners: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """What came of a step. `why` is for the customer's timeline.

    outcome:   one short word for counting, out of the few that the step's definition allows; FAILED if it failed.
    decisions: what is to be done.
    until:     stay at this step until then; None or past goes on.
    into:      go on with these nested steps, and with the step after this one when they end.
    leave:     leave the journey, for this reason.
    variables: to be kept for later steps; JSON.
    """

    why: str
    decisions: tuple[Decision, ...] = ()
    until: datetime | None = None
    into: Block = ()
    leave: str | None = None
    outcome: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


D = TypeVar("D", bound=StepDefinition)


class Step(Protocol[D]):
    """A plugin in `steps/`."""

    @property
    def definition(self) -> type[D]:
        """The model of the step's JSON."""

    def take(self, step: D, moment: Moment) -> Taken:
        """Take the step. Pure: the same step and moment give the same answer."""


def plugin(kind: str) -> Step[Any]:
    """The plugin of a kind of step. Raises UnknownPlugin."""
    found: Step[Any] = plugins.load(PACKAGE, kind)
    return found
