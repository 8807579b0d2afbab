"""The playbooks as one plan: everything that they make, as if all of them were installed and published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.journeys.journey import Live, parse
from chalicelib.journeys.playbooks import make, playbook, store
from chalicelib.journeys.playbooks.brand import Brand
from chalicelib.journeys.playbooks.playbook import Playbook
from chalicelib.journeys.template import Template
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.rehearsal.plan import Plan, in_order
from chalicelib.review.advance import Rules
from chalicelib.segments.conditions import SEGMENT, Condition, LiveConditions
from chalicelib.segments.rule import parse as rule

LISTS = "lists"
SAID = {"at": "2011-10-04T09:00"}
"""What is set otherwise than the playbook's example: the launch lies within the shop's year."""


@dataclass(frozen=True)
class Installed:
    """A playbook and the journeys that it makes, the main one first."""

    playbook: Playbook
    journeys: tuple[Live, ...]
    templates: dict[str, Template]
    segments: dict[str, Any]


def installed(name: str) -> Installed:
    """One playbook as it is when nothing is set."""
    files = store.read(name)
    said = {
        each: SAID.get(each, setting.example) for each, setting in files.playbook.settings.items() if setting.example
    }
    made = make.made(files, store.look(), playbook.values(files.playbook, said), Brand())
    journeys = tuple(Live(parse({**body, "name": each}), 1) for each, body in made.journeys.items())
    templates = {each: _template(each, body) for each, body in made.templates.items()}
    return Installed(files.playbook, journeys, templates, dict(made.segments))


def everything() -> list[Installed]:
    """All playbooks by name."""
    return [installed(name) for name in store.names()]


def plan(all_: Sequence[Installed], since: datetime, until: datetime) -> Plan:
    """All of them in force together, so that they meet under the same caps."""
    journeys = in_order(live for one in all_ for live in one.journeys)
    templates = {name: template for one in all_ for name, template in one.templates.items()}
    segments = {name: body for one in all_ for name, body in one.segments.items()}
    conditions = LiveConditions(
        tuple(Condition(SEGMENT + name, rule(_rule(name, body))) for name, body in segments.items()), 1
    )
    return Plan(journeys, templates, Rules(DEFAULT, conditions=conditions), since, until)


def _rule(name: str, body: dict[str, Any]) -> dict[str, Any]:
    """A segment's rule; of a list, who is on it."""
    found: dict[str, Any] = body.get("rule") or {"fact": LISTS, "contains": name}
    return found


def _template(name: str, body: dict[str, Any]) -> Template:
    """As far as permission asks for it: its class, topic and channels. The words are rendered by nobody here."""
    kept = {field: body[field] for field in ("class", "topic", "sms", "push", "onsite") if field in body}
    mail = {"subject": "…", "text": "…"} if "subject" in body else {}
    return Template.model_validate({"name": name, **kept, **mail, "version": 1})
