"""Short links: the row of the ledger that carries one."""

from __future__ import annotations

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.journeys.send import Send, by_short


class ShortLinks:
    """Finds messages by the short links in them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def row(self, short: str) -> Send | None:
        """The row of the message that holds a short link; None if none does. A row is found once it was sent, and for
        as long as it is kept."""
        page = self._db.query_index(resources.SENDS, resources.DUE, by_short(short), limit=1)
        for key in page.items:
            item = self._db.get(resources.SENDS, key["pk"], key["sk"])
            if item is not None and item.get("short") == short:  # an index may be out of date
                return Send.from_item(item)
        return None
