"""A database that fails, or lets somebody else in, at one of the calls made to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from chalicelib.aws.database import Database
from chalicelib.errors import Transient

CALLS = ("get", "put", "update", "delete", "insert_all", "query", "query_index", "count_index", "scan", "transact")


class Crash(BaseException):
    """The process died: nothing catches this."""


def intruded(db: Database, at: int, *, before: Callable[[], None], after: Callable[[], None]) -> Database:
    """`db`, but around its call number `at` (from 0) these two happen."""
    return cast(Database, _Intruded(db, at, before, after))


def crashing(db: Database, at: int, *, acknowledged: bool) -> Database:
    """Dies at call `at`: before it happens, or after it has happened but before anybody knew."""
    return intruded(db, at, before=_nothing if acknowledged else _die, after=_die if acknowledged else _nothing)


def failing(db: Database, at: int, *, done: bool) -> Database:
    """Answers Transient at call `at`, which has happened (a lost acknowledgement) or not."""
    return intruded(db, at, before=_nothing if done else _fail, after=_fail if done else _nothing)


def counting(db: Database) -> tuple[Database, Callable[[], int]]:
    """`db`, and how many calls it has had."""
    counted = _Intruded(db, -1, _nothing, _nothing)
    return cast(Database, counted), lambda: counted.calls


class _Intruded:
    def __init__(self, db: Database, at: int, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._db, self._at, self._before, self._after = db, at, before, after
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._db, name)
        if name not in CALLS:
            return method

        def call(*args: Any, **given: Any) -> Any:
            mine = self.calls == self._at
            self.calls += 1
            if mine:
                self._before()
            answer = method(*args, **given)
            if mine:
                self._after()
            return answer

        return call


def _nothing() -> None:
    return None


def _die() -> None:
    raise Crash


def _fail() -> None:
    raise Transient("no answer")
