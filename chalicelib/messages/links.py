"""Links that act for a recipient without a login: tokens that only we could have made, and that tell nothing.

A token names a purpose, a customer, a send, and the topic that the message was about. It is authentic because its first
16 bytes are an HMAC-SHA256 of that content, and it is unreadable because the content is covered by a stream of HMACs
seeded with those 16 bytes (the SIV construction of Rogaway and Shrimpton, with HMAC as its only primitive): customer
ids are often mail addresses, and URLs end in logs. The same send always gets the same token, and a token is good for
its purpose only.

Secrets come as a list: the first makes tokens, all open them, so that a rotation breaks no mail already sent.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

UNSUBSCRIBE: Final = "unsubscribe"
CONFIRM: Final = "confirm"
PREFERENCES: Final = "preferences"
WHY: Final = "why"
VIEW: Final = "view"
PATHS: Final[Mapping[str, str]] = {UNSUBSCRIBE: "u", CONFIRM: "c", PREFERENCES: "p", WHY: "w", VIEW: "v"}
"""By purpose, where its pages are: `{public_url}/u/{token}`."""

_VERSION: Final = "1"
_TAG: Final = 16  # bytes of the HMAC that are kept
_LONGEST: Final = 2_000


SHORT_ON: Final = frozenset({"sms"})
"""The channels on which letters are counted: their messages carry short links."""
SHORT: Final = 12
"""Letters and digits of a short link: 71 bits, of which nobody finds one that is in use by trying."""
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class BadToken(Exception):
    """Forged, cut short, for another purpose, by a secret long gone: whoever asks gets one answer for all."""


@dataclass(frozen=True)
class Link:
    """What a token stands for."""

    customer: str
    send: str
    topic: str | None = None


def mint(secrets: Sequence[str], purpose: str, link: Link) -> str:
    """The token of a link: URL-safe text, always the same for the same link and secret."""
    named = [link.customer, link.send, *([link.topic] if link.topic is not None else [])]
    content = json.dumps(named, separators=(",", ":")).encode()
    tag = _tag(secrets[0], purpose, content)
    sealed = tag + _cover(secrets[0], purpose, tag, content)
    return _VERSION + urlsafe_b64encode(sealed).rstrip(b"=").decode()


def path(secrets: Sequence[str], purpose: str, link: Link) -> str:
    """Where the page of a link is, behind the public URL: `u/1AbC...`."""
    return f"{PATHS[purpose]}/{mint(secrets, purpose, link)}"


def short(secrets: Sequence[str], customer: str, send: str) -> str:
    """The short link of a message, `{public_url}/s/{short}`: always the same, and not to be guessed.

    It holds nothing: the row of the message says whose it is, and is found by it (journeys/send.py). The row keeps its
    own, so a rotation of the secrets breaks none.
    """
    number = int.from_bytes(_mac(secrets[0], "short", f"{customer}\x00{send}".encode()))
    digits = []
    for _ in range(SHORT):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)


def is_short(text: str) -> bool:
    """Whether a text could be a short link at all."""
    return len(text) == SHORT and all(letter in _DIGITS for letter in text)


def read(secrets: Sequence[str], purpose: str, token: str) -> Link:
    """The link that a token stands for. Raises BadToken, and never says why."""
    for content in _opened(secrets, purpose, _sealed(token)):
        return Link(*json.loads(content))
    raise BadToken


def _opened(secrets: Sequence[str], purpose: str, sealed: bytes) -> Iterator[bytes]:
    tag, covered = sealed[:_TAG], sealed[_TAG:]
    for secret in secrets:
        content = _cover(secret, purpose, tag, covered)
        if hmac.compare_digest(tag, _tag(secret, purpose, content)):
            yield content


def _sealed(token: str) -> bytes:
    if not token.startswith(_VERSION) or len(token) > _LONGEST:
        raise BadToken
    text = token.removeprefix(_VERSION)
    try:
        sealed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (NotBase64, UnicodeEncodeError) as unreadable:
        raise BadToken from unreadable
    # Base64 has several spellings of the same bytes; only ours is a token.
    if urlsafe_b64encode(sealed).rstrip(b"=").decode() != text or len(sealed) <= _TAG:
        raise BadToken
    return sealed


def _tag(secret: str, purpose: str, content: bytes) -> bytes:
    return _mac(secret, f"sign:{purpose}", content)[:_TAG]


def _cover(secret: str, purpose: str, tag: bytes, content: bytes) -> bytes:
    """`content` XOR the stream that the tag seeds; its own inverse."""
    blocks = range(len(content) // sha256().digest_size + 1)
    stream = b"".join(_mac(secret, f"hide:{purpose}", tag + block.to_bytes(4, "big")) for block in blocks)
    return bytes(left ^ right for left, right in zip(content, stream, strict=False))


def _mac(secret: str, label: str, content: bytes) -> bytes:
    return hmac.digest(secret.encode(), label.encode() + b"\x00" + content, "sha256")
