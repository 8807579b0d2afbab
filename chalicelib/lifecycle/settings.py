"""The setting `lifecycle`: the kind of business, and the thresholds that a workspace chooses for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from pydantic import Field, create_model, model_validator
from pydantic_core import InitErrorDetails, ValidationError

from chalicelib.customers.business import Business
from chalicelib.customers.exchange import OWN, Exchange
from chalicelib.customers.setting import Setting, Values, objection
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.parameters import DEFAULT, Parameters, contradictions
from chalicelib.lifecycle.presets import PRESETS
from chalicelib.lifecycle.thresholds import THRESHOLDS, Threshold
from chalicelib.lifecycle.versions import in_force


def _field(name: str, about: Threshold) -> tuple[Any, Any]:
    usual = getattr(DEFAULT, name)
    said = f"{about.says} In {about.unit}; {'null' if usual is None else f'{usual:g}'} unless the preset differs."
    kind = int if about.whole else float
    return kind | None, Field(None, ge=about.least, le=about.most, description=said)


_FIELDS: Final[dict[str, Any]] = {name: _field(name, about) for name, about in THRESHOLDS.items()}
if TYPE_CHECKING:

    class Chosen(Values):
        """Thresholds by name; null: as the preset has it."""
else:
    Chosen = create_model("Chosen", __base__=Values, __doc__="Thresholds by name; null: the preset's.", **_FIELDS)


class Lifecycle(Setting):
    """How stages are decided here. A change moves people silently, each when next looked at."""

    name: ClassVar[str] = "lifecycle"

    preset: Business = Field("shop", description="The kind of business, whose thresholds and names of events hold.")
    thresholds: Chosen = Field(
        default_factory=Chosen, description="Those that are chosen; they stand whatever a fit says."
    )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found = contradictions(self.values)
        if found:
            raise ValidationError.from_exception_data("Lifecycle", [_problem(self, *pair) for pair in found])
        return self

    @property
    def chosen(self) -> dict[str, float]:
        """What the workspace decided itself, by name."""
        return self.thresholds.model_dump(exclude_none=True)

    @property
    def values(self) -> dict[str, Any]:
        """Every threshold by name."""
        return {name: getattr(DEFAULT, name) for name in THRESHOLDS} | dict(PRESETS[self.preset]) | self.chosen


def _problem(setting: Lifecycle, low: str, high: str) -> InitErrorDetails:
    """An objection at the one of the two that was chosen."""
    values, name = setting.values, high if high in setting.chosen or low not in setting.chosen else low
    said = f"{low} ({values[low]:g}) cannot be above {high} ({values[high]:g})"
    return InitErrorDetails(
        type=objection("threshold", said, f"Change one of the two; what is left out is as {setting.preset!r} has it."),
        loc=("thresholds", name),
        input=values[name],
    )


def parameters_of(
    setting: Lifecycle, fitted: Fitted = PRIOR, exchange: Exchange = OWN, *, version: int = 0
) -> Parameters:
    """The parameters by which everybody is judged: the setting's thresholds under a fit, amounts by the rates.

    version: the setting's.
    """
    thresholds = Parameters(**setting.values)
    return in_force(thresholds, fitted, exchange, lifecycle=version, chosen=setting.chosen.keys())
