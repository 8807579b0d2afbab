"""What is asked and answered about playbooks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictBool

from chalicelib.api.answers import Model, Strict


class PlaybookSetting(Model):
    """One thing that may be set when a playbook is installed."""

    name: str
    kind: str = Field(description="duration, time, moment, count, amount, text or coupon.")
    unit: str = Field(description="What it is written in.")
    says: str
    default: Any = Field(description="What it is if nothing is said; null: nothing, or it must be said.")
    required: bool = Field(description="Whether it must be said.")
    example: str | None = None


class PlaybookSummary(Model):
    """A playbook in the list."""

    name: str
    title: str
    says: str = Field(description="What it does, in a sentence or two.")
    message_class: Literal["marketing", "transactional"]
    stages: list[str] = Field(description="The stages that it serves.")
    phases: list[str] = Field(description="The phases of frames that it serves: `frame/phase`.")
    activity: str = Field(description="What kind of thing it does: welcome, nurture, recover, win_back...")
    events: list[str] = Field(description="The events without which it does nothing.")
    traits: list[str] = Field(description="The traits without which it does nothing.")
    channels: list[str] = Field(description="The channels that it uses.")
    products: bool = Field(description="Whether its letters recommend products, if there is a feed.")
    settings: list[PlaybookSetting]
    languages: list[str]


class Playbooks(Model):
    """Every playbook, by name."""

    playbooks: list[PlaybookSummary]


class Missing(Model):
    """Something that a playbook would be better with, or does not work without."""

    what: str = Field(description="postal_address, sender, brand.url, products, coupon.")
    problem: str
    hint: str


class PlaybookDetails(PlaybookSummary):
    """A playbook, and what installing it would make."""

    segments: dict[str, Any]
    templates: dict[str, Any]
    journeys: dict[str, Any] = Field(description="As `PUT /v1/journeys/{name}` takes them, settings put in.")
    missing: list[Missing]


class Installation(Strict):
    """How a playbook is installed. What looks and sounds the same in all of them is the setting `brand`."""

    settings: dict[str, Any] = Field(default={}, max_length=50, description="What differs from the defaults, by name.")
    publish: StrictBool = Field(False, description="Whether its journeys take new entrants at once; a draft, if not.")


class Installed(Model):
    """One definition that the playbook made, or found as it would have made it."""

    kind: Literal["segment", "template", "journey"]
    name: str
    version: int
    new: bool = Field(description="Whether this made the version; false: it was there already, the same.")
    live: bool


class InstalledPlaybook(Model):
    """What came of an installation."""

    name: str
    settings: dict[str, Any] = Field(description="Everything that is set, defaults included.")
    made: list[Installed]
    missing: list[Missing]
