"""What somebody asks of the data that is held about them, as a shop's webhook says it. The jobs of export and erasure
do it; here it is only a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PrivacyRequest:
    """One request.

    kind:      `export` or `erase` one person; `erase_shop`: everything that came from the shop, which has left.
    reference: the same whenever the same request is sent again.
    user_id:   the person, in the shop's own ids. email, phone: the person's addresses, in the form of contact.py.
    orders:    the orders that are meant; empty for all.
    """

    kind: Literal["export", "erase", "erase_shop"]
    reference: str
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    orders: tuple[str, ...] = ()
