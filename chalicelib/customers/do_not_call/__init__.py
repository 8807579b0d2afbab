"""Numbers that nobody is to call: those of a register, or of a list that a shop keeps, whoever they belong to. Pure.

A number is kept as a keyed hash (HMAC-SHA256 under the deployment's secret `pii`), so the list tells nobody whom it is
about, and holds for people who come later, too. Only what the person has confirmed since counts against it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.facts import Facts
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking import contact

PHONE: Final = "phone"
"""The channel by which people are called."""
HASH_KEY: Final = "uncalled#"  # of the customers table, where no customer's id can begin so
RANGE_KEY: Final = "!uncalled"


@dataclass(frozen=True)
class Uncalled:
    """A number on the list: since when, and whose list says so, in the caller's words."""

    at: datetime
    source: str

    def stands(self, facts: Facts) -> bool:
        """Whether it keeps people from calling: until a confirmed consent to calls is newer."""
        said = facts.consent.get(PHONE)
        return said is None or not (said.granted and said.confirmed and said.at > self.at)


def marks(secrets: Sequence[str], number: str) -> tuple[str, ...]:
    """The hash keys under which a number may stand: one for each live secret, the newest first. Empty for what is no
    number."""
    form = contact.phone(number)
    if form is None:
        return ()
    return tuple(HASH_KEY + hmac.digest(secret.encode(), form.encode(), "sha256").hex() for secret in secrets)


def to_item(mark: str, listed: Uncalled) -> dict[str, Any]:
    """The stored item: nothing in it is about anybody."""
    said = {"at": times.text(listed.at), "source": listed.source}
    return {"pk": mark, "sk": RANGE_KEY, "schema_v": SCHEMA_VERSION, **said}


def from_item(item: Mapping[str, Any]) -> Uncalled:
    """What `to_item` wrote."""
    return Uncalled(times.parse(item["at"]), item["source"])
