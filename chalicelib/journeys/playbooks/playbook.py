"""What is in a `playbook.json`: what a playbook is for, what it needs, what may be set, and what it makes. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, StringConstraints, create_model, model_validator

from chalicelib.journeys.send import MessageClass
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.fields import Definition, Duration, Name, Some, Title
from chalicelib.segments.problems import objection, validated

Json: TypeAlias = dict[str, Any]
Kind = Literal["amount", "count", "coupon", "duration", "moment", "text", "time"]
Says = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
_MOST: Final = 1_000_000
_TYPES: Final[dict[Kind, Any]] = {
    "amount": Annotated[int, Field(ge=0, le=_MOST)],
    "count": Annotated[int, Field(ge=1, le=100)],
    "coupon": Name,
    "duration": Duration,
    "moment": Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$")],
    "text": Title,
    "time": Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")],
}
UNITS: Final[dict[Kind, str]] = {
    "amount": "whole units of the currency of reports",
    "count": "times",
    "coupon": "the name of a coupon campaign; none: no coupon",
    "duration": "an ISO 8601 duration",
    "moment": "a day and a time of day, without a zone",
    "text": "as events or traits have it; case counts",
    "time": "hours and minutes, where the customer is",
}
"""What a setting of each kind is written in."""


class Setting(Definition):
    """One thing that may be set when a playbook is installed.

    default: what it is if nothing is said. Without one it must be said (`example` shows how), or it is `optional` and
             what depends on it is left out. Coupons are always optional.
    """

    kind: Kind
    default: Any = None
    example: str | None = None
    optional: bool = False
    says: Says

    @model_validator(mode="after")
    def _says_what_it_is_without_a_word(self) -> Setting:
        if self.default is None and not self.may_be_nothing and self.example is None:
            raise objection("default", "This setting has no default", "Add one, or optional, or an example.")
        return self

    @property
    def may_be_nothing(self) -> bool:
        """Whether it can be left out although it has no default."""
        return self.optional or self.kind == "coupon"


class Serves(Definition):
    """Whom a playbook is for: stages, phases of the frames (`frame/phase`), and the kind of activity it is."""

    stages: Some[Stage]
    phases: tuple[str, ...] = ()
    activity: Name


class Needs(Definition):
    """What must come in for it to do anything: events by name, traits, channels, and a feed of products."""

    events: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("email",)
    products: bool = False


class Playbook(Definition):
    """A playbook as its file has it. In `segments`, `journeys` and `shows`, `{"setting": name}` stands for what is set.

    shows: by the name of a note, on which pages of the site and when it is shown.
    """

    name: Name
    title: Title
    says: Says
    message_class: MessageClass = Field(default="marketing", alias="class")
    serves: Serves
    needs: Needs = Needs()
    settings: dict[Name, Setting] = Field(default_factory=dict)
    shows: dict[Name, Json] = Field(default_factory=dict)
    segments: tuple[Json, ...] = ()
    journeys: Some[Json]


def parse(name: str, raw: Json) -> Playbook:
    """A playbook of its file. Raises Invalid."""
    return validated(Playbook, {**raw, "name": name})


def values(playbook: Playbook, given: object) -> Json:
    """Every setting with its value as JSON: those given, else the defaults. Raises Invalid with what cannot be."""
    model = create_model("Settings", __base__=_Validated, **{n: _field(s) for n, s in playbook.settings.items()})
    return validated(model, given).model_dump(mode="json")


class _Validated(Definition, validate_default=True):
    """Defaults are held to what is asked of everybody."""


def _field(setting: Setting) -> Any:
    kind = _TYPES[setting.kind]
    if setting.may_be_nothing:
        return (kind | None, setting.default)
    return (kind, ... if setting.default is None else setting.default)


def filled(value: Any, settings: Json) -> Any:
    """A definition with its settings put in. What is set to nothing is left out of the object or list it stands in.

    {"setting": "ahead"}                  the value; with `"before": true` a duration that leads back: -P3D
    {"if": "category", "then": {...}}     there only if something is set
    """
    if isinstance(value, dict):
        if "setting" in value:
            return _set(value, settings)
        if "if" in value:
            return None if settings[value["if"]] is None else filled(value["then"], settings)
        members = {name: inner if inner is None else filled(inner, settings) for name, inner in value.items()}
        return {name: inner for name, inner in members.items() if inner is not None or value[name] is None}
    if isinstance(value, list | tuple):
        return [inner for inner in (filled(each, settings) for each in value) if inner is not None]
    return value


def _set(mark: Json, settings: Json) -> Any:
    value = settings[mark["setting"]]
    return f"-{value}" if mark.get("before") else value
