"""What people read: every letter, in every language, for somebody of whom nothing is known, and of whom much is."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chalicelib.journeys import playbooks, template
from chalicelib.journeys.playbooks.brand import LANGUAGES
from chalicelib.journeys.template import Template
from chalicelib.messages import checks, compiling, samples
from chalicelib.messages.render import Rendered, render
from tests.journeys.playbooks.shelf import LETTERS, full

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
HELLO = {"en": "Hello", "it": "Ciao", "es": "Hola", "ro": "Bună"}
GENDERED = {
    "it": r"\b(benvenut[oa]|car[oa]|sei iscritt[oa]|stat[oa] invitat[oa]|unit[oa] a noi)\b",
    "es": r"\b(bienvenid[oa] a|querid[oa]|estimad[oa]|invitad[oa])\b",
    "ro": r"\b(drag[ăa]|stimat[ăa]?|invitat[ăa]?)\s+\{",
}
CEDILLAS = "şţŞŢ"  # Romanian has commas below: ș ț


@cache
def mail(name: str, title: str) -> Template:
    """A letter as it is kept."""
    of_template = f"{name.replace('_', '-')}-{title}"
    return compiling.made(template.parse({"name": of_template, **full(name).templates[of_template]}), {})


def read(name: str, title: str, language: str, who: dict[str, Any]) -> Rendered:
    """What somebody gets."""
    words = render(mail(name, title), who, language)
    assert isinstance(words, Rendered), words
    assert words.html is not None
    assert words.text is not None
    return words


def nobody(name: str, title: str) -> dict[str, Any]:
    return samples.nobody(mail(name, title), NOW)


def somebody(name: str, title: str) -> dict[str, Any]:
    return samples.somebody(mail(name, title), NOW)


@pytest.mark.parametrize(("name", "title"), LETTERS)
def test_it_passes_every_check_that_templates_are_held_to(name: str, title: str) -> None:
    found = checks.findings(mail(name, title), NOW)
    assert (found.problems, found.advice) == ((), ())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "title"), LETTERS)
def test_it_reads_well_for_those_we_know_and_those_we_do_not(name: str, title: str, language: str) -> None:
    known, unknown = (read(name, title, language, who(name, title)) for who in (somebody, nobody))
    assert re.search(rf"^{HELLO[language]},? Ada[,:!]$", known.text or "", re.MULTILINE)
    assert re.search(rf"^{HELLO[language]}[,:!]$", unknown.text or "", re.MULTILINE)
    for words in (known, unknown):
        everything = f"{words.subject}\n{words.text}\n{words.html}"
        assert not re.search(r"\bNone\b|\bnull\b|  [,.!:]|\(\)|\{\{|\}\}|%\}", everything)
        assert not re.search(r" [,.!?]", words.subject)
        assert 5 < len(words.subject) < 65, "longer subjects are cut"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "title"), LETTERS)
def test_what_is_not_there_has_no_heading(name: str, title: str, language: str) -> None:
    folder = Path(playbooks.__file__).parent
    source = (folder / name / f"{title}.{language}.md").read_text(encoding="utf-8")
    in_the_cart = json.loads((folder / "look" / "words.json").read_text(encoding="utf-8"))[language]["total"]
    nothing: dict[str, Any] = {"products": [], "cart": {"items": []}, "coupon": None}
    words = read(name, title, language, {**nobody(name, title), **nothing})
    for heading in [*re.findall(r"^@products (.+)$", source, re.MULTILINE), in_the_cart]:
        assert heading not in (words.text or "")
        assert heading not in (words.html or "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "title"), LETTERS)
def test_it_is_accessible_and_names_the_sender_and_the_way_out(name: str, title: str, language: str) -> None:
    words = read(name, title, language, nobody(name, title))
    html = words.html or ""
    assert f'lang="{language}"' in html, "a screen reader must know the language"
    assert html.count("<h1") == 1
    assert all('alt="' in image for image in re.findall(r"<img[^>]*>", html))
    assert all('role="presentation"' in table for table in re.findall(r"<table[^>]*>", html))
    assert "Linden &amp; Co" in html
    assert "Linden & Co" in (words.text or "")
    marketing = mail(name, title).message_class == "marketing"
    for body in (html, words.text or ""):
        assert samples.POSTAL in body
        assert (samples.UNSUBSCRIBE in body) is marketing


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "title"), LETTERS)
def test_its_words_are_for_everybody(name: str, title: str, language: str) -> None:
    text = read(name, title, language, nobody(name, title)).text or ""
    assert not set(text) & set(CEDILLAS)
    assert not re.search(GENDERED.get(language, r"\b(he|she) \b"), text, re.IGNORECASE)
    assert "'" not in text or language == "en", "an apostrophe is ’"
    assert len(text.split()) < 180, "letters are short"


def test_what_customers_are_called_does_not_become_markup() -> None:
    context = somebody("welcome", "hello") | {"customer": {"first_name": "<b>Ada</b>"}}
    words = read("welcome", "hello", "en", context)
    assert "<b>Ada" not in (words.html or "")
    assert "Hello &lt;b&gt;Ada" in (words.html or "")
