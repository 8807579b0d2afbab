"""Keys: public ones that a website carries in its source, and secret ones that servers and people hold.

A key is shown once, when it is made; what is stored is its SHA-256. With 32 random bytes behind it nothing slower
than one hash is needed.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Self

from chalicelib import times
from chalicelib.resources import SCHEMA_VERSION

RANDOM_BYTES: Final = 32
KIND: Final = "key"  # of the catalog's items that are keys
_PREFIX: Final = 8  # characters that may be shown again, to tell keys apart

TRACK: Final = "track"  # the one scope of public keys; a secret key may have it too
EVERYTHING: Final = "*"  # every scope there is and will be


class KeyKind(StrEnum):
    """Public (write) keys may post events and nothing else; secret keys do what their scopes say."""

    PUBLIC = "pk"
    SECRET = "sk"


@dataclass(frozen=True)
class Key:
    """A key as it is kept: everything but the key.

    id:     SHA-256 of the whole key, in hex; stands for the key wherever one is recorded.
    prefix: the first characters, for people.
    """

    id: str
    kind: KeyKind
    scopes: frozenset[str]
    label: str
    prefix: str
    created_at: datetime

    @property
    def public(self) -> bool:
        """Whether anybody may know it: it stands in the source of a page."""
        return self.kind is KeyKind.PUBLIC

    def may(self, scope: str) -> bool:
        """Whether the key was given that scope, or every scope."""
        return scope in self.scopes or EVERYTHING in self.scopes

    @classmethod
    def of(cls, text: str, label: str, scopes: frozenset[str], now: datetime) -> Self:
        """What to keep of a new key. ValueError if `text` does not begin like a key."""
        return cls(
            id=hashed(text),
            kind=KeyKind(text.partition("_")[0]),
            scopes=scopes,
            label=label,
            prefix=text[:_PREFIX],
            created_at=now,
        )


def key_text(kind: KeyKind, randomness: bytes) -> str:
    """A new key, `pk_...` or `sk_...`, from 32 random bytes."""
    if len(randomness) != RANDOM_BYTES:
        raise ValueError(f"a key takes {RANDOM_BYTES} random bytes")
    return f"{kind}_{urlsafe_b64encode(randomness).decode().rstrip('=')}"


def hashed(text: str) -> str:
    """The id of a key: its SHA-256 in hex."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def well_formed(text: str) -> bool:
    """Whether `text` could be a key at all; what is not costs no read."""
    kind, underscore, rest = text.partition("_")
    return bool(underscore) and kind in (KeyKind.PUBLIC, KeyKind.SECRET) and 0 < len(rest) <= 64


def same(one: str, other: str) -> bool:
    """Whether two key ids are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one, other)


def to_item(key: Key) -> dict[str, Any]:
    """The key as the catalog holds it."""
    return {
        "pk": KIND,
        "sk": key.id,
        "kind": str(key.kind),
        "scopes": sorted(key.scopes),
        "label": key.label,
        "prefix": key.prefix,
        "created_at": times.text(key.created_at),
        "schema_v": SCHEMA_VERSION,
    }


def from_item(item: Mapping[str, Any]) -> Key:
    """The key that `to_item` stored."""
    return Key(
        id=item["sk"],
        kind=KeyKind(item["kind"]),
        scopes=frozenset(item["scopes"]),
        label=item["label"],
        prefix=item["prefix"],
        created_at=times.parse(item["created_at"]),
    )
