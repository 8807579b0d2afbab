"""Where fits are kept, and where the customers come from that they are made of.

Every fit has a version of its own in the work table, adopted or not, and stays there: fifty a year, a few kilobytes
each. One pointer says which is in force, and holds it, so that whoever judges needs one read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Item, Put
from chalicelib.customers.standing import FRESH
from chalicelib.errors import Transient
from chalicelib.lifecycle.adoption import Objection, Reason, Verdict
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.resources import SCHEMA_VERSION, WORK

KIND: Final = "fit"  # in the work table
_POINTER: Final = "current"
_VERSION: Final = "version#"
_BACK: Final = 8  # versions looked back through for one that this code can read

logger = logging.getLogger(__name__)


class Unreadable(Exception):
    """A newer release wrote this, before it was rolled back."""


@dataclass(frozen=True)
class Record:
    """One fit as it was kept. job: the one that made it. standing: the version that was in force then."""

    fitted: Fitted
    verdict: Verdict
    standing: int
    job: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """Which fit is in force.

    latest: the newest version, adopted or not. v: raised by every change. adopted_at: None for the prior.
    """

    fitted: Fitted = PRIOR
    latest: int = 0
    v: int = 0
    adopted_at: datetime | None = None


class FitStore:
    """Every fit: versions that never change, and the pointer to the one in force."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def standing(self) -> Standing:
        """The fit in force; the prior, if none was ever adopted. If this code cannot read it, the newest adopted one
        that it can."""
        item = self._db.get(WORK, KIND, _POINTER)
        if item is None:
            return Standing()
        try:
            fitted = _fitted(item)
        except Unreadable:
            logger.error("the fit in force, version %d, was written by a newer release", int(item["version"]))
            fitted = self._readable()
        adopted_at = times.parse(item["adopted_at"]) if "adopted_at" in item else None
        return Standing(fitted, int(item["latest"]), int(item["v"]), adopted_at)

    def keep(self, fitted: Fitted, verdict: Verdict, standing: Standing, job: str, now: datetime) -> Record:
        """Keep a fit as the next version, in force if it was adopted. Transient if another was kept since `standing`
        was read: decide anew."""
        fitted = replace(fitted, version=standing.latest + 1)
        record = Record(fitted, verdict, standing.fitted.version, job, now)
        pointer = self._pointer(record, standing)
        try:
            self._db.transact(
                [
                    Put(WORK, _version_item(record), when={"pk": ABSENT}),
                    Put(WORK, pointer, when={"v": standing.v} if standing.v else {"pk": ABSENT}),
                ]
            )
        except ConditionFailed as lost:
            raise Transient("another fit was kept meanwhile") from lost
        return record

    def made_by(self, job: str) -> Record | None:
        """What a job has kept lately: it was interrupted after that, and does it no second time."""
        return next((one for one in self.history(_BACK) if one.job == job), None)

    def record(self, version: int) -> Record | None:
        """One version; None if there is none. Unreadable if a newer release wrote it."""
        item = self._db.get(WORK, KIND, _version_key(version))
        return None if item is None else _record(item)

    def history(self, limit: int, before: int | None = None) -> list[Record]:
        """At most `limit` versions, the newest first; those before version `before`, without what cannot be read."""
        start = None if before is None else {"pk": KIND, "sk": _version_key(before)}
        page = self._db.query(WORK, KIND, prefix=_VERSION, descending=True, limit=limit, start=start)
        found = []
        for item in page.items:
            try:
                found.append(_record(item))
            except Unreadable:
                logger.warning("%s of the fits was written by a newer release", item["sk"])
        return found

    def _readable(self) -> Fitted:
        return next((one.fitted for one in self.history(_BACK) if one.verdict.adopted), PRIOR)

    def _pointer(self, record: Record, standing: Standing) -> Item:
        """The pointer after a fit was kept. One that was refused leaves in force what was, byte for byte."""
        latest = {"latest": record.fitted.version, "v": standing.v + 1, "schema_v": SCHEMA_VERSION}
        key = {"pk": KIND, "sk": _POINTER}
        if record.verdict.adopted:
            at = times.text(record.at)
            return {**key, "version": record.fitted.version, "body": _text(record.fitted), "adopted_at": at, **latest}
        return {**(self._db.get(WORK, KIND, _POINTER) or {**key, "version": 0, "body": _text(PRIOR)}), **latest}


class CurrentFit:
    """The fit in force, as one container knows it: read at most every 30 seconds."""

    def __init__(self, store: FitStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._known = PRIOR
        self._read_at: datetime | None = None

    def get(self) -> Fitted:
        """The fit in force; up to 30 seconds after another was adopted, the one before."""
        now = self._clock()
        if self._read_at is None or not self._read_at <= now < self._read_at + FRESH:
            self._known = self._store.standing().fitted
            self._read_at = now
        return self._known


def _version_key(version: int) -> str:
    return f"{_VERSION}{version:06d}"


def _version_item(record: Record) -> dict[str, Any]:
    return {
        "pk": KIND,
        "sk": _version_key(record.fitted.version),
        "body": _text(record.fitted),
        "reasons": [reason.as_dict() for reason in record.verdict.reasons],
        "standing": record.standing,
        "job": record.job,
        "at": times.text(record.at),
        "schema_v": SCHEMA_VERSION,
    }


def _record(item: Item) -> Record:
    reasons = tuple(Reason(Objection(one["objection"]), one["sentence"]) for one in item["reasons"])
    return Record(_fitted(item), Verdict(reasons), int(item["standing"]), item["job"], times.parse(item["at"]))


def _fitted(item: Item) -> Fitted:
    try:
        return Fitted.from_dict(from_json(item["body"]))
    except (ValueError, TypeError, KeyError) as unknown:
        raise Unreadable(str(unknown)) from unknown


def _text(fitted: Fitted) -> str:
    return to_json(fitted.as_dict(), inf_nan_mode="null").decode()
