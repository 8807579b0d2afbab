"""Addresses that stay suppressed whoever has them: a keyed hash each, and why.

Erasing forgets who somebody was, but must not forget that the address wants no marketing: an old list that is imported
the day after would mail it again. So a keyed hash of the address remains (HMAC-SHA256 under the deployment's secret
`pii`; without the secret nobody can tell whose it is or try addresses). Whoever comes with the same address again gets
marketing only after a confirmation made since, and nothing at all if the mailbox was dead or had complained. That is
never lifted.

What stands on SES's suppression list (jobs/kinds/suppressions.py) is kept beside it, and may be lifted.
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
    """What is kept of one address. `undeliverable`: nothing at all may be sent there, and why."""

    at: datetime
    undeliverable: Undeliverable | None = None

    def stands(self, facts: Facts, about: Iterable[str | None], mark: str | None = None) -> bool:
        """Whether it still keeps marketing away: until a confirmed statement about any of these is newer, unless the
        owner of another address than that of the `mark` confirmed it."""
        said = (facts.consent.get(key) for key in about if key)
        return not any(
            one is not None and one.granted and one.confirmed and one.at > self.at and one.of in (None, mark)
            for one in said
        )


def marks(secrets: Sequence[str], channel: str, address: str) -> tuple[str, ...]:
    """The hash keys under which an address may stand: one for each live secret, the newest first."""
    return tuple(mark(secret, channel, address) for secret in secrets)


def mark(secret: str, channel: str, address: str) -> str:
    """`suppressed#` and a keyed hash of the address in its one form."""
    kind = "email" if channel == "email" else "phone"
    form = (contact.email(address) if kind == "email" else contact.phone(address)) or address.strip().lower()
    return HASH_KEY + hmac.digest(secret.encode(), f"{kind}\x00{form}".encode(), "sha256").hex()


@dataclass(frozen=True)
class Kept:
    """What stands under an address's hash: what an erasure left behind, what SES's list says, and until when that was
    lifted. Each is written by itself, so nobody undoes what another keeps."""

    erased: Suppressed | None = None
    listed: Suppressed | None = None
    lifted_at: datetime | None = None

    @property
    def listing(self) -> Suppressed | None:
        """What SES's list says, unless it was lifted since."""
        return self.listed if self.listed and not (self.lifted_at and self.listed.at <= self.lifted_at) else None

    @property
    def standing(self) -> Suppressed | None:
        """Both together."""
        return united(self.erased, self.listing) if self.erased and self.listing else self.erased or self.listing


def of_erasure(left: Suppressed) -> dict[str, Any]:
    """The attributes of what an erasure leaves: nothing in them is about anybody."""
    return _attributes(left, "at", "undeliverable")


def of_list(listed: Suppressed) -> dict[str, Any]:
    """Those of what SES's list says."""
    return _attributes(listed, "listed_at", "listed")


def of_lift(at: datetime) -> dict[str, Any]:
    """That of until when SES's word was lifted."""
    return {"schema_v": SCHEMA_VERSION, "lifted_at": times.text(at)}


def from_item(item: Mapping[str, Any]) -> Kept:
    """What was kept by these."""
    lifted_at = times.parse(item["lifted_at"]) if "lifted_at" in item else None
    return Kept(_read(item, "at", "undeliverable"), _read(item, "listed_at", "listed"), lifted_at)


def _attributes(one: Suppressed, at: str, why: str) -> dict[str, Any]:
    return {
        "schema_v": SCHEMA_VERSION,
        at: times.text(one.at),
        **({why: one.undeliverable} if one.undeliverable else {}),
    }


def _read(item: Mapping[str, Any], at: str, why: str) -> Suppressed | None:
    return Suppressed(times.parse(item[at]), item.get(why)) if at in item else None


def united(one: Suppressed, other: Suppressed) -> Suppressed:
    """Both together: the later date, the graver reason."""
    gravest: Undeliverable | None = one.undeliverable or other.undeliverable
    if "complaint" in (one.undeliverable, other.undeliverable):
        gravest = "complaint"
    return Suppressed(max(one.at, other.at), gravest)
