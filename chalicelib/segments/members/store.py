"""The members of a segment, page by page. Who is in what stands with each customer, and there is no list beside it that
could say otherwise; so a page reads customers until it has enough members, or has read enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.aws.database import Database, Item
from chalicelib.customers.state import STATE, memberships_of
from chalicelib.resources import CUSTOMERS
from chalicelib.segments.conditions import SEGMENT, key_of
from chalicelib.times import EPOCH

_MOST_READ: Final = 8  # requests of up to a megabyte, for one page of members


@dataclass(frozen=True)
class Member:
    """One customer in a segment, and since which minute."""

    customer: str
    since: datetime


class MemberStore:
    """Members."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def page(self, segment: str, limit: int, behind: str | None = None) -> tuple[list[Member], str | None]:
        """At most `limit` members, in no order, and behind whom to go on; None at the end. It may be fewer, or none, in
        a large base: then enough was read for once."""
        key, found = key_of(SEGMENT + segment), list[Member]()
        start: Item | None = {"pk": behind, "sk": STATE} if behind else None
        for _ in range(_MOST_READ):
            page = self._db.scan(CUSTOMERS, start=start, sk=STATE)
            for item in page.items:
                minute = memberships_of(item).get(key) if "join" not in item else None
                if minute is not None:
                    found.append(Member(item["pk"], EPOCH + timedelta(minutes=minute)))
                if len(found) == limit:
                    return found, str(item["pk"])
            start = page.next
            if start is None:
                return found, None
        return found, str(start["pk"]) if start else None
