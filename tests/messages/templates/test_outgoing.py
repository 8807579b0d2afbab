"""The links of a message: harmless, and tagged with the campaign that they are clicked in."""

from __future__ import annotations

import pytest

from chalicelib.messages.outgoing import Tagging, TrackedLinks, harmless, safe_html, tagged_html, tagged_text

TAGS = "utm_source=perennial&utm_medium=email&utm_campaign=welcome&utm_content=hello"
LEAVE = "https://shop.example/u/token"


def tagging(**setting: object) -> Tagging:
    return Tagging(TrackedLinks.model_validate(setting), "welcome", "hello", frozenset({LEAVE}))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example", f"https://shop.example?{TAGS}"),
        ("https://shop.example/a?b=c", f"https://shop.example/a?b=c&{TAGS}"),
        ("https://shop.example/a#part", f"https://shop.example/a?{TAGS}#part"),
        ("HTTPS://Shop.example/a", f"HTTPS://Shop.example/a?{TAGS}"),
        (LEAVE, LEAVE),
        ("https://shop.example/?utm_campaign=mine", "https://shop.example/?utm_campaign=mine"),
        ("mailto:hello@shop.example", "mailto:hello@shop.example"),
        ("tel:+391234", "tel:+391234"),
        ("#top", "#top"),
        ("/relative", "/relative"),
        ("https://[broken", "https://[broken"),
        ("", ""),
    ],
)
def test_links_to_pages_say_where_they_were_clicked(url: str, expected: str) -> None:
    assert tagging().tagged(url) == expected


def test_only_links_to_the_workspaces_own_sites_if_it_names_them() -> None:
    ours = tagging(domains=["Shop.example"])
    assert ours.tagged("https://www.shop.example/a").endswith(TAGS)
    assert ours.tagged("https://facebook.example/shop") == "https://facebook.example/shop"
    assert ours.tagged("https://notshop.example/a") == "https://notshop.example/a"


def test_in_html_only_the_links_of_anchors_are_tagged_and_stay_html() -> None:
    image, leave = '<img src="https://shop.example/i.png">', f'<a href="{LEAVE}">x</a>'
    html = f'{image}<a class="x" href="https://shop.example/a?b=1&amp;c=2">Go</a>{leave}'
    tags = TAGS.replace("&", "&amp;")
    assert tagged_html(html, tagging()) == html.replace("c=2", f"c=2&amp;{tags}")
    assert tagged_html(html, tagging(utm=False)) == html


def test_in_text_links_end_where_a_sentence_does() -> None:
    text = f"Look (https://shop.example/a), or https://shop.example/b. Leave: {LEAVE}"
    told = tagged_text(text, tagging())
    assert told == f"Look (https://shop.example/a?{TAGS}), or https://shop.example/b?{TAGS}. Leave: {LEAVE}"


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://shop.example", True),
        ("//shop.example", True),
        ("mailto:a@b.example", True),
        ("cid:logo", True),
        ("", True),
        ("javascript:alert(1)", False),
        ("JavaScript&colon;alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("\x01javascript:alert(1)", False),
        ("java\u200bscript:alert(1)", False),
        ("&#106;avascript:alert(1)", False),
        ("vbscript:x", False),
        ("data:text/html,<script>", False),
        ("file:///etc/passwd", False),
        ("blob:x", False),
    ],
)
def test_only_addresses_that_lead_somewhere(url: str, leads: bool) -> None:
    assert harmless(url) is leads


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="javascript:x">', '<a href="#">'),
        ("<a href='javascript:x'>", "<a href='#'>"),
        ("<a href=javascript:x>", "<a href=#>"),
        ('<a\nHREF = "javascript:x">', '<a\nHREF = "#">'),
        ('<img src="data:image/svg+xml,x" alt="">', '<img src="#" alt="">'),
        ('<a/href="javascript:x">', '<a/href="#">'),
        ('<td background="javascript:x">', '<td background="#">'),
        ('<a href="https://shop.example">', '<a href="https://shop.example">'),
    ],
)
def test_every_address_in_html_is_looked_at(html: str, expected: str) -> None:
    assert safe_html(html) == expected
