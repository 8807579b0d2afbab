"""What sources, mediums, sites and click ids are taken for: the vocabulary of channels.py. Pure tables.

The groups are those of Google Analytics 4's default channel group, where it has one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PAID: Final = re.compile(r".*cp.*|ppc|retargeting|paid.*|lead[-_ ]?ads?")
SEARCH: Final = _words(
    "google bing yahoo duckduckgo yandex baidu ecosia qwant startpage naver seznam sogou brave ask aol "
    "googlequicksearchbox"
)
SOCIAL: Final = _words(
    "facebook fb instagram ig twitter x t linkedin lnkd pinterest pin reddit tiktok snapchat threads tumblr vk "
    "whatsapp wa telegram bsky quora messenger xing mastodon"
)
VIDEO: Final = _words("youtube youtu vimeo dailymotion twitch")
MAIL: Final = re.compile(r"^(mail|email|webmail|outlook|owa)[.\d]|(^|\.)mail\.|^com\.google\.android\.gm$")
PASSING: Final = re.compile(
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
BY_CLICK_ID: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
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
BY_EVENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "email link clicked": "email",
        "sms link clicked": "sms",
        "push notification tapped": "push",
        "push notification opened": "push",
        "call started": "phone",
        "call completed": "phone",
        "call received": "phone",
        "call missed": "phone",
        "store visited": "store",
        "point of sale order": "store",
    }
)


def group_of(source: str, medium: str) -> str:
    """The channel of a source and a medium, both in lower case."""
    paid = _PAID.fullmatch(medium) is not None
    if medium in _WORD_DISPLAY:
        return "display"
    if medium in _WORD_MAIL or (source in _WORD_MAIL and not paid):
        return "email"
    site = site_of(source)
    if site in SOCIAL or medium in _WORD_SOCIAL or "social" in medium:
        return "paid_social" if paid or medium.startswith("paid") else "social"
    if site in SEARCH:
        return "paid_search" if paid else "organic_search"
    if "video" in medium or site in VIDEO:
        return "video"
    if source == "sms" or medium.endswith("push") or "notification" in medium:
        return "sms" if source == "sms" else "push"
    if medium in _WORD_REFERRAL:
        return "referral"
    return _BY_MEDIUM.get(medium, "other")


def site_of(host: str) -> str:
    """The name that a host goes by: `google` of google.co.uk, www.google.com and google."""
    parts = host.split(".")
    if len(parts) > 2 and parts[-2] in _SUFFIXES:
        return parts[-3]
    return parts[-1] if len(parts) == 1 or parts[0] == "com" else parts[-2]
