"""What all pages for recipients have in common: the link that opened them, who opened it, how the page is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from chalice.app import Response

from chalicelib import wiring
from chalicelib.api.http import Request, Routes, page
from chalicelib.customers.consent import key_of, said_in
from chalicelib.journeys.playbooks.brand import Brand, signed
from chalicelib.messages.links import PATHS, BadToken, Link, mint, read
from chalicelib.messages.locale.reader import wanted
from chalicelib.messages.pages import screens
from chalicelib.messages.pages.look import Look
from chalicelib.messages.pages.sheet import Screen, sheet
from chalicelib.messages.pages.words import language, words

if TYPE_CHECKING:
    from chalicelib.customers.state import State

routes = Routes("recipients")

HTML: Final = "text/html; charset=utf-8"
CHANNEL: Final = "email"
"""By which unsubscribe links come: a link in any other message is to the preference centre."""

_LONGEST_FORM: Final = 60_000  # bytes: what our own forms send is shorter
_MOST_FIELDS: Final = 1_000


@dataclass(frozen=True)
class Visitor:
    """Who opened a link that works. state: `v` is 0 for who was erased since."""

    link: Link
    state: State
    traits: Mapping[str, Any]
    request: Request

    @property
    def told(self) -> Mapping[str, str]:
        """What pages say, in the visitor's language."""
        return words(self.language)

    @property
    def token(self) -> str:
        """By which the link came, as it stands in the address."""
        return next(iter(self.request.path.values()))

    @property
    def language(self) -> str:
        """The recipient's own, else what the browser asks for."""
        return _language(self.request, wanted(self.traits))

    def see(self, screen: Screen) -> Response:
        """A page."""
        return _page(screen, self.language)

    def way(self, purpose: str) -> str:
        """The address of another page for the same person about the same message, seen from this one."""
        return f"../{PATHS[purpose]}/{mint(wiring.perennial().secrets.named('link'), purpose, self.link)}"

    def title(self, key: str) -> str:
        """What people call a channel or a topic; an unknown one by its name."""
        settings = wiring.perennial().consent()
        topic = settings.topic(key)
        if topic is not None:
            return said_in(topic.title, self.language, settings.language)
        channel, _, name = key.partition("/")
        return name or self.told.get(f"marketing.{channel}", channel)

    def topic(self) -> str | None:
        """What the message was about, as people call it."""
        return None if self.link.topic is None else self.title(key_of(CHANNEL, self.link.topic))


def visitor(request: Request, purpose: str) -> Visitor | None:
    """Who opened the link in the path; None if the link does not work, whatever is wrong with it."""
    try:
        link = read(wiring.perennial().secrets.named("link"), purpose, request.path["token"])
    except BadToken:
        return None
    return visiting(request, link)


def visiting(request: Request, link: Link) -> Visitor:
    """Who opened a link."""
    customers = wiring.perennial().customers
    state = customers.find(link.customer)
    traits = customers.profile(state.customer).values if state.v else {}
    return Visitor(link, state, traits, request)


def unknown(request: Request) -> Response:
    """The one answer to every link that does not work."""
    tongue = _language(request, None)
    return _page(screens.unknown(words(tongue)), tongue, status=404)


def fields(body: bytes) -> dict[str, list[str]]:
    """What a form sent. Anything that none of our forms sends is nothing."""
    if len(body) > _LONGEST_FORM:
        return {}
    try:
        return parse_qs(body.decode("latin-1"), max_num_fields=_MOST_FIELDS)
    except ValueError:  # more fields than any page has
        return {}


def look() -> Look:
    """Whose pages these are."""
    perennial = wiring.perennial()
    brand = signed(perennial.workspace.get(Brand), perennial.settings.sender)
    return Look(brand, perennial.settings.postal_address, perennial.secrets.public_url())


def _language(request: Request, own: str | None) -> str:
    fallback = wiring.perennial().workspace.get(Brand).language
    return language(own, request.headers.get("accept-language"), fallback)


def _page(screen: Screen, tongue: str, status: int = 200) -> Response:
    whose = look()
    answer = page(sheet(screen, whose, tongue, words(tongue)), status, policy=whose.policy)
    answer.headers |= {"Content-Language": tongue, "Vary": "Accept-Language"}
    return answer
