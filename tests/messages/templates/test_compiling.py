"""From what an author writes to what a sender renders: MJML, blocks, locales, the text part."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.journeys import block as blocks
from chalicelib.journeys.block import Block
from chalicelib.journeys.template import Template, parse
from chalicelib.messages import compiled, mjml
from chalicelib.messages.compiled import Compiled, Wording, pack, unpack, wording
from chalicelib.messages.compiling import made
from chalicelib.messages.plaintext import plaintext
from chalicelib.tracking.problems import Invalid

BASE = {"name": "hello", "class": "transactional", "subject": "Hello"}


def template(with_blocks: tuple[Block, ...] = (), **parts: Any) -> Template:
    return made(parse({**BASE, **parts}), {each.name: each for each in with_blocks})


def told(made_of: Template, wanted: str | None) -> Wording:
    return wording(compiled.of(made_of), made_of.locale, wanted)


def document(inside: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{inside}</mj-column></mj-section></mj-body></mjml>"


class TestMjml:
    def test_liquid_goes_through_it_unharmed(self) -> None:
        source = document(
            '<mj-text>{{ customer.name | default: "you & me" }}</mj-text>'
            '<mj-button href="{{ event.url }}">Go</mj-button>'
        )
        html = mjml.compiled(source, "it")
        assert '{{ customer.name | default: "you & me" }}' in html
        assert 'href="{{ event.url }}"' in html
        assert 'lang="it"' in html

    def test_what_decides_and_repeats_may_stand_between_elements(self) -> None:
        source = document(
            "{% for p in products %}{% if p.price < 3 %}<mj-text>{{ p.title }}</mj-text>{% endif %}{% endfor %}"
        )
        html = mjml.compiled(source, "en")
        assert "{% for p in products %}{% if p.price < 3 %}<tr>" in html
        assert "</tr>{% endif %}{% endfor %}" in html

    def test_no_font_is_fetched_and_no_comment_kept(self) -> None:
        html = mjml.compiled(document("<!-- to do --><mj-text font-family='Roboto'>Hi</mj-text>"), "en")
        assert "fonts.googleapis" not in html
        assert "to do" not in html

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("hello", "MJML: "),
            (document("<mj-text>open"), "MJML: "),
            (document("<mj-nonsense>x</mj-nonsense>"), "MJML has no element mj-nonsense"),
            (document("<mj-include path='/etc/hosts' />"), "included"),
            ("<mjml>{% if x %}<mj-body></mj-body>{% endif %}</mjml>", "{% if x %} stands between the elements of mjml"),
            ("<mjml><mj-body>" + "<mj-wrapper>" * 5_000, "nested more than 60"),  # it would end the process
            (document("<mj-text>" + "<_b>" * 5_000 + "</mj-text>"), "nested more than 60"),
            (document("<mj-text>" + "<![CDATA[<b>]]>" * 5_000 + "</mj-text>"), "nested more than 60"),
        ],
    )
    def test_what_makes_no_mail_says_why(self, source: str, said: str) -> None:
        with pytest.raises(mjml.Uncompilable) as wrong:
            mjml.compiled(source, "en")
        assert said in str(wrong.value)


class TestText:
    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<p>Hello {{ customer.name }}</p><p>Bye</p>", "Hello {{ customer.name }}\n\nBye\n"),
            ('<a href="{{ links.unsubscribe }}">Leave</a>', "Leave ({{ links.unsubscribe }})\n"),
            ('<a href="https://a.example">https://a.example</a>', "https://a.example\n"),
            ('<a href="https://a.example"><img src="x" alt="Our shop"></a>', "Our shop (https://a.example)\n"),
            ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two\n"),
            ("<style>p { color: red }</style><h1>Hi</h1>", "Hi\n"),
            ('<div style="display: none">preview</div>Seen', "Seen\n"),
            ("a &lt; b &amp; c<br>d", "a < b & c\nd\n"),
            ("{{ event.note | escape | newline_to_br }}", "{{ event.note }}\n"),
            ("{% if a < b %}x{% endif %}", "{% if a < b %}x{% endif %}\n"),
            ("<!-- {{ secret }} --><p>Open</p>", "Open\n"),
        ],
    )
    def test_it_is_made_of_the_html(self, html: str, text: str) -> None:
        assert plaintext(html) == text

    def test_what_the_author_wrote_goes_before(self) -> None:
        assert told(template(html="<p>Hi</p>", text="Ciao"), None).text == "Ciao"


class TestLocales:
    SHOP = template(
        html="<p>Hello</p>",
        sender="Shop <hello@shop.example>",
        locales={
            "it": {"subject": "Ciao", "html": "<p>Ciao</p>", "reply_to": "ciao@shop.example"},
            "it-CH": {"sender": "Bottega <ciao@shop.example>"},
            "ro": {"subject": "Salut", "mjml": document("<mj-text>Salut</mj-text>")},
        },
    )

    @pytest.mark.parametrize(
        ("wanted", "subject", "sender", "reply_to"),
        [
            (None, "Hello", "Shop <hello@shop.example>", None),
            ("en-GB", "Hello", "Shop <hello@shop.example>", None),
            ("fr", "Hello", "Shop <hello@shop.example>", None),
            ("it", "Ciao", "Shop <hello@shop.example>", "ciao@shop.example"),
            ("it-IT", "Ciao", "Shop <hello@shop.example>", "ciao@shop.example"),
            ("it-CH", "Ciao", "Bottega <ciao@shop.example>", "ciao@shop.example"),
            ("ro-MD", "Salut", "Shop <hello@shop.example>", None),
        ],
    )
    def test_words_come_together_and_mailboxes_one_by_one(
        self, wanted: str | None, subject: str, sender: str, reply_to: str | None
    ) -> None:
        found = told(self.SHOP, wanted)
        assert (found.subject, found.sender, found.reply_to) == (subject, sender, reply_to)

    def test_each_locale_has_html_and_text(self) -> None:
        for each in compiled.of(self.SHOP).wordings.values():
            assert each.html
            assert each.text

    @pytest.mark.parametrize(
        ("parts", "path"),
        [
            ({"html": "x", "locales": {"it": {"subject": "Ciao"}}}, "locales.it"),
            ({"html": "x", "locales": {"it": {"html": "Ciao"}}}, "locales.it"),
            ({"html": "x", "locales": {"italian": {"subject": "Ciao", "html": "x"}}}, "locales.italian.[key]"),
            ({"html": "x", "locales": {"en": {"subject": "Hi", "html": "x"}}}, ""),
            ({"html": "x", "mjml": "<mjml></mjml>"}, ""),
            ({}, ""),
        ],
    )
    def test_half_a_variant_is_refused(self, parts: dict[str, Any], path: str) -> None:
        with pytest.raises(Invalid) as invalid:
            parse({**BASE, **parts})
        assert [problem.path for problem in invalid.value.problems] == [path]


class TestBlocks:
    FOOT = blocks.parse(
        {
            "name": "foot",
            "html": "<p>{{ postal_address }}</p>",
            "mjml": "<mj-text>{{ postal_address }}</mj-text>",
            "locales": {"it": {"html": "<p>Sede: {{ postal_address }}</p>"}},
        }
    )

    def test_a_block_stands_in_every_body_in_its_form_and_locale(self) -> None:
        made_of = template(
            (self.FOOT,),
            mjml=document("<mj-text>Hi</mj-text>{% block 'foot' %}"),
            locales={
                "it": {"subject": "Ciao", "html": '<p>Ciao</p>{% block "foot" %}', "text": "Ciao {% block foot %}"}
            },
        )
        english, italian = told(made_of, "en"), told(made_of, "it")
        assert "{{ postal_address }}" in (english.html or "")
        assert "<mj-" not in (english.html or "")
        assert italian.html == "<p>Ciao</p><p>Sede: {{ postal_address }}</p>"
        assert italian.text == "Ciao Sede: {{ postal_address }}\n"
        assert compiled.of(made_of).blocks == {"foot"}

    def test_a_block_that_is_not_there_is_named_with_its_place(self) -> None:
        with pytest.raises(Invalid) as invalid:
            template(html="x", locales={"it": {"subject": "Ciao", "html": "{% block 'foot' %}"}})
        (problem,) = invalid.value.problems
        assert problem.path == "locales.it"
        assert problem.problem == "there is no block foot; PUT /v1/blocks/foot first"

    def test_a_block_in_another_form_is_refused(self) -> None:
        only_mjml = blocks.parse({"name": "foot", "mjml": "<mj-text>x</mj-text>"})
        with pytest.raises(Invalid) as invalid:
            template((only_mjml,), html="{% block 'foot' %}")
        assert "the block foot has no html" in str(invalid.value)

    def test_a_block_holds_no_block(self) -> None:
        with pytest.raises(Invalid):
            blocks.parse({"name": "foot", "html": "{% block 'head' %}"})


def test_what_a_template_asks_for_is_known_beforehand() -> None:
    made_of = template(html="{% for p in products %}{{ p.title }}{% endfor %}", subject="{{ cart.what }}")
    assert compiled.of(made_of).asks == {"products", "cart"}


def test_compiled_words_are_kept_as_they_are_and_small() -> None:
    html = mjml.compiled(document("<mj-text>Hi</mj-text>" * 50), "en")
    held = Compiled({"en": Wording("en", "Hi", html, "Hi"), "it-CH": Wording("it", "Ciao")}, frozenset({"cart"}))
    assert unpack(pack(held)) == held
    assert len(pack(held)) < len(html) / 5
