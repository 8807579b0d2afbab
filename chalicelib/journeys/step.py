"""What a journey step is: a definition (JSON) and the function that takes it.

Each step is one file in `steps/`; the file's name is what a journey writes in `do`. It holds a pydantic model of the
step's fields and ends with `plugin: Step[...] = ...`. Taking a step is pure: it is handed the customer and the time and
answers with a value. What the value asks for (a send, a wait) happens elsewhere, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeAlias, TypeVar

from pydantic import PlainValidator, WithJsonSchema

from chalicelib import plugins
from chalicelib.journeys.send import MessageClass
from chalicelib.segments.fields import Definition, Name
from chalicelib.segments.problems import objection
from chalicelib.segments.view import View

PACKAGE: Final = "chalicelib.journeys.steps"


class StepDefinition(Definition):
    """What every step has: an id that is unique in its journey and stays when the journey changes, and its kind."""

    id: Name
    do: str

    def blocks(self) -> Mapping[tuple[str | int, ...], tuple[StepDefinition, ...]]:
        """The steps nested in this one, by where they stand: `("branches", 0, "steps")`."""
        return {}

    def templates(self) -> tuple[str, ...]:
        """The names of the templates that taking this step may send."""
        return ()


@dataclass(frozen=True)
class SendMessage:
    """The decision to send one message. `worth` is how long after the decision it is still worth sending."""

    step: str
    template: str
    channel: str
    message_class: MessageClass
    worth: timedelta
    occurrence: int = 0
    topic: str | None = None


Decision: TypeAlias = SendMessage


@dataclass(frozen=True)
class Moment:
    """What a step may know: the customer, the time, when the customer came to this step, and the journey's class."""

    view: View
    now: datetime
    since: datetime
    message_class: MessageClass


@dataclass(frozen=True)
class Taken:
    """What came of a step. `why` is for the customer's timeline.

    decisions: what is to be done.
    until:     stay at this step until then; None or past goes on.
    into:      go on with these nested steps, and with the step after this one when they end.
    leave:     leave the journey, for this reason.
    """

    why: str
    decisions: tuple[Decision, ...] = ()
    until: datetime | None = None
    into: tuple[StepDefinition, ...] = ()
    leave: str | None = None


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
    AnyStep: TypeAlias = StepDefinition
else:
    AnyStep = Annotated[
        Any,
        PlainValidator(parsed),
        WithJsonSchema(
            {
                "type": "object",
                "title": "Step",
                "description": "A step: its id, what to do (send, wait, branch, exit), and that kind's own fields.",
                "required": ["id", "do"],
                "properties": {"id": {"type": "string"}, "do": {"type": "string"}},
            }
        ),
    ]
