"""Every playbook on the shelf: what its files must be, held against the parsers that definitions pass through."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib import plugins
from chalicelib.customers.consent import CHANNELS
from chalicelib.journeys import journey, template
from chalicelib.journeys.playbooks import letter, store
from chalicelib.journeys.playbooks.brand import LANGUAGES
from chalicelib.journeys.playbooks.make import Made
from chalicelib.lifecycle.frame import PACKAGE, Frame
from chalicelib.messages import checks, compiling
from chalicelib.segments.segment import parse_segment
from tests.journeys.playbooks.shelf import LETTERS, NAMES, full

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
FOLDER = Path(store.__file__).parent
MADE = [pytest.param(made(name), id=f"{name}-{how}") for name in NAMES for how, made in (
    ("as-it-comes", store.standard), ("all-said", full))]  # fmt: skip


def test_there_are_twenty() -> None:
    assert " ".join(NAMES) == (
        "after_delivery_review birthday browse_abandonment cart_abandonment first_order_thanks last_chance "
        "lead_nurture payment_failed product_launch referral replenishment retargeting second_order trial_ended "
        "upsell_heroes view_call_upsell visitor_capture welcome win_back win_back_call"
    )


@pytest.mark.parametrize("made", MADE)
def test_what_it_makes_is_right(made: Made) -> None:
    for name, body in made.segments.items():
        parse_segment({"name": name, **body})
    for name, body in made.templates.items():
        template.parse({"name": name, **body})
    for name, body in made.journeys.items():
        journey.parse({"name": name, **body})


@pytest.mark.parametrize("name", NAMES)
def test_it_brings_exactly_the_templates_that_it_sends_of_its_own_class(name: str) -> None:
    made = full(name)
    plans = [journey.parse({"name": each, **body}) for each, body in made.journeys.items()]
    assert {sent for plan in plans for sent in plan.templates} == set(made.templates)
    assert {body["class"] for body in made.templates.values()} <= {store.read(name).playbook.message_class}
    assert name in made.journeys


@pytest.mark.parametrize("name", NAMES)
def test_its_phases_are_phases_of_frames_and_its_channels_channels(name: str) -> None:
    frames: dict[str, Frame] = dict(plugins.load_all(PACKAGE))
    playbook = store.read(name).playbook
    for phase in playbook.serves.phases:
        frame, _, within = phase.partition("/")
        assert within in frames[frame].phases
    assert set(playbook.needs.channels) <= set(CHANNELS)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_used_and_every_one_that_is_used_exists(name: str) -> None:
    files = store.read(name)
    raw = (FOLDER / name / "playbook.json").read_text(encoding="utf-8")
    texts = "".join(text for letter in files.letters.values() for text in letter.values())
    used = set(re.findall(r'"(?:setting|if)": "(\w+)"', raw)) | set(re.findall(r"settings\.(\w+)", texts))
    assert used == set(files.playbook.settings)


@pytest.mark.parametrize("name", NAMES)
def test_what_carries_a_coupon_has_a_place_for_its_code(name: str) -> None:
    for each, body in full(name).journeys.items():
        for placed in journey.parse({"name": each, **body}).route.values():
            if getattr(placed.step, "coupon", None):
                (sent,) = placed.step.templates()
                assert "coupon.code" in full(name).templates[sent]["text"]


@pytest.mark.parametrize(("name", "title"), LETTERS)
def test_every_letter_is_there_in_every_language_and_built_alike(name: str, title: str) -> None:
    texts = store.read(name).letters[title]
    assert set(texts) == set(LANGUAGES)
    shapes = {
        tuple(part.block for part in letter.parse(text).parts if part.block != "paragraph") for text in texts.values()
    }
    assert len(shapes) == 1
    assert max(len(line) for text in texts.values() for line in text.splitlines() if "{%" not in line) <= 125


NOTES = [(name, title) for name in NAMES for title in sorted(store.read(name).notes)]


@pytest.mark.parametrize(("name", "title"), NOTES)
def test_every_note_is_there_in_every_language_and_passes_the_checks_of_templates(name: str, title: str) -> None:
    files = store.read(name)
    assert set(files.notes[title]) == set(LANGUAGES)
    assert title in files.playbook.shows
    of_template = f"{name.replace('_', '-')}-{title}"
    for made in (store.standard(name), full(name)):
        kept = compiling.made(template.parse({"name": of_template, **made.templates[of_template]}), {})
        assert checks.findings(kept, NOW) == checks.Findings(())
        assert {locale: len(each.beside) for locale, each in kept.variants.items()} == dict.fromkeys(LANGUAGES, 1)
