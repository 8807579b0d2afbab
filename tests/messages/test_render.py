"""Rendering: hostile data comes out inert, and a template that fails is a value."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.journeys.template import Template
from chalicelib.messages.checks import findings
from chalicelib.messages.render import Rendered, TemplateError, plain, render
from tests.hostile import CORPUS
from tests.messages.samples import NOW, template


def words(context: dict[str, Any], **parts: Any) -> Rendered:
    answer = render(template(**parts), context)
    assert isinstance(answer, Rendered), answer
    return answer


def problems(template: Template) -> list[str]:
    return [found.problem for found in findings(template, NOW).problems]


def failure(source: str, context: dict[str, Any] | None = None) -> TemplateError:
    answer = render(template(html=source), context or {})
    assert isinstance(answer, TemplateError), answer
    return answer


def test_a_message_is_about_somebody() -> None:
    context = {
        "customer": {"first_name": "Ada"},
        "links": {"unsubscribe": "https://shop.example/u/1"},
        "postal_address": "1 High Street",
    }
    rendered = words(context, subject="Hello {{ customer.first_name }}")
    assert rendered.subject == "Hello Ada"
    assert "https://shop.example/u/1" in (rendered.html or "")
    assert "1 High Street" in (rendered.text or "")


@pytest.mark.parametrize("value", CORPUS)
def test_hostile_data_is_inert_everywhere(value: str) -> None:
    source = "<p title='{{ customer.name }}'>{{ customer.name }}</p>"
    rendered = words({"customer": {"name": value}}, subject="For {{ customer.name }}", html=source)
    html = rendered.html or ""
    inner = html.removeprefix("<p title='").removesuffix("</p>").replace("'>", "", 1)
    assert not set(inner) & set("<>\"'\x00\x1b\r"), html
    assert rendered.subject == " ".join(rendered.subject.split())
    assert all(each.isprintable() or each == "\u00ad" for each in rendered.subject)
    for part in (rendered.subject, html, rendered.text or ""):
        part.encode("utf-8")


def test_data_is_never_a_template() -> None:
    rendered = words({"customer": {"first_name": "{{ postal_address }}"}, "postal_address": "secret"})
    assert "Hello {{ postal_address }}" in (rendered.text or "")


def test_nothing_but_plain_data_reaches_a_template() -> None:
    class Clever:
        secret = "s3cret"

        def __str__(self) -> str:
            return "clever"

    source = "{{ customer.thing.secret }}{{ customer.thing.__class__ }}{{ customer.thing }}{{ customer.__class__ }}"
    assert words({"customer": {"thing": Clever()}}, html=source).html == "clever"


def test_money_and_absent_values() -> None:
    context = {"event": {"total": Decimal("12.50"), "count": Decimal(3)}}
    source = "{{ event.total }} {{ event.total | plus: 1 }} {{ event.count }} [{{ event.nothing.at.all }}]"
    assert words(context, html=source).html == "12.5 13.5 3 []"


@pytest.mark.parametrize(
    "source",
    [
        "{% for x in (1..100000) %}{{ x }}{% endfor %}",
        "{% for a in (1..900) %}{% for b in (1..900) %}x{% endfor %}{% endfor %}",
        "{% assign s = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..64) %}{% assign s = s | append: s %}{% endfor %}",
        "{% for i in (1..900) %}" + "x" * 1000 + "{% endfor %}",
        "{% include 'other' %}",
        "{% render 'other' %}",
        "{{ customer | safe }}",
        "{{ customer | nonsense }}",
        "{{ 1 | divided_by: 0 }}",
        "{% if %}",
        "{{ unclosed",
        "{% if true %}" * 50 + "{% endif %}" * 50,
    ],
)
def test_what_runs_away_or_is_not_liquid_is_an_error_and_soon(source: str) -> None:
    began = time.perf_counter()
    assert failure(source).part == "html"
    assert time.perf_counter() - began < 2


def test_a_subject_may_not_come_out_empty() -> None:
    answer = render(template(subject="{{ customer.first_name }}"), {})
    assert answer == TemplateError("subject", "it came out empty")


def test_a_subject_is_one_short_line() -> None:
    rendered = words({"customer": {"name": "x" * 5000 + "\n\ny"}}, subject="{{ customer.name }}")
    assert len(rendered.subject) <= 250
    assert "\n" not in rendered.subject


def test_plain_is_json() -> None:
    assert plain({1: (Decimal("1.0"), None, True, "a\x07b")}) == {"1": [1, None, True, "ab"]}


def test_what_may_be_published() -> None:
    assert problems(template()) == []
    assert problems(template(html=None)) == []
    assert problems(template(text=None)) == []


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"html": "<p>Hello</p>"}, ["links.unsubscribe", "postal_address"]),
        ({"text": "Hello {{ links.unsubscribe }}"}, ["postal_address"]),
        ({"html": "{{ postal_address }}"}, ["links.unsubscribe"]),
        (
            {"html": "{% if customer.vip %}{{ links.unsubscribe }}{% endif %}{{ postal_address }}"},
            ["links.unsubscribe"],
        ),
        ({"html": "{% comment %}{{ links.unsubscribe }}{% endcomment %}{{ postal_address }}"}, ["links.unsubscribe"]),
    ],
)
def test_marketing_without_a_way_out_is_refused(parts: dict[str, str], named: list[str]) -> None:
    found = problems(template(**parts))
    assert len(found) == len(named)
    assert all(name in problem for name, problem in zip(named, found, strict=True))


def test_a_receipt_needs_neither() -> None:
    assert problems(template(**{"class": "transactional", "html": "<p>Thank you</p>", "text": None})) == []


@pytest.mark.parametrize("parts", [{"html": "{% if %}"}, {"subject": "{{ customer.first_name }}"}])
def test_what_cannot_be_rendered_for_a_stranger_is_refused(parts: dict[str, str]) -> None:
    (problem,) = problems(template(**parts))
    assert "cannot be rendered" in problem
