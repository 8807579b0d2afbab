"""Keys: public ones that a website carries in its source, and secret ones that servers and people hold.

A key is shown once, when it is made; what is stored is its SHA-256. With 32 random bytes behind it nothing slower
than one hash is needed.

What a key is for is said in its settings (`KeySettings`). A key may end at a time; it is *rotated* by making another
of the same settings and family beside it, and letting it end when everybody has changed over. What is derived from a
key (the identity secret, proof.py) is derived from its family, so that rotating breaks nothing.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Self
from urllib.parse import urlsplit

from chalicelib import times
from chalicelib.resources import SCHEMA_VERSION

RANDOM_BYTES: Final = 32
KIND: Final = "key"  # of the catalog's items that are keys
NEW_PROFILES: Final = 50_000  # a day and public key, unless its settings say otherwise
_PREFIX: Final = 8  # characters that may be shown again, to tell keys apart
_ORIGIN: Final = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?/?")

TRACK: Final = "track"  # the one scope of public keys; a secret key may have it too
EVERYTHING: Final = "*"  # every scope there is and will be


class KeyKind(StrEnum):
    """Public (write) keys may post events and nothing else; secret keys do what their scopes say."""

    PUBLIC = "pk"
    SECRET = "sk"


@dataclass(frozen=True)
class KeySettings:
    """What may be changed of a key after it was made.

    label:             what it is for, for people.
    origins:           of a public key: from which websites' pages it may be used (`https://shop.example`, or
                       `https://*.shop.example` for every name below one); empty for all.
    rate:              calls a second that it may make, on the average of a minute; None for as many as there are.
    new_profiles:      of a public key: how many people and visitors a day may become known through it.
    require_user_hash: of a public key: a call with a user id is only taken with that user's hash (proof.py).
    protected:         names of traits that it does not let just anybody set, beside those that no public key does.
    """

    label: str
    origins: tuple[str, ...] = ()
    rate: int | None = None
    new_profiles: int = NEW_PROFILES
    require_user_hash: bool = False
    protected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """A key as it is kept: everything but the key.

    id:           SHA-256 of the whole key, in hex; stands for the key wherever one is recorded.
    prefix:       the first characters, for people.
    family:       the id of the first key of those that came out of one another by rotation.
    expires_at:   from when on it is refused; None for never.
    last_used_at: to the hour or so; None for never.
    """

    id: str
    kind: KeyKind
    scopes: frozenset[str]
    settings: KeySettings
    prefix: str
    created_at: datetime
    family: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def label(self) -> str:
        """What it is for, for people."""
        return self.settings.label

    @property
    def public(self) -> bool:
        """Whether anybody may know it: it stands in the source of a page."""
        return self.kind is KeyKind.PUBLIC

    def may(self, scope: str) -> bool:
        """Whether the key was given that scope, or every scope."""
        return scope in self.scopes or EVERYTHING in self.scopes

    def live(self, now: datetime) -> bool:
        """Whether it has not ended yet."""
        return self.expires_at is None or now < self.expires_at

    def admits(self, origin: str | None) -> bool:
        """Whether it may be used on a page of this origin; of what names none (a server) nothing is asked."""
        allowed = self.settings.origins
        return origin is None or not allowed or any(_within(origin, one) for one in allowed)

    @classmethod
    def of(
        cls,
        text: str,
        label: str,
        scopes: frozenset[str],
        now: datetime,
        settings: KeySettings | None = None,
        expires_at: datetime | None = None,
    ) -> Self:
        """What to keep of a new key. ValueError if `text` does not begin like a key."""
        return cls(
            id=hashed(text),
            kind=KeyKind(text.partition("_")[0]),
            scopes=scopes,
            settings=replace(settings, label=label) if settings else KeySettings(label),
            prefix=text[:_PREFIX],
            created_at=now,
            family=hashed(text),
            expires_at=expires_at,
        )

    def succeeded_by(self, text: str, now: datetime) -> Key:
        """What to keep of the key that takes this one's place."""
        return replace(self, id=hashed(text), prefix=text[:_PREFIX], created_at=now, expires_at=None, last_used_at=None)


def origin_of(headers: Mapping[str, str]) -> str | None:
    """The origin of the page that made a browser send a request: its Origin, else that of its Referer; None if there
    is neither, as servers send none. `headers` by lower-case name."""
    said = headers.get("origin", "").strip()
    if said:
        return said.lower()
    split = urlsplit(headers.get("referer", "").strip()) if _readable(headers.get("referer", "")) else None
    return f"{split.scheme}://{split.netloc}".lower() if split and split.netloc else None


def read_origin(text: str) -> str:
    """An allowed origin in the one form in which it is compared. ValueError for what is none."""
    found = _ORIGIN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError("an origin is https://shop.example, or https://*.shop.example for every name below it")
    return found[0].rstrip("/")


def _within(origin: str, allowed: str) -> bool:
    before, star, after = allowed.partition("*")
    return origin.startswith(before) and origin.endswith(after) if star else origin == allowed


def _readable(url: str) -> bool:
    try:
        urlsplit(url.strip())
    except ValueError:
        return False
    return True


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
    held = {
        "pk": KIND,
        "sk": key.id,
        "kind": str(key.kind),
        "scopes": sorted(key.scopes),
        **settings_item(key.settings),
        "prefix": key.prefix,
        "created_at": times.text(key.created_at),
        "family": key.family,
        "schema_v": SCHEMA_VERSION,
    }
    moments = {"expires_at": key.expires_at, "last_used_at": key.last_used_at}
    return held | {name: times.text(at) for name, at in moments.items() if at}


def settings_item(settings: KeySettings) -> dict[str, Any]:
    """The settings as attributes of the key's item."""
    return {
        "label": settings.label,
        "origins": list(settings.origins),
        "rate": settings.rate,
        "new_profiles": settings.new_profiles,
        "require_user_hash": settings.require_user_hash,
        "protected": list(settings.protected),
    }


def from_item(item: Mapping[str, Any]) -> Key:
    """The key that `to_item` stored, or the version before it."""
    return Key(
        id=item["sk"],
        kind=KeyKind(item["kind"]),
        scopes=frozenset(item["scopes"]),
        settings=KeySettings(
            label=item["label"],
            origins=tuple(item.get("origins", ())),
            rate=item.get("rate"),
            new_profiles=item.get("new_profiles", NEW_PROFILES),
            require_user_hash=item.get("require_user_hash", False),
            protected=tuple(item.get("protected", ())),
        ),
        prefix=item["prefix"],
        created_at=times.parse(item["created_at"]),
        family=item.get("family", item["sk"]),
        expires_at=_time(item.get("expires_at")),
        last_used_at=_time(item.get("last_used_at")),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else times.parse(text)
