"""set_traits: write something down about the customer.

    {"id": "mark", "do": "set_traits", "traits": {"welcomed": true, "offer": "ten"}}

The traits are said by an identify call of our own. null takes a trait away. Addresses and ids are refused: who somebody
is, a journey does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from chalicelib.customers.trust import PROTECTED
from chalicelib.journeys.step import Moment, StateEvent, Step, StepDefinition, Taken
from chalicelib.segments.problems import objection

MOST: Final = 50
_REFUSED: Final = PROTECTED | {"id", "userid", "user_id", "anonymousid", "anonymous_id"}

Value = str | bool | int | float | None


def _allowed(traits: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in traits:
        if name.strip().casefold() in _REFUSED:
            raise objection("trait", f"A journey does not set {name[:40]}", "Send an identify call instead.")
    return traits


class SetTraitsStep(StepDefinition):
    """Set traits of the customer to fixed values."""

    do: Literal["set_traits"]
    traits: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=200)], Value],
        Field(min_length=1, max_length=MOST),
        AfterValidator(_allowed),
    ]


class _SetTraits:
    definition = SetTraitsStep

    def take(self, step: SetTraitsStep, moment: Moment) -> Taken:
        said = StateEvent(step.id, "Identify", type="identify", traits=step.traits)
        return Taken(f"set {', '.join(sorted(step.traits))}", decisions=(said,))


plugin: Step[SetTraitsStep] = _SetTraits()
