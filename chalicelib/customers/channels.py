"""Through which channel somebody came: a table of signs, asked in this order. Pure.

1. what the event itself is: a click in a mail of ours, an opened push message, a call, a sale at the till;
2. the campaign of its link: utm parameters, as the SDK read them or as they stand in the page's URL;
3. the click id that an advertising network put into the URL;
4. the page that led here, if it is another site's; what only passes through (payment, sign-in) leads nowhere;
5. a page that nothing led to: direct.

Everything else (the next page of the same visit, an event from a server) is no touch. What names are taken for stands
in channel_words.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from chalicelib.customers.channel_words import (
    BY_CLICK_ID,
    BY_EVENT,
    CHANNELS,
    MAIL,
    PASSING,
    SEARCH,
    SOCIAL,
    VIDEO,
    group_of,
    site_of,
)
from chalicelib.tracking.event import Event

__all__ = ["CHANNELS", "LONGEST", "Came", "came"]

LONGEST: Final = 60  # characters of a source, a campaign, a host; a landing page has twice as many

_AT_TILL: Final = frozenset({"pos", "store", "in_store", "in-store", "retail", "point_of_sale", "till"})
_PARAMETER: Final = re.compile(
    rf"[?&#](utm_(?:source|medium|campaign)|{'|'.join(BY_CLICK_ID)})=([^&#]+)", re.IGNORECASE
)
_HOST: Final = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
_PATH: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://[^/?#]*)?([^?#]*)", re.IGNORECASE)
_PAGE: Final = ("url", "path", "search", "referrer")
_CAMPAIGN: Final = ("source", "medium", "name", "campaign")


@dataclass(frozen=True, slots=True)
class Came:
    """How somebody came. referrer: the host of the page that led here; landing: the path of the one that was opened."""

    channel: str
    source: str = ""
    campaign: str = ""
    referrer: str = ""
    landing: str = ""


def came(event: Event) -> Came | None:
    """How the person came with this event; None if it is no touch."""
    context = event.context
    page, campaign = context.get("page"), context.get("campaign")
    by_event = _by_event(event)
    is_page = event.type == "page"
    if by_event is None and not (page or campaign or is_page or "referrer" in context):
        return None
    url, path, search, referrer = _texts(page, _PAGE)
    if is_page:  # what a page call says of itself comes first
        own = _texts(event.properties, _PAGE)
        url, path, search, referrer = own[0] or url, own[1] or path, own[2] or search, own[3] or referrer
    source, medium, name, other_name = _texts(campaign, _CAMPAIGN)
    told = (source, medium, name or other_name)
    return _came(by_event, is_page, url, path, search, referrer or _referrer(event), told)


@lru_cache(maxsize=1_024)  # the events of one page say the same of it
def _came(
    by_event: tuple[str, str] | None,
    is_page: bool,
    url: str,
    path: str,
    search: str,
    referrer: str,
    told: tuple[str, str, str],
) -> Came | None:
    asked = url if "?" in url or not search else f"{url}?{search.removeprefix('?')}"
    led, here = _HOST.match(referrer), _HOST.match(url)
    parameters = {name.lower(): unquote_plus(value) for name, value in _PARAMETER.findall(asked)} if asked else {}
    campaign = _campaign(told, parameters)
    direct = ("direct", "") if is_page and (url or path) else None
    found = (
        by_event
        or _by_campaign(*campaign)
        or _by_click_id(parameters)
        or (_by_referrer(led[1].lower(), here[1].lower() if here else "") if led else direct)
    )
    if found is None or found[0] == "":
        return None
    channel, source = found
    host = led[1].lower() if led and not (here and _same_site(led[1].lower(), here[1].lower())) else ""
    landing = _PATH.match(url or path)
    return Came(
        channel,
        (campaign[0] or source)[:LONGEST],
        campaign[2][:LONGEST],
        host[:LONGEST],
        (landing[1] if landing else "")[: 2 * LONGEST],
    )


def _by_event(event: Event) -> tuple[str, str] | None:
    channel = BY_EVENT.get(event.name.casefold()) if event.type == "track" else None
    if channel is not None:
        return channel, ""
    said = event.properties.get("channel") or event.properties.get("source_name")  # Shopify calls it so
    return ("store", "") if isinstance(said, str) and said.strip().lower() in _AT_TILL else None


def _by_campaign(source: str, medium: str, name: str) -> tuple[str, str] | None:
    if not (source or medium or name):
        return None
    return group_of(source, medium), ""


def _by_click_id(parameters: Mapping[str, str]) -> tuple[str, str] | None:
    return next((BY_CLICK_ID[name] for name in parameters if name in BY_CLICK_ID), None)


def _by_referrer(host: str, here: str) -> tuple[str, str] | None:
    """("", "") for a page of the same site, and for what only passes through."""
    if _same_site(host, here) or PASSING.search(host):
        return "", ""
    if MAIL.search(host):
        return "email", host
    site = site_of(host)
    for channel, sites in (("video", VIDEO), ("social", SOCIAL), ("organic_search", SEARCH)):
        if site in sites:
            return channel, site
    return "referral", host.removeprefix("www.")


def _same_site(host: str, here: str) -> bool:
    """Whether two hosts are one site: shop.example, www.shop.example, checkout.shop.example."""
    one, other = host.removeprefix("www."), here.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}") if one and other else False


def _referrer(event: Event) -> str:
    held = event.context.get("referrer")
    if isinstance(held, dict):
        held = held.get("url") or held.get("link")
    return held if isinstance(held, str) else ""


def _campaign(told: tuple[str, str, str], parameters: Mapping[str, str]) -> tuple[str, str, str]:
    """Source and medium in lower case, and the campaign's name as it was written."""
    names = ("utm_source", "utm_medium", "utm_campaign")
    source, medium, name = (said or parameters.get(utm, "") for said, utm in zip(told, names, strict=True))
    return source.strip().lower(), medium.strip().lower(), name.strip()


def _texts(held: object, names: tuple[str, ...]) -> list[str]:
    """What stands under these names, "" for what is no text."""
    if not isinstance(held, dict):
        return [""] * len(names)
    return [value if isinstance(value := held.get(name), str) else "" for name in names]
