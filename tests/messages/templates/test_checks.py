"""What keeps a template from being put in force, and what its author is told besides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.journeys.template import parse
from chalicelib.messages.checks import LARGEST, Findings, Person, findings
from chalicelib.messages.compiling import made
from chalicelib.messages.samples import somebody

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WAY_OUT = '<a href="{{ links.unsubscribe }}">Leave</a> {{ postal_address }}'


def found(people: tuple[Person, ...] = (), **parts: Any) -> Findings:
    fields = {"name": "hello", "class": "marketing", "subject": "Hello", **parts}
    return findings(made(parse(fields), {}), NOW, people, "shop.example")


def problems(html: str, **parts: Any) -> list[str]:
    return [problem.problem for problem in found(html=html + WAY_OUT, **parts).problems]


def test_a_proper_mail_has_none() -> None:
    answer = found(
        html=f'<p>Hello {{{{ customer.first_name }}}}</p><img src="https://a.example/i.png" alt="">{WAY_OUT}'
    )
    assert answer == Findings(())


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<script>x()</script>", "There is a <script>"),
        ('<iframe src="https://a.example"></iframe>', "There is a <iframe>"),
        ('<p onclick="x()">', "<p> has onclick"),
        ("<a href={{ event.url }}>x</a>", "{{ event.url }} stands in <a> without quotes"),
        ("<p {{ customer.name }}>x</p>", "{{ customer.name }} stands in <p> without quotes"),
        ('<p style="color: {{ customer.colour }}">x</p>', "{{ customer.colour }} stands in the style of <p>"),
        ("<style>p { color: {{ customer.colour }} }</style>", "{{ customer.colour }} stands in a <style>"),
        ('<img src="https://a.example/i.png">', "An image has no alt text: https://a.example/i.png"),
        ('<a href="">x</a>', "The link leads nowhere"),
        ('<a href="#">x</a>', "The link leads nowhere"),
        ('<a href="javascript:x()">x</a>', "The link 'javascript:x()' is of a kind that mails may not have"),
        ('<a href="shop.example/new">x</a>', "The link 'shop.example/new' is no complete address"),
        ('<a href="https://shop">x</a>', "The link 'https://shop' is no complete address"),
        ('<a href="https://shop.example/a b">x</a>', "The link 'https://shop.example/a b' is no complete address"),
        ("{% if %}", "html cannot be rendered for somebody of whom nothing is known: LiquidSyntaxError"),
        ("{{ 1 | divided_by: 0 }}", "html cannot be rendered for somebody of whom nothing is known"),
        ("x" * LARGEST, "The HTML comes to 102 KB; Gmail clips what is larger than 102 KB"),
    ],
)  # fmt: skip
def test_what_keeps_it_from_being_used(html: str, problem: str) -> None:
    told = [each for each in problems(html) if "text cannot be" not in each]
    assert len(told) == 1, told
    assert told[0].startswith(problem)


def test_what_decides_within_a_tag_needs_no_quotes() -> None:
    assert problems('<td {% if customer.vip %}class="gold"{% endif %}>x</td>') == []


def test_each_locale_is_looked_at_and_named() -> None:
    italian = {"subject": "Ciao", "html": "<p>Ciao</p>"}
    told = found(html=WAY_OUT, locales={"it": italian}).problems
    assert [(each.path, each.problem) for each in told] == [
        ("locales.it.html", "marketing must show {{ links.unsubscribe }} in its html, whoever the customer is"),
        ("locales.it.html", "marketing must show {{ postal_address }} in its html, whoever the customer is"),
        ("locales.it.text", "marketing must show {{ links.unsubscribe }} in its text, whoever the customer is"),
        ("locales.it.text", "marketing must show {{ postal_address }} in its text, whoever the customer is"),
    ]


@pytest.mark.parametrize(
    ("mailbox", "path", "problem"),
    [
        ({"sender": "Shop"}, "sender", "'Shop' holds no address that mail can be sent to"),
        ({"sender": "Shop <hello@other.example>"}, "sender",
         "hello@other.example is not an address at shop.example, as which this deployment may send"),
        ({"reply_to": "a@b"}, "reply_to", "'a@b' holds no address that mail can be sent to"),
    ],
)  # fmt: skip
def test_mailboxes_are_ones(mailbox: dict[str, Any], path: str, problem: str) -> None:
    (told,) = found(html=WAY_OUT, **mailbox).problems
    assert (told.path, told.problem) == (path, problem)


def test_answers_may_go_anywhere() -> None:
    assert found(html=WAY_OUT, sender="Ciao <ciao@shop.example>", reply_to="help@desk.example") == Findings(())


def test_a_link_that_leads_nowhere_for_somebody_is_advice() -> None:
    answer = found(html=f'<a href="{{{{ event.url }}}}">Look</a>{WAY_OUT}')
    assert answer.problems == ()
    assert {each.problem for each in answer.advice} == {
        "For somebody of whom nothing is known: the link leads nowhere",
        "For the sample customer: the link leads nowhere",
    }


def test_it_is_tried_with_real_people() -> None:
    template = parse({"name": "x", "class": "marketing", "subject": "x", "html": "x"})
    never_came = {**somebody(template, NOW), "customer": {"visits": 0}}
    source = "{% if customer.visits %}{{ 100 | divided_by: customer.visits }}{% endif %}"
    (problem,) = found((Person("customer 1 of 1", never_came),), html=source + WAY_OUT, text=WAY_OUT).problems
    assert problem.problem.startswith("html cannot be rendered for customer 1 of 1: ")
