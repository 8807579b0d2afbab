"""A mail in the browser: what was sent, rendered again, for as long as the ledger has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from tests.api.recipients import TEMPLATES, open_shop, path_in
from tests.fakes.gateway import Answer
from tests.fakes.world import World
from tests.flow.story import says

IMAGES = (
    '<img src="https://cdn.shop.example/a.jpg" alt="A"><img src="https://cdn.example/b.jpg" alt="B">'
    '<img src="https://tracker.example/c.gif" alt="">'
)


def opened(world: World, path: str) -> Answer:
    answer = world.http.request("GET", path)
    assert answer.status == 200, answer.text
    return answer


def sources(answer: Answer, kind: str) -> list[str]:
    """What the policy says of a kind of thing."""
    rules = dict(rule.strip().partition(" ")[::2] for rule in answer.headers["content-security-policy"].split(";"))
    return str(rules[kind]).split()


def test_it_is_the_mail(world: World) -> None:
    mail = open_shop(world)
    page = opened(world, path_in(mail, "v")).text
    sent = str(mail.html)
    assert "Of the sea." in sent
    assert page.endswith(f"{sent}</main></body>\n</html>\n")  # all of it, its own links included
    assert "<title>For Bob</title>" in page
    assert "Message of November 22, 2026." in page


def test_it_is_what_was_sent_whatever_became_of_the_template(world: World) -> None:
    mail = open_shop(world)
    changed = TEMPLATES["letter"] | {"html": "<p>Other. {{ links.unsubscribe }} {{ postal_address }}</p>"}
    assert world.ask("PUT", "/v1/templates/letter", changed).status == 200
    assert "Of the sea." in opened(world, path_in(mail, "v")).text


def test_what_changes_is_shown_as_it_is_today_and_the_page_says_so(world: World) -> None:
    mail = open_shop(world)
    says(world, "identify", "bob", traits={"firstName": "Robert"}, messageId="renamed")
    world.settle()
    page = opened(world, path_in(mail, "v")).text
    assert "Dear Robert" in page
    assert "is shown as it is today" in page


def test_looking_changes_nothing(world: World) -> None:
    mail = open_shop(world)
    before = world.everything()
    opened(world, path_in(mail, "v"))
    world.settle()
    assert world.everything() == before


def test_nothing_in_it_runs_and_nobody_elsewhere_is_asked(world: World) -> None:
    answer = opened(world, path_in(open_shop(world), "v"))
    assert sources(answer, "default-src") == ["'none'"]
    assert sources(answer, "sandbox") == ["allow-popups", "allow-popups-to-escape-sandbox"]
    assert sources(answer, "img-src") == ["data:", "https://shop.example"]
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")


def test_the_shop_says_from_where_images_come(world: World) -> None:
    brand = {"url": "https://www.shop.example/", "image_hosts": ["CDN.example"]}
    assert world.ask("PUT", "/v1/settings/brand", brand).status == 200
    answer = opened(world, path_in(open_shop(world), "v"))
    expected = ["data:", "https://shop.example", "https://*.shop.example", "https://cdn.example"]
    assert sources(answer, "img-src") == expected


@pytest.mark.parametrize(
    "brand",
    [
        {"image_hosts": ["*"]},
        {"image_hosts": ["cdn.example; script-src *"]},
        {"image_hosts": ["https://cdn.example"]},
        {"logo_data": "data:text/html;base64,AAAA"},
        {"logo_data": 'data:image/png;base64,AAAA" onerror="x'},
        {"logo_data": "https://shop.example/logo.png"},
    ],
)
def test_what_would_open_the_policy_is_refused(world: World, brand: dict[str, Any]) -> None:
    assert world.ask("PUT", "/v1/settings/brand", brand).status == 400


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ('"><img src=x onerror=alert(1)>', "&#34;&gt;&lt;img"),
        ("{{ customer.email }}", "{{ customer.email }}"),
    ],
)
def test_hostile_names_are_inert(world: World, name: str, shown: str) -> None:
    page = opened(world, path_in(open_shop(world, firstName=name), "v")).text
    assert name not in page.replace(shown, "")
    assert shown in page


def test_a_text_is_a_page_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text = {name: part for name, part in TEMPLATES["letter"].items() if name != "html"}
    text["text"] = "Dear {{ customer.firstName }}, see https://shop.example/a?b=1&c=2.\n" + text["text"]
    monkeypatch.setitem(TEMPLATES, "letter", text)
    page = opened(world, path_in(open_shop(world, firstName="<b>Bob"), "v")).text
    assert "Dear &lt;b&gt;Bob" in page
    assert 'href="https://shop.example/a?b=1&amp;c=2' in page


def test_an_old_mail_is_not_shown_to_whoever_it_was_forwarded_to(world: World) -> None:
    path = path_in(open_shop(world), "v")
    world.wait(timedelta(days=59))
    opened(world, path)
    world.wait(timedelta(days=1))
    assert world.http.request("GET", path).status == 404


def test_of_what_was_never_sent_there_is_nothing_to_show(world: World) -> None:
    path = path_in(open_shop(world), "v")
    (row,) = world.items(resources.SENDS)
    for status in ("planned", "skipped", "failed", "held", "retry"):
        world.platform.put(resources.SENDS, row | {"status": status})
        assert world.http.request("GET", path).status == 404
