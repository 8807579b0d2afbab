"""Proof that a webhook comes from who it says: HMACs over the very bytes that arrived, under any live secret.

Pure. Nothing here returns early: every secret is tried and every comparison takes the same time, wherever it fails.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

WINDOW: Final = timedelta(minutes=5)
"""How far a signed moment may lie from ours, before or after: what Stripe and Standard Webhooks ask."""

_MOST_SIGNATURES: Final = 16  # in one header: a sender turns its own secrets one at a time

Fault = Literal["no_secret", "no_signature", "wrong_signature", "out_of_time"]
"""Why a delivery is not believed."""


def mac(secret: bytes, message: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.digest(secret, message, "sha256")


def in_base64(secrets: Iterable[str], message: bytes) -> list[str]:
    """The signature under each secret, in base64."""
    return [b64encode(mac(_bytes(secret), message)).decode() for secret in secrets]


def in_hex(secrets: Iterable[str], message: bytes) -> list[str]:
    """The signature under each secret, in lower-case hex."""
    return [mac(_bytes(secret), message).hex() for secret in secrets]


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(_bytes(given), _bytes(expected))


def judged(given: Sequence[str], expected: Sequence[str]) -> Fault | None:
    """None if one of the signatures given is one of those expected."""
    if not expected:
        return "no_secret"
    signatures = [signature.strip() for signature in given[:_MOST_SIGNATURES] if signature.strip()]
    if not signatures:
        return "no_signature"
    hits = [same(one, other) for one in signatures for other in expected]
    return None if any(hits) else "wrong_signature"


def in_time(seconds: str, now: datetime) -> bool:
    """Whether a signed moment (seconds since 1970, as text) lies within WINDOW of now, before or after."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        return False
    return abs(int(seconds) - now.timestamp()) <= WINDOW.total_seconds()


def standard_secret(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret: base64 after `whsec_`. Empty for what is none, which no secret is."""
    try:
        return b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
