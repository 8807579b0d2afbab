"""Addresses that stay suppressed although the person was erased: a keyed hash each, and why.

Erasing forgets who somebody was, but must not forget that the address wants no marketing: an old list that is imported
the day after would mail it again. So a keyed hash of the address remains (HMAC-SHA256 under the deployment's secret
`pii`; without the secret nobody can tell whose it is or try addresses). Whoever comes with the same address again gets
marketing only after a confirmation made since, and nothing at all if the mailbox was dead or had complained.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from chalicelib import times
from chalicelib.customers.facts import Facts
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking import contact

HASH_KEY: Final = "suppressed#"  # of the customers table, where no customer's id can begin so
RANGE_KEY: Final = "!suppressed"

Undeliverable = Literal["bounce", "complaint"]


@dataclass(frozen=True)
class Suppressed:
    """What an erasure left behind of one address. `undeliverable`: nothing at all may be sent there, and why."""

    at: datetime
    undeliverable: Undeliverable | None = None

    def stands(self, facts: Facts, about: Iterable[str | None]) -> bool:
        """Whether it still keeps marketing away: until a confirmed statement about any of these is newer."""
        said = (facts.consent.get(key) for key in about if key)
        return not any(one is not None and one.granted and one.confirmed and one.at > self.at for one in said)


def marks(secrets: Sequence[str], channel: str, address: str) -> tuple[str, ...]:
    """The hash keys under which an address may stand: one for each live secret, the newest first."""
    return tuple(mark(secret, channel, address) for secret in secrets)


def mark(secret: str, channel: str, address: str) -> str:
    """`suppressed#` and a keyed hash of the address in its one form."""
    kind = "email" if channel == "email" else "phone"
    form = (contact.email(address) if kind == "email" else contact.phone(address)) or address.strip().lower()
    return HASH_KEY + hmac.digest(secret.encode(), f"{kind}\x00{form}".encode(), "sha256").hex()


def to_item(hash_key: str, left: Suppressed) -> dict[str, Any]:
    """The stored item: nothing in it is about anybody."""
    item = {"pk": hash_key, "sk": RANGE_KEY, "schema_v": SCHEMA_VERSION, "at": times.text(left.at)}
    return item | ({"undeliverable": left.undeliverable} if left.undeliverable else {})


def from_item(item: Mapping[str, Any]) -> Suppressed:
    """What `to_item` wrote."""
    return Suppressed(times.parse(item["at"]), item.get("undeliverable"))


def united(one: Suppressed, other: Suppressed) -> Suppressed:
    """Both together: the later date, the graver reason."""
    gravest: Undeliverable | None = one.undeliverable or other.undeliverable
    if "complaint" in (one.undeliverable, other.undeliverable):
        gravest = "complaint"
    return Suppressed(max(one.at, other.at), gravest)
