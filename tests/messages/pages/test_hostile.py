"""Whatever is shown on a page is shown, and does nothing: the corpus in every place that a page has."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from chalicelib.journeys.playbooks.brand import Brand
from chalicelib.messages.pages import screens
from chalicelib.messages.pages.choices import Choice, Group
from chalicelib.messages.pages.letter import letter
from chalicelib.messages.pages.look import Look
from chalicelib.messages.pages.sheet import Screen, sheet
from chalicelib.messages.pages.words import words
from chalicelib.messages.render import Rendered
from tests.hostile import ADDRESSES, NAMES, USER_AGENTS

WORDS = words("en")
CORPUS = (*NAMES, *ADDRESSES, *USER_AGENTS)


class Structure(HTMLParser):
    """The tags of a page with the names of their attributes, and where its addresses lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.leads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.leads += [str(value) for name, value in attrs if name in ("href", "src", "action", "style")]


def structure(page: str) -> Structure:
    found = Structure()
    found.feed(page)
    found.close()
    return found


def pages(said: str) -> list[str]:
    """Every page with the same words wherever somebody else's may stand."""
    brand = Brand.model_construct(
        called=said, url=None, logo=None, logo_data=None, image_hosts=[], colour="#1f5f5b", paper="#ffffff"
    )
    look = Look(brand, said, "https://shop.example/api")
    topic = Choice("email/news", True, said, said)
    shown: list[Screen] = [
        screens.unsubscribe(WORDS, said, "../p/1"),
        screens.unsubscribed(WORDS, said, "../p/1", "../w/1"),
        screens.confirm(WORDS, said),
        screens.preferences(WORDS, [Group(Choice("email", True), (topic,))], None, saved=True, why="../w/1"),
        Screen(said, told=said),
    ]
    made = [sheet(screen, look, "en", WORDS) for screen in shown]
    return [*made, letter(Rendered(said, None, said), said, look, "en", WORDS)]


@pytest.mark.parametrize("said", CORPUS, ids=lambda said: ascii(said)[:30])
def test_hostile_words_change_no_page(said: str) -> None:
    for page, harmless in zip(pages(said), pages("Ada"), strict=True):
        found, expected = structure(page), structure(harmless)
        links = [one for one in found.found if one == ("a", ("href",))]
        assert [one for one in found.found if one not in links] == [
            one for one in expected.found if one != ("a", ("href",))
        ]
        assert not [to for to in found.leads if to not in expected.leads and not to.startswith(("http://", "https://"))]
