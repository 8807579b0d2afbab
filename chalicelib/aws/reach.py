"""Which addresses of others may be called: public ones, whatever they are called and however they are written. Pure.

A webhook's URL comes from whoever may write journeys, and the caller stands inside of the account's network. So what
is not certainly public is refused: private, loopback, link-local (where metadata services are), shared, multicast and
reserved addresses, and IPv4 ones hidden in IPv6 (mapped, compatible, 6to4, Teredo, NAT64). Names are not trusted at
all: they are resolved once, all that they resolve to is judged, and what was judged is connected to (http.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 2_000  # characters of a URL
_NAME: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?"
)
_LOCAL: Final = re.compile(r"(.*\.)?(localhost|local|internal|home\.arpa)\.?")
_NUMBERS: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?")
"""What the C library takes for an IPv4 address: 127.1, 0x7f000001, 2130706433."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_UNICAST: Final = IPv6Network("2000::/3")  # all that is given out to the public
_ASSIGNED: Final = IPv4Network("192.0.0.0/24")  # for protocols; several Pythons take parts of it for public


class Unreachable(Exception):
    """This address is not called; the text says why, without the address."""


@dataclass(frozen=True)
class Target:
    """What a URL says. `path` with its query."""

    secure: bool
    host: str
    port: int
    path: str


def target(url: str, *, loopback: bool = False) -> Target:
    """A URL that may be called, as far as can be told without resolving its name. Raises Unreachable.

    loopback: this machine is allowed, by plain http too. For development only.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise Unreachable("the URL is too long, or has characters that no URL has")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as unreadable:
        raise Unreachable("the URL cannot be read") from unreadable
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback and _here(host)):
        raise Unreachable("the URL is not https")
    if parts.username is not None or parts.password is not None:
        raise Unreachable("the URL has credentials")
    if port is not None and port != 443 and not 1024 <= port <= 65535:
        raise Unreachable("the URL's port is one that no webhook has")
    _named(host, loopback)
    query = f"?{parts.query}" if parts.query else ""
    secure = parts.scheme == "https"
    return Target(secure, host, port or (443 if secure else 80), (parts.path or "/") + query)


def allowed(address: str, *, loopback: bool = False) -> bool:
    """Whether an IP address may be connected to."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if loopback and found.is_loopback:
        return True
    return all(_public(each) for each in _meant(found))


def _here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _named(host: str, loopback: bool) -> None:
    """Raises Unreachable for a host that is not worth resolving."""
    try:
        ip_address(host)
    except ValueError:
        if not _NAME.fullmatch(host):
            raise Unreachable("the URL has no host that can be called") from None
        if _LOCAL.fullmatch(host) and not (loopback and host == "localhost"):
            raise Unreachable("the URL's host is a local name") from None
        if _NUMBERS.fullmatch(host):
            raise Unreachable("the URL's host is an address in disguise") from None
        return
    if not allowed(host, loopback=loopback):
        raise Unreachable("the URL's address is not public")


def _public(address: IPv4Address | IPv6Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return address not in _ASSIGNED if isinstance(address, IPv4Address) else address in _UNICAST


def _meant(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address, and the IPv4 addresses that are hidden in it."""
    if isinstance(address, IPv4Address):
        yield address
        return
    hidden = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE:
        hidden.append(IPv4Address(int(address) & 0xFFFFFFFF))
    found = [each for each in hidden if each is not None]
    yield from found
    if address.ipv4_mapped is None and address not in _NAT64:  # these are nothing beside what they hide
        yield address
