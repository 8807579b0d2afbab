"""Where numbers that nobody is to call stand: items of the customers table."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.aws.database import Database
from chalicelib.customers.do_not_call import RANGE_KEY, Uncalled, from_item, to_item
from chalicelib.resources import CUSTOMERS


class DoNotCall:
    """The list."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def find(self, marks: Sequence[str]) -> Uncalled | None:
        """What stands under any of a number's hash keys; None for a number that may be called."""
        found = (self._db.get(CUSTOMERS, mark, RANGE_KEY) for mark in marks)
        return next((from_item(item) for item in found if item is not None), None)

    def add(self, mark: str, listed: Uncalled) -> None:
        """Put a number on the list. One that stands there already stands since then."""
        if self.find([mark]) is None:
            self._db.put(CUSTOMERS, to_item(mark, listed))

    def remove(self, mark: str) -> None:
        """Take a number off; one that is not there is no error."""
        self._db.delete(CUSTOMERS, mark, RANGE_KEY)
