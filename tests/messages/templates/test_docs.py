"""docs/TEMPLATES.md says what is so: its examples are put, its tables are rendered, and no field or name is missing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.api.template_models import PreviewOf, TrialTo
from chalicelib.journeys.template import Content, PushMessage, TextMessage, Words
from chalicelib.messages import compiled, samples
from chalicelib.messages.checks import LARGEST
from chalicelib.messages.liquid import rendered
from chalicelib.messages.locale.filters import FILTERS
from chalicelib.messages.outgoing import TrackedLinks
from chalicelib.messages.render import Rendered, render
from chalicelib.messages.shelf import Shelf
from tests.fakes.database import MemoryDatabase
from tests.messages.samples import NOW, template

PAGE = (Path(__file__).parents[3] / "docs" / "TEMPLATES.md").read_text(encoding="utf-8")
LANGUAGES = ("en", "it", "es", "ro")


def example(kind: str) -> Any:
    found = re.search(rf"```json {kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, kind
    return json.loads(found[1])


def filters() -> list[tuple[str, list[str]]]:
    """The rows of the table of filters: the expression, and what it says in each language."""
    rows = re.findall(
        r"^\| `([^`]+)`[^|]*\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.replace(r"\|", "¦"), re.M
    )
    return [(row[0].replace("¦", "|"), [said.strip() for said in row[1:]]) for row in rows]


@pytest.mark.parametrize(("expression", "said"), filters())
def test_the_table_of_filters(expression: str, said: list[str]) -> None:
    for locale, expected in zip(LANGUAGES, said, strict=True):
        context = {
            "locale": locale,
            "timezone": "Europe/Bucharest",
            "currency": "EUR",
            "now": "2026-11-22T09:00:00.000Z",
        }
        told = rendered(f"{{{{ {expression} }}}}", context, html=False)
        assert str(told).replace("\u00a0", " ").replace("\u202f", " ") == expected, locale


def test_every_filter_is_in_the_table() -> None:
    shown = {name for expression, _ in filters() for name in re.findall(r"\| (\w+)", expression)}
    assert set(FILTERS) <= shown


def test_the_examples_work() -> None:
    shelf = Shelf(MemoryDatabase(), lambda: NOW, "shop.example")
    shelf.put_block("foot", example("block"))
    made = shelf.put("basket", example("template"))
    assert made.advice == ()
    kept = shelf.templates.template("basket")
    assert kept is not None
    context = samples.somebody(kept, NOW, {"customer": {"gender": "f"}})
    for wanted, subject, reply_to in (
        ("en", "Ada, your basket is kept", None),
        ("it-CH", "Il tuo carrello ti aspetta", "svizzera@shop.example"),
    ):
        words = render(kept, context, wanted)
        assert isinstance(words, Rendered)
        assert (words.subject, words.reply_to) == (subject, reply_to)
    assert isinstance(words, Rendered)
    assert "Cara Ada" in (words.html or "")
    assert "hai 2 prodotti nel carrello" in (words.text or "")
    assert "Non voglio altre mail (https://unsubscribe.invalid" in (words.text or "")
    brief = shelf.put("basket-short", example("short"))
    assert brief.advice == ()
    short = shelf.templates.template("basket-short")
    assert short is not None
    told = render(short, context, "it", channel="sms")
    assert isinstance(told, Rendered)
    assert (told.text or "").startswith("Il tuo carrello")
    TrackedLinks.model_validate(example("setting"))
    PreviewOf.model_validate(example("preview"))
    TrialTo.model_validate(example("test"))


def test_every_field_and_name_is_documented() -> None:
    fields = {
        field.alias or name
        for model in (Content, Words, TextMessage, PushMessage)
        for name, field in model.model_fields.items()
    } - {"name"}
    names = set(samples.nobody(template(), NOW)) | compiled.EVERYTHING | {"locale"}
    for word in fields | names | set(TrackedLinks.model_fields):
        assert re.search(rf'[`"]{word}["`.]', PAGE), word


def test_figures_are_those_of_the_code() -> None:
    assert f"more than {LARGEST // 1024} KB of HTML" in PAGE
