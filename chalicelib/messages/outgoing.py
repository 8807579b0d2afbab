"""The links of a message that is about to leave: only harmless ones, with where they came from. Pure.

Escaping keeps data from becoming markup; it does not keep a `javascript:` out of an href. So every address in rendered
HTML is looked at: what is neither http(s) nor mailto, tel, sms or cid becomes `#`.

Links to pages get the campaign that they are clicked in (utm_source, utm_medium, utm_campaign, utm_content), unless
they name one themselves. Never those that act for the recipient (unsubscribe, confirm): they are signed, and a word
more about somebody who leaves is one too many.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final
from urllib.parse import quote_plus, urlsplit

from pydantic import Field, StringConstraints

from chalicelib.customers.setting import Setting

SCHEMES: Final = frozenset({"http", "https", "mailto", "tel", "sms", "cid"})
NOWHERE: Final = "#"

_ADDRESS: Final = re.compile(
    r"(?P<before>[\s\"'/](?:href|src|action|formaction|background|poster|cite|data|longdesc|lowsrc|xlink:href)\s*=\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)",
    re.IGNORECASE,
)
_ANCHOR: Final = re.compile(r"<(?:a|area|v:[a-z]+)\s(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_HREF: Final = re.compile(r"(\shref\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_IN_TEXT: Final = re.compile(r"https?://[^\s<>()\"']+[^\s<>()\"'.,;:!?]")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED: Final = re.compile(r"[\x00-\x20\u00ad\u200b-\u200f\u2028\u2029\ufeff]+")  # as browsers do, and then some

_HARMFUL: Final = frozenset({"javascript", "data", "vbscript", "file", "blob"})

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class TrackedLinks(Setting):
    """How the links of messages are tagged, so that visits by them can be told apart.

    utm: whether they are. source, medium: utm_source and utm_medium. domains: only links to these, and what is below
    them; every link to a page, if none is named.
    """

    name: ClassVar[str] = "links"

    utm: bool = Field(True, description="Whether links get utm_source, utm_medium, utm_campaign and utm_content.")
    source: Word = Field("perennial", description="utm_source.")
    medium: Word = Field("email", description="utm_medium.")
    domains: list[Word] = Field([], max_length=50, description="Only links to these domains and those below them.")


@dataclass(frozen=True)
class Tagging:
    """How the links of one message are tagged. kept: those that stay as they are."""

    setting: TrackedLinks
    campaign: str
    content: str
    kept: Collection[str] = field(default_factory=frozenset)

    def tagged(self, url: str) -> str:
        """The link with its campaign, or as it is."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return url
        listed = [domain.lower() for domain in self.setting.domains]
        ours = not listed or any(host == domain or host.endswith(f".{domain}") for domain in listed)
        if parts.scheme.lower() not in ("http", "https") or not host or not ours or url in self.kept:
            return url
        if "utm_" in parts.query:
            return url
        bare, hash, fragment = url.partition("#")
        return f"{bare}{'&' if parts.query else '?'}{self._words()}{hash}{fragment}"

    def _words(self) -> str:
        said = {
            "utm_source": self.setting.source,
            "utm_medium": self.setting.medium,
            "utm_campaign": self.campaign,
            "utm_content": self.content,
        }
        return "&".join(f"{name}={quote_plus(value)}" for name, value in said.items())


def safe_html(html: str) -> str:
    """Rendered HTML in which no address does anything but lead somewhere."""
    return _ADDRESS.sub(_safe, html)


def tagged_html(html: str, tagging: Tagging) -> str:
    """Rendered HTML with its links tagged."""
    if not tagging.setting.utm:
        return html

    def link(found: re.Match[str]) -> str:
        mark, url = found[2][0], entities.unescape(found[2][1:-1]).strip()
        told = tagging.tagged(url)
        return found[0] if told == url else f"{found[1]}{mark}{entities.escape(told)}{mark}"

    return _ANCHOR.sub(lambda anchor: _HREF.sub(link, anchor[0]), html)


def tagged_text(text: str, tagging: Tagging) -> str:
    """A text part with its links tagged."""
    if not tagging.setting.utm:
        return text
    return _IN_TEXT.sub(lambda found: tagging.tagged(found[0]), text)


def harmless(url: str) -> bool:
    """Whether an address only leads somewhere. Relative ones do; they lead nowhere in a mail, and harm nobody."""
    plain = entities.unescape(entities.unescape(url))  # twice: some gateways do
    scheme = _SCHEME.match(_IGNORED.sub("", plain))
    return scheme is None or scheme[1].lower() in SCHEMES


def leads_on(url: str, source: str) -> bool:
    """Whether an address, rendered from `source`, leads to a page, or to a place in an app (`shop://cart`) whose scheme
    stands in the template: nobody's data may choose one."""
    scheme = _SCHEME.match(url)
    if scheme is None or not url.isprintable() or " " in url:
        return False
    if scheme[1].lower() in ("http", "https"):
        return re.match(r"https?://[^/?#\s]", url, re.IGNORECASE) is not None
    return scheme[1].lower() not in _HARMFUL and source.strip().startswith(scheme[0])


def leads_to_page(url: str) -> bool:
    """Whether an address leads to a page, of the site itself (`/sale`) or of any other."""
    if not url.isprintable() or " " in url or "\\" in url:
        return False
    return leads_on(url, "") or (url.startswith("/") and not url.startswith("//"))


def _safe(found: re.Match[str]) -> str:
    value = found["value"]
    mark = value[0] if value[0] in "\"'" else ""
    url = value[1:-1] if mark else value
    return found[0] if harmless(url) else f"{found['before']}{mark}{NOWHERE}{mark}"
