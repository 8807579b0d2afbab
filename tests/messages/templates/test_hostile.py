"""Hostile tracking data renders inert: in every part of a mail, in every place of a template, through every filter.

Inert means: the HTML has the very elements and attributes that it has for a harmless customer, its addresses lead
somewhere or nowhere, and no data begins a line of a header.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from chalicelib.journeys.template import parse
from chalicelib.messages import liquid
from chalicelib.messages.compiling import made
from chalicelib.messages.context import LONGEST_NAME, harmless
from chalicelib.messages.outgoing import Tagging, TrackedLinks
from chalicelib.messages.outgoing import harmless as leads_somewhere
from chalicelib.messages.render import LONGEST_SUBJECT, Rendered, plain, render
from chalicelib.messages.samples import nobody
from tests.hostile import CORPUS

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLACES = """
<p title="{{ v }}" data-name='{{ v }}'>Hello {{ v }}, {{ v | default: 'x' }}{% assign w = v %}{{ w | append: '!' }}</p>
<a href="{{ v }}">one</a><a href='https://shop.example/?q={{ v }}'>two</a>
<a href="https://shop.example/{{ v }}">three</a>
<img src="{{ v }}" alt="{{ v }}">
{% for each in many %}<li>{{ each }}</li>{% endfor %}{% capture c %}<b>{{ v }}</b>{% endcapture %}{{ c }}
"""
MJML = """<mjml><mj-head><mj-preview>{{ v }}</mj-preview></mj-head><mj-body><mj-section><mj-column>
<mj-text>Hello {{ v }}</mj-text><mj-button href="{{ v }}">Go</mj-button>
<mj-image src="{{ v }}" alt="{{ v }}" href="{{ v }}" title="{{ v }}" />
{% for each in many %}<mj-text>{{ each }}</mj-text>{% endfor %}
</mj-column></mj-section></mj-body></mjml>"""
TEMPLATES = {
    form: made(
        parse({"name": "x", "class": "transactional", "subject": "For {{ v }}", "text": "For {{ v }}", **body}), {}
    )
    for form, body in {"html": {"html": PLACES}, "mjml": {"mjml": MJML}}.items()
}
TAGGING = Tagging(TrackedLinks(), "welcome", "hello")


class Shape(HTMLParser):
    """The elements of HTML with the names of their attributes, their ends, and its addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", ()))

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attributes)))
        self.addresses += [value or "" for name, value in attributes if name in ("href", "src")]


def shape(html: str) -> Shape:
    reader = Shape()
    reader.feed(html)
    reader.close()
    return reader


def rendered(form: str, value: str) -> Rendered:
    template = TEMPLATES[form]
    answer = render(template, {**nobody(template, NOW), "v": value, "many": [value, value]}, None, TAGGING)
    assert isinstance(answer, Rendered), answer
    return answer


@pytest.mark.parametrize("form", TEMPLATES)
def test_the_html_stays_what_its_author_made_it(form: str) -> None:
    harmless_html = shape(rendered(form, "Ada").html or "").elements
    for value in CORPUS:
        found = shape(rendered(form, value).html or "")
        assert found.elements == harmless_html, value
        assert all(leads_somewhere(address) for address in found.addresses), value


def test_the_subject_is_one_line_and_the_text_says_no_more_than_it_was_told() -> None:
    for value in CORPUS:
        words = rendered("html", value)
        assert "\n" not in words.subject
        assert "\r" not in words.subject
        assert len(words.subject) <= LONGEST_SUBJECT
        for part in (words.subject, words.html or "", words.text or ""):
            part.encode()  # no half of a surrogate pair is left
            assert not {"\x00", "\x1b", "\u202e", "\u2066"} & set(part)


def test_data_is_never_liquid() -> None:
    for value in CORPUS:
        if "{{" in value or "{%" in value:
            told = rendered("html", value).text or ""
            assert plain(value) in told


@pytest.mark.parametrize("name", sorted(liquid._environment(True).filters))
@pytest.mark.parametrize(
    "arguments", ["", ": v", ": v, v", ": 'x', v", ": 3, v", ": other: v", ": other: v, female: v"]
)
def test_no_filter_lets_markup_through(name: str, arguments: str) -> None:
    """What a filter makes of data is data; `newline_to_br` alone adds an element, its own."""
    for value in CORPUS[:16:2]:
        for given in (value, [value, {"x": value}], 3):
            context: dict[str, Any] = {"v": value, "given": given, "locale": "ro", "now": "2026-11-22T09:00:00Z"}
            told = liquid.rendered(f"{{{{ given | {name}{arguments} }}}}", plain(context), html=True)
            if isinstance(told, str):
                assert {tag for tag, _ in shape(told).elements} <= {"br", "/br"}, (value, told)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ada", True),
        ("Dr. Ana-Maria O'Brien", True),
        ("J.R.R. Tolkien", True),
        ("Ștefan", True),
        ("Win now at evil.com/prize", False),
        ("http://evil.example", False),
        ("www.evil.example", False),
        ("evil.com", False),
        ("Win at evil.ai/prize", False),
        ("see //evil.ai", False),
        ("evil.travel?x=1", False),
        ("St.John", True),
        ("Ada / Bob", True),
        ("A" * (LONGEST_NAME + 1), False),
    ],
)
def test_a_name_that_is_a_link_is_no_name(name: str, kept: bool) -> None:
    traits = {"first_name": name, "firstName": name, "site": name}
    assert harmless(traits) == (traits if kept else {"site": name})


def test_a_name_is_one_line() -> None:
    assert harmless({"first_name": "Ada\r\nYour code: 1", "note": "a\nb"}) == {
        "first_name": "Ada Your code: 1",
        "note": "a\nb",
    }
