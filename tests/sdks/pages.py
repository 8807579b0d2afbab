"""The pages for recipients in a real Chromium, as wide as a telephone: seen, touched, typed at, and heard.

`make test-sdks` runs this file by its name; plain pytest passes it by. With PERENNIAL_PICTURES=a-directory each page
leaves its picture there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chalicelib.messages.pages.words import LANGUAGES, words
from tests.api.recipients import TEMPLATES, open_shop, path_in
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.sdks.chromium import Chromium, Page
from tests.sdks.telephone import AUDIT, arrive, heard, picture, press, served, telephone, visit
from tests.sdks.trap import Trap

PICTURES = os.environ.get("PERENNIAL_PICTURES")
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
HOSTILE = '"><script>document.title="pwned"</script><img src="https://tracker.example/x.gif" onerror="alert(1)">'


@dataclass
class Shop:
    """A shop with its pages in front of a browser. url: of the pages; paths: from the letter that bob got."""

    world: World
    browser: Chromium
    url: str

    def letter(self, **traits: Any) -> dict[str, str]:
        """Bob gets a letter: where its links lead."""
        mail = open_shop(self.world, phone="+40712345678", **traits)
        return {page: self.url + path_in(mail, page) for page in "upv"}

    def standing(self) -> dict[str, str]:
        """Where bob stands."""
        self.world.settle()
        answer = self.world.ask("GET", "/v1/customers/bob/consents")
        return {one["to"]: one["status"] for one in answer.json()["consents"]}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("chromium"), pin="") as made:
        yield made


@pytest.fixture
def shop(browser: Chromium) -> Iterator[Shop]:
    with over_fakes() as world, served(world.http) as url:
        yield Shop(world, browser, url)


def well(page: Page, trap: Trap, name: str) -> None:
    """Nothing is wrong with the page, and nobody elsewhere was asked for anything."""
    if PICTURES:
        picture(page, Path(PICTURES) / f"{name}.png")
    assert page.evaluate(AUDIT) == [], name
    assert page.said == [], name
    assert (page.abroad(), trap.asked) == ([], []), name


def click(page: Page, selector: str) -> None:
    """Press something that leads to another page."""
    page.evaluate("window.here = true")
    page.evaluate(f"document.querySelector({selector!r}).click()")
    page.until("!window.here")
    arrive(page)


@pytest.mark.parametrize(("language", "dark"), [*((one, False) for one in LANGUAGES), (LANGUAGES[0], True)])
def test_every_page_is_well_in_every_language_by_day_and_by_night(shop: Shop, language: str, dark: bool) -> None:
    paths, said = shop.letter(language=language), words(language)
    with telephone(shop.browser, dark=dark) as (page, trap):

        def is_well(name: str, title: str) -> None:
            assert page.evaluate("document.querySelector('h1').textContent") == said[title]
            well(page, trap, f"{name}-{language}-{'dark' if dark else 'light'}")

        visit(page, paths["p"])
        is_well("preferences", "preferences.title")
        visit(page, paths["u"])
        is_well("unsubscribe", "unsubscribe.title")
        click(page, "button[value=all]")
        is_well("unsubscribed", "unsubscribed.title")
        page.evaluate("document.querySelector('#why-too_many').click()")
        click(page, "button[name=answer]")
        is_well("thanks", "why.thanks.title")
        visit(page, paths["p"])
        click(page, "button[value=none]")
        is_well("saved", "preferences.title")
    assert set(shop.standing().values()) == {"withdrawn"}


def test_what_does_not_work_says_so_in_the_language_of_the_browser(shop: Shop) -> None:
    with telephone(shop.browser, language="ro;q=0.9, de") as (page, trap):
        visit(page, f"{shop.url}/p/1nothing")
        assert page.evaluate("document.documentElement.lang") == "ro"
        assert page.evaluate(AUDIT) == []
        assert trap.asked == []


@pytest.mark.parametrize(
    ("colour", "dark"),
    [("#ffffff", False), ("#ffffff", True), ("#777777", False), ("#e53935", True), ("#000000", True)],
)
def test_whatever_the_shops_colour_it_can_be_read(shop: Shop, colour: str, dark: bool) -> None:
    brand = {"called": "Café & Söhne", "colour": colour, "logo_data": DOT}
    assert shop.world.ask("PUT", "/v1/settings/brand", brand).status == 200
    with telephone(shop.browser, dark=dark) as (page, trap):
        visit(page, shop.letter()["p"])
        assert page.evaluate("document.querySelector('header img').naturalWidth") == 1
        assert page.evaluate("document.querySelector('header img').alt") == "Café & Söhne"
        well(page, trap, f"colour-{colour[1:]}-{'dark' if dark else 'light'}")


def test_a_keyboard_is_enough(shop: Shop) -> None:
    with telephone(shop.browser) as (page, _):
        visit(page, shop.letter()["p"])
        press(page, "Tab")
        assert page.evaluate("document.activeElement.value") == "email"
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"
        press(page, "Tab")
        assert page.evaluate("document.activeElement.value") == "email/letter"
        press(page, " ")
        for _ in range(10):
            if page.evaluate("document.activeElement.name") == "often":
                break
            press(page, "Tab")
        press(page, "ArrowDown")
        assert page.evaluate("document.querySelector('#often-weekly').checked")
        press(page, "Tab")
        page.evaluate("window.here = true")
        press(page, "Enter")
        page.until("!window.here")
        arrive(page)
        assert "saved" in page.evaluate("document.querySelector('[role=status]').textContent")
    assert shop.standing() == {"email": "granted", "email/letter": "withdrawn"}
    assert shop.world.customer("bob")["traits"]["message_frequency"] == "weekly"


def test_a_screen_reader_is_told_all_of_it(shop: Shop) -> None:
    with telephone(shop.browser) as (page, _):
        visit(page, shop.letter(language="it")["p"])
        told = heard(page)
        spoken = page.evaluate("[...document.querySelectorAll('label')].map(one => [one.textContent, one.lang])")
    assert [one for one in spoken if one[1]] == [["Offers", "en"], ["Drops", "en"]]  # not to be read as Italian
    assert ("heading", "Che cosa vuoi ricevere?") in told
    assert ("group", "E-mail") in told
    assert ("checkbox", "Novità e offerte per e-mail") in told
    assert ("checkbox", "La <lettera>") in told
    assert ("group", "Ogni quanto?") in told
    assert ("radio", "Al massimo una volta alla settimana") in told
    assert ("button", "Salva") in told
    assert [name for role, name in told if role in ("checkbox", "radio", "button", "link", "group") and not name] == []


def test_hostile_names_do_nothing_anywhere(shop: Shop) -> None:
    consent = {"topics": [{"name": "letter", "title": {"en": HOSTILE}, "description": {"en": HOSTILE}}]}
    paths = shop.letter(firstName=HOSTILE)
    assert shop.world.ask("PUT", "/v1/settings/consent", consent).status == 200
    for name in "puv":
        with telephone(shop.browser) as (page, trap):
            visit(page, paths[name])
            assert page.evaluate("document.title") != "pwned"
            assert page.evaluate("document.querySelectorAll('script, [onerror]').length") == 0
            assert (page.abroad(), trap.asked) == ([], [])


def test_a_mail_in_the_browser_runs_nothing_and_asks_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = TEMPLATES["letter"]
    more = (
        '<img src="https://tracker.example/open.gif" alt="An image">'
        '<style>@import url("https://f.example/a"); body { background: url("https://b.example/b") }</style>'
    )
    monkeypatch.setitem(TEMPLATES, "letter", letter | {"html": letter["html"] + more})
    with telephone(shop.browser) as (page, trap):
        visit(page, shop.letter()["v"])
        assert "Dear Bob" in page.evaluate("document.body.innerText")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert trap.asked == []
        answered = [url for url, status in page.answered]
        assert not [url for url in answered if "example" in url]
        if PICTURES:
            picture(page, Path(PICTURES) / "view.png")
        page.evaluate("[...document.querySelectorAll('a')].at(-1).click()")  # a link leads where it says
        page.until("location.protocol === 'chrome-error:'")
        assert {host.rpartition(":")[0] for host in trap.asked} == {"shop.example"}
