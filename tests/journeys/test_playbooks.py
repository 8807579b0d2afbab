"""The playbooks that come with Perennial: valid, complete, publishable, and walked to each of their ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.journeys import template
from chalicelib.journeys.journey import parse
from chalicelib.journeys.walk import Position, Walked, walk
from chalicelib.lifecycle.stage import Stage
from chalicelib.messages import checks, render
from chalicelib.segments.view import View
from tests.segments.people import DAY, NOW, customer

FOLDER = Path(__file__).parents[2] / "chalicelib" / "journeys" / "playbooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def playbook(name: str) -> dict[str, Any]:
    """A playbook as its file has it."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def test_there_are_two() -> None:
    assert NAMES == ["welcome", "win_back"]


@pytest.mark.parametrize("name", NAMES)
def test_a_playbook_brings_exactly_the_templates_that_it_sends(name: str) -> None:
    content = playbook(name)
    plan = parse(content["journey"])
    assert plan.name == name
    assert sorted(content["templates"]) == list(plan.templates)
    for title, body in content["templates"].items():
        mail = template.parse({"name": title, **body})
        assert mail.message_class == plan.message_class
        assert checks.findings(mail, NOW).problems == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("traits", [{}, {"firstName": "Ana"}, {"first_name": "Ana <b>"}])
def test_its_mails_read_well_for_those_we_know_and_those_we_do_not(name: str, traits: dict[str, Any]) -> None:
    for title, body in playbook(name)["templates"].items():
        mail = template.parse({"name": title, **body})
        words = render.render(
            mail,
            {
                "customer": traits,
                "event": {},
                "stage": "new",
                "links": {"unsubscribe": "https://shop.example/u/1"},
                "postal_address": "Shop Ltd, 1 High Street, London",
            },
        )
        assert isinstance(words, render.Rendered)
        assert words.html is not None
        assert words.text is not None
        assert ("Hello Ana" in words.text) is bool(traits)
        assert "Hello," in words.text or traits
        assert "<b>" not in words.html
        assert '<html lang="en">' in words.html, "a screen reader must know the language"
        assert len(words.html.encode()) < 102_000, "Gmail clips what is longer"


def steps(walked: Walked) -> list[str]:
    return [decision.step for decision in walked.decisions]


@pytest.mark.parametrize(
    ("later", "second", "ended", "why"),
    [
        (customer(), ["nudge"], "done", "completed"),
        (customer(orders=((1, "9"),)), [], "exited", "has ordered"),
    ],
)
def test_welcome_greets_and_nudges_only_those_who_did_not_order(
    later: View, second: list[str], ended: str, why: str
) -> None:
    plan = parse(playbook("welcome")["journey"])
    first = walk(plan, Position(None, NOW), customer(), NOW, origin="o")
    assert (steps(first), first.due_at) == (["hello"], NOW + 3 * DAY)
    last = walk(plan, first.position, later, NOW + 3 * DAY, origin="o")
    assert (steps(last), last.ended, last.why) == (second, ended, why)


@pytest.mark.parametrize(
    ("stage", "second", "ended"),
    [(Stage.AT_RISK, ["reason"], "done"), (Stage.OCCASIONAL, [], "exited"), (Stage.LOST, [], "exited")],
)
def test_win_back_writes_again_only_to_those_still_at_risk(stage: Stage, second: list[str], ended: str) -> None:
    plan = parse(playbook("win_back")["journey"])
    first = walk(plan, Position(None, NOW), customer(stage=Stage.AT_RISK), NOW, origin="o")
    assert (steps(first), first.due_at) == (["miss-you"], NOW + 7 * DAY)
    last = walk(plan, first.position, customer(stage=stage), NOW + 7 * DAY, origin="o")
    assert (steps(last), last.ended) == (second, ended)
