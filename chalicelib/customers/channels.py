"""Through which channel somebody came: a table of signs, asked in this order. Pure.

1. what the event itself is: a click in a mail of ours, an opened push message, a call, a sale at the till;
2. the campaign of its link: utm parameters, as the SDK read them or as they stand in the page's URL;
3. the click id that an advertising network put into the URL;
4. the page that led here, if it is another site's; what only passes through (payment, sign-in) leads nowhere;
5. a page that nothing led to: direct.

Everything else (the next page of the same visit, an event from a server) is no touch. The groups are those of Google
Analytics 4's default channel group, where it has one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote_plus

from chalicelib.tracking.event import Event

CHANNELS: Final = (
    "direct",
    "organic_search",
    "paid_search",
    "social",
    "paid_social",
    "email",
    "sms",
    "push",
    "referral",
    "affiliate",
    "display",
    "video",
    "phone",
    "store",
    "other",
)
"""Stored by their place: new ones are added at the end."""

LONGEST: Final = 60  # characters of a source, a campaign, a host; a landing page has twice as many


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PAID: Final = re.compile(r".*cp.*|ppc|retargeting|paid.*")
_SEARCH: Final = _words(
    "google bing yahoo duckduckgo yandex baidu ecosia qwant startpage naver seznam sogou brave ask aol "
    "googlequicksearchbox"
)
_SOCIAL: Final = _words(
    "facebook fb instagram ig twitter x t linkedin lnkd pinterest pin reddit tiktok snapchat threads tumblr vk "
    "whatsapp wa telegram bsky quora messenger xing mastodon"
)
_VIDEO: Final = _words("youtube youtu vimeo dailymotion twitch")
_MAIL: Final = re.compile(r"^(mail|email|webmail|outlook|owa)[.\d]|(^|\.)mail\.|^com\.google\.android\.gm$")
_PASSING: Final = re.compile(
    r"(^|\.)(paypal|stripe|klarna|adyen|mollie|sofort|pay\.google|accounts\.google|appleid\.apple"
    r"|login\.microsoftonline)\.(com|net|eu)$|^shop\.app$"
)
_SUFFIXES: Final = frozenset({"co", "com", "org", "net"})  # before a country: google.co.uk
_WORD_MAIL: Final = frozenset({"email", "e-mail", "e_mail", "e mail", "mail", "newsletter"})
_WORD_SOCIAL: Final = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_WORD_DISPLAY: Final = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_WORD_REFERRAL: Final = frozenset({"referral", "app", "link"})
_BY_MEDIUM: Final[Mapping[str, str]] = MappingProxyType(
    {
        "organic": "organic_search",
        "affiliate": "affiliate",
        "affiliates": "affiliate",
        "sms": "sms",
        "text": "sms",
        "phone": "phone",
        "call": "phone",
        "print": "other",
        "qr": "store",
        "store": "store",
    }
)
_BY_CLICK_ID: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "gclid": ("paid_search", "google"),
        "gbraid": ("paid_search", "google"),
        "wbraid": ("paid_search", "google"),
        "msclkid": ("paid_search", "bing"),
        "yclid": ("paid_search", "yandex"),
        "dclid": ("display", "google"),
        "fbclid": ("social", "facebook"),  # Facebook adds it to every link that leaves it, paid or not
        "ttclid": ("paid_social", "tiktok"),
        "twclid": ("paid_social", "twitter"),
        "li_fat_id": ("paid_social", "linkedin"),
        "epik": ("paid_social", "pinterest"),
        "irclickid": ("affiliate", "impact"),
        "awc": ("affiliate", "awin"),
        "cjevent": ("affiliate", "cj"),
        "mc_eid": ("email", "mailchimp"),
        "mc_cid": ("email", "mailchimp"),
        "_kx": ("email", "klaviyo"),
        "srsltid": ("organic_search", "google"),
    }
)
_BY_EVENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "email link clicked": "email",
        "sms link clicked": "sms",
        "push notification tapped": "push",
        "push notification opened": "push",
        "call started": "phone",
        "call completed": "phone",
        "call received": "phone",
        "store visited": "store",
        "point of sale order": "store",
    }
)
_AT_TILL: Final = frozenset({"pos", "store", "in_store", "in-store", "retail", "point_of_sale", "till"})
_TOLD: Final = ("source", "medium", "name", "campaign")
_PARAMETER: Final = re.compile(
    rf"[?&#](utm_(?:source|medium|campaign)|{'|'.join(_BY_CLICK_ID)})=([^&#]+)", re.IGNORECASE
)
_HOST: Final = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
_PATH: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://[^/?#]*)?([^?#]*)", re.IGNORECASE)
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


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
    page = event.context.get("page")
    said = page if isinstance(page, dict) else _NOTHING
    own = event.properties if event.type == "page" else _NOTHING  # what a page call says of itself
    campaign = event.context.get("campaign")
    told = campaign if isinstance(campaign, dict) else _NOTHING
    by_event = _by_event(event)
    if by_event is None and not (said or own or told or "referrer" in event.context):
        return None
    return _came(
        by_event,
        event.type == "page",
        _text(own, "url") or _text(said, "url"),
        _text(own, "path") or _text(said, "path"),
        _text(own, "search") or _text(said, "search"),
        _text(own, "referrer") or _text(said, "referrer") or _referrer(event),
        (_text(told, "source"), _text(told, "medium"), _text(told, "name") or _text(told, "campaign")),
    )


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
    channel = _BY_EVENT.get(event.name.casefold()) if event.type == "track" else None
    if channel is not None:
        return channel, ""
    said = event.properties.get("channel")
    return ("store", "") if isinstance(said, str) and said.strip().lower() in _AT_TILL else None


def _by_campaign(source: str, medium: str, name: str) -> tuple[str, str] | None:
    if not (source or medium or name):
        return None
    return _group(source, medium), ""


def _group(source: str, medium: str) -> str:
    """The channel of a source and a medium, both in lower case."""
    paid = _PAID.fullmatch(medium) is not None
    if medium in _WORD_DISPLAY:
        return "display"
    if medium in _WORD_MAIL or (source in _WORD_MAIL and not paid):
        return "email"
    site = _site(source)
    if site in _SOCIAL or medium in _WORD_SOCIAL or "social" in medium:
        return "paid_social" if paid or medium.startswith("paid") else "social"
    if site in _SEARCH:
        return "paid_search" if paid else "organic_search"
    if "video" in medium or site in _VIDEO:
        return "video"
    if source == "sms" or medium.endswith("push") or "notification" in medium:
        return "sms" if source == "sms" else "push"
    if medium in _WORD_REFERRAL:
        return "referral"
    return _BY_MEDIUM.get(medium, "other")


def _by_click_id(parameters: Mapping[str, str]) -> tuple[str, str] | None:
    return next((_BY_CLICK_ID[name] for name in parameters if name in _BY_CLICK_ID), None)


def _by_referrer(host: str, here: str) -> tuple[str, str] | None:
    """("", "") for a page of the same site, and for what only passes through."""
    if _same_site(host, here) or _PASSING.search(host):
        return "", ""
    if _MAIL.search(host):
        return "email", host
    site = _site(host)
    for channel, sites in (("video", _VIDEO), ("social", _SOCIAL), ("organic_search", _SEARCH)):
        if site in sites:
            return channel, site
    return "referral", host.removeprefix("www.")


def _site(host: str) -> str:
    """The name that a host goes by: `google` of google.co.uk, www.google.com and google."""
    parts = host.split(".")
    if len(parts) > 2 and parts[-2] in _SUFFIXES:
        return parts[-3]
    return parts[-1] if len(parts) == 1 or parts[0] == "com" else parts[-2]


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


def _text(held: Mapping[str, Any], name: str) -> str:
    value = held.get(name)
    return value if isinstance(value, str) else ""
