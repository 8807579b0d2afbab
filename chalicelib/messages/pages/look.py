"""Whose page it is: name, colours, logo, postal address; and where images may come from. Pure.

A page asks nobody but the shop itself for anything. A logo is shown if it is in the setting itself (`logo_data`), or if
it stands where the pages stand, on the shop's own site, or on a host that the shop's owner has named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from chalicelib.journeys.playbooks.brand import Brand

STYLES: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""What a page may load that shows no image: nothing."""


@dataclass(frozen=True)
class Look:
    """brand: with its name, if there is any. public_url: where the pages are."""

    brand: Brand
    postal_address: str
    public_url: str

    @property
    def logo(self) -> str | None:
        """What `src` of the logo says; None for no logo."""
        brand = self.brand
        if brand.logo_data is not None:
            return brand.logo_data
        return brand.logo if brand.logo is not None and self.may_show(brand.logo) else None

    @property
    def policy(self) -> str:
        """The content security policy: one image, the logo, if there is one."""
        if self.logo is None:
            return STYLES
        return f"{STYLES}; img-src {'data:' if self.brand.logo_data is not None else _source(self.logo)}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """From where pages may show images: where they are, the shop's site and what is below it, and what is named."""
        site = _host(self.brand.url or "").removeprefix("www.")
        named = [*([site, f"*.{site}"] if site else []), *self.brand.image_hosts]
        return tuple(dict.fromkeys([_host(self.public_url), *named]))

    def may_show(self, url: str) -> bool:
        """Whether an image is from one of our own hosts, and as safe on its way as the page."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        listed = any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self.hosts)
        return listed and parts.scheme == "https"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _source(url: str) -> str:
    """An address as a policy may name it: without what a policy reads as its own marks, and without its query."""
    parts = urlsplit(url)
    path = parts.path.replace(";", "%3B").replace(",", "%2C")
    return f"{parts.scheme}://{parts.netloc}{path}"
