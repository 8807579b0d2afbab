"""Definitions of a folder as the API would keep them: read by the product's models, every default written out. Pure.

So a file may leave out what it does not change, and a mistake shows with its file and place before anything is put.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.api.setting_registry import SETTINGS
from chalicelib.customers.setting import body_of
from chalicelib.jobs.audiences.audience import parse_audience
from chalicelib.journeys import block, broadcast, journey, template
from chalicelib.journeys.coupons import coupon
from chalicelib.journeys.referrals import referral
from chalicelib.segments.problems import validated
from chalicelib.segments.segment import parse_segment
from chalicelib.tracking.problems import Invalid, Problem
from infra.definitions.layout import Definitions, Key, Unreadable


def normal(definitions: Definitions) -> Definitions:
    """The same with every default written out. Raises Unreadable with all that is wrong, file by file."""
    bodies: dict[Key, Mapping[str, Any]] = {}
    wrong: list[str] = []
    for key, body in definitions.bodies.items():
        try:
            made = _MADE[key.kind](key.name, {**body, "name": key.name})
            bodies[key] = {name: value for name, value in made.items() if name not in ("name", "version")}
        except Invalid as invalid:
            wrong += [f"{key}: {said.path or 'the whole'}: {said.problem}. {said.hint}" for said in invalid.problems]
    if wrong:
        raise Unreadable("\n".join(wrong))
    return Definitions(bodies, definitions.live)


def _setting(name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    if name not in SETTINGS:
        known = ", ".join(sorted(SETTINGS))
        raise Invalid([Problem("", "There is no such setting", f"There are: {known}.")])
    return body_of(validated(SETTINGS[name], {part: value for part, value in body.items() if part != "name"}))


_MADE: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Mapping[str, Any]]]] = {
    "settings": _setting,
    "segments": lambda name, body: parse_segment(body).body(),
    "audiences": lambda name, body: parse_audience(body).body(),
    "coupons": lambda name, body: coupon.parse(body).body(),
    "referrals": lambda name, body: referral.parse(body).body(),
    "blocks": lambda name, body: block.parse(body).body(),
    "templates": lambda name, body: template.parse(body).body(),
    "journeys": lambda name, body: journey.parse(body).body(),
    "broadcasts": lambda name, body: broadcast.parse(body).body(),
}
