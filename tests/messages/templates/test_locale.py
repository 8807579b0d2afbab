"""What is said in which locale: the table of cases."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.messages.liquid import rendered
from chalicelib.messages.locale import figures
from chalicelib.messages.locale.reader import chain, reading, tag, wanted

NOW = "2026-11-22T09:00:00.000Z"
NB = "\u00a0"


def said(source: str, locale: str, **data: Any) -> str:
    context = {"locale": locale, "timezone": "Europe/Bucharest", "currency": "EUR", "now": NOW} | data
    answer = rendered(source, context, html=False)
    assert isinstance(answer, str), answer
    return answer


@pytest.mark.parametrize(
    ("expression", "en", "it", "es", "ro"),
    [
        ("1234.5 | money: 'EUR'", "€1,234.50", "1.234,50 €", "1.234,50 €", "1.234,50 EUR"),
        ("1234.5 | money: 'EUR', 'code'", "EUR 1,234.50", "1.234,50 EUR", "1.234,50 EUR", "1.234,50 EUR"),
        ("1234.5 | money: 'EUR', 'whole'", "€1,235", "1.235 €", "1.235 €", "1.235 EUR"),
        ("1234.5 | money", "€1,234.50", "1.234,50 €", "1.234,50 €", "1.234,50 EUR"),
        ("'49.9' | money: 'RON'", "RON 49.90", "49,90 RON", "49,90 RON", "49,90 RON"),
        ("1500 | money: 'JPY'", "¥1,500", "1.500 JPY", "1.500 JPY", "1.500 JPY"),
        ("-3 | money: 'USD'", "-$3.00", "-3,00 USD", "-3,00 US$", "-3,00 USD"),
        ("12 | money: 'points'", "12.00", "12,00", "12,00", "12,00"),
        ("1234567.891 | number", "1,234,567.891", "1.234.567,891", "1.234.567,891", "1.234.567,891"),
        ("4.6666 | number: 1", "4.7", "4,7", "4,7", "4,7"),
        ("0.2 | percent", "20%", "20%", "20 %", "20 %"),
        ("0.125 | percent: 1", "12.5%", "12,5%", "12,5 %", "12,5 %"),
        ("'2026-05-17' | date", "May 17, 2026", "17 maggio 2026", "17 de mayo de 2026", "17 mai 2026"),
        ("'2026-05-17' | date: 'EEEE d MMMM'", "Sunday 17 May", "domenica 17 maggio", "domingo 17 mayo",
         "duminică 17 mai"),
        ("'2026-05-17T22:30:00Z' | date: 'd.M.'", "18.5.", "18.5.", "18.5.", "18.5."),  # it is the 18th where she is
        ("'2026-05-17T22:30:00Z' | date: '%Y-%m-%d %H:%M'", *["2026-05-18 01:30"] * 4),
        ("'2026-05-17T15:30:00Z' | time", "6:30 PM", "18:30", "18:30", "18:30"),
        ("'2026-05-17T15:30:00Z' | datetime: 'short'", "5/17/26, 6:30 PM", "17/05/26, 18:30", "17/5/26, 18:30",
         "17.05.2026, 18:30"),
        ("'now' | date: 'short'", "11/22/26", "22/11/26", "22/11/26", "22.11.2026"),
        ("'2026-11-25' | from_now", "in 3 days", "tra 3 giorni", "dentro de 3 días", "peste 3 zile"),
        ("'2026-11-21T09:00:00Z' | from_now", "1 day ago", "1 giorno fa", "hace 1 día", "acum 1 zi"),
        ("'2026-11-22T14:00:00Z' | from_now", "in 5 hours", "tra 5 ore", "dentro de 5 horas", "peste 5 ore"),
        ("'mele,pere,noci' | split: ',' | listed", "mele, pere, and noci", "mele, pere e noci", "mele, pere y noci",
         "mele, pere și noci"),
    ],
)  # fmt: skip
def test_the_table_of_cases(expression: str, en: str, it: str, es: str, ro: str) -> None:
    told = [said(f"{{{{ {expression} }}}}", locale) for locale in ("en", "it", "es", "ro")]
    assert [text.replace(NB, " ").replace("\u202f", " ") for text in told] == [en, it, es, ro]


@pytest.mark.parametrize(
    ("locale", "forms", "expected"),
    [
        ("en", "one: 'product', other: 'products'", {0: "0 products", 1: "1 product", 2: "2 products"}),
        ("it", "one: 'prodotto', other: 'prodotti'", {0: "0 prodotti", 1: "1 prodotto", 1234: "1.234 prodotti"}),
        ("es", "one: 'producto', other: 'productos'", {1: "1 producto", 20: "20 productos"}),
        (
            "ro",
            "one: 'produs', few: 'produse', other: 'de produse'",
            {0: "0 produse", 1: "1 produs", 2: "2 produse", 19: "19 produse", 20: "20 de produse", 101: "101 produse",
             120: "120 de produse"},
        ),
        ("en", "one: 'Your # product', other: 'Your # products'", {1: "Your 1 product", 3: "Your 3 products"}),
        ("de-CH", "one: 'Stück', other: 'Stücke'", {1234: "1’234 Stücke"}),
    ],
)  # fmt: skip
def test_words_that_follow_a_number(locale: str, forms: str, expected: dict[int, str]) -> None:
    assert {n: said(f"{{{{ n | plural: {forms} }}}}", locale, n=n) for n in expected} == expected


@pytest.mark.parametrize(
    ("gender", "expected"),
    [("F", "Cara"), ("female", "Cara"), ("Donna", "Cara"), ("m", "Caro"), ("bărbat", "Caro"), ("x", "Ciao"),
     (None, "Ciao"), (7, "Ciao")],
)  # fmt: skip
def test_words_for_a_person(gender: object, expected: str) -> None:
    assert said("{{ g | gender: female: 'Cara', male: 'Caro', other: 'Ciao' }}", "it", g=gender) == expected


@pytest.mark.parametrize(
    "expression",
    ["x | money: 'EUR'", "x | number", "x | percent", "x | date", "x | time", "x | datetime", "x | from_now",
     "x | plural: one: 'a', other: 'b'", "x | listed"],
)  # fmt: skip
@pytest.mark.parametrize("value", [None, "", True, {}, [], float("nan"), "9" * 400])
def test_what_is_not_known_is_said_as_nothing_and_breaks_nothing(expression: str, value: object) -> None:
    told = said(f"{{{{ {expression} }}}}", "ro", x=value)
    assert told == "" or expression.endswith("listed")


@pytest.mark.parametrize(
    "expression",
    ["2 | plural: one: 'a'", "2 | plural: other: 'a', lots: 'b'", "'f' | gender: female: 'a'", "2 | money: 'EUR', 'x'"],
)
def test_a_filter_that_is_used_wrongly_says_so(expression: str) -> None:
    assert isinstance(rendered(f"{{{{ {expression} }}}}", {"locale": "en"}, html=False), Exception)


def test_a_locale_is_found_in_many_spellings() -> None:
    assert [tag(value) for value in ("it_ch", "IT-CH.UTF-8", "zh-hans-cn", "es-419", "en")] == [
        "it-CH", "it-CH", "zh-Hans-CN", "es-419", "en",
    ]  # fmt: skip
    assert [tag(value) for value in ("english", "", 3, None, "x" * 99, "i")] == [None] * 6


def test_the_chain_of_a_locale() -> None:
    assert chain("sr-Latn-RS") == ("sr-Latn-RS", "sr-Latn", "sr")
    assert chain("it") == ("it",)


def test_what_somebody_chose_goes_before_what_a_browser_says() -> None:
    assert wanted({"language": "it", "locale": "it-CH"}) == "it-CH"
    assert wanted({"language": "ro", "locale": "en-US"}) == "ro"
    assert wanted({"locale": "en_US"}) == "en-US"
    assert wanted({}) is None


def test_figures_follow_the_language_of_the_words_around_them() -> None:
    assert reading("it", "it-CH") == "it-CH"
    assert reading("en", "ro-RO") == "en"
    assert reading("en", None) == "en"


def test_an_unknown_locale_is_written_as_the_nearest() -> None:
    assert [str(figures.known(locale)) for locale in ("it-AQ", "qq", "sr-Latn-RS")] == ["it", "en", "sr_Latn_RS"]
