"""What imports keep and read: the mappings that are ready, when a file was first imported, and the report of what
was refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib import times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database
from chalicelib.aws.files import Files
from chalicelib.ids import digest
from chalicelib.jobs.importing import refused
from chalicelib.jobs.importing.mapping import Definition
from chalicelib.resources import SCHEMA_VERSION, WORK

SEEN: Final = "imported"  # the hash key of the work table's items that say when a file was first imported
KEPT_FOR: Final = timedelta(days=730)
_LONGEST_PART: Final = 64 * 1024 * 1024
_READY: Final = Path(__file__).parent / "mappings"


@cache
def ready() -> tuple[str, ...]:
    """The names of the mappings that are ready."""
    return tuple(sorted(path.stem for path in _READY.glob("*.json")))


@cache
def definition(name: str) -> Definition:
    """One of them. KeyError if there is none of that name."""
    if name not in ready():
        raise KeyError(name)
    return Definition.model_validate_json((_READY / f"{name}.json").read_bytes())


class SeenFiles:
    """When files were first imported: the time of rows that name none, so that the same file again adds nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def first_import(self, name: str, content: str, now: datetime) -> datetime:
        """When a file of this content was first imported under this name; now, if it never was."""
        item = {
            "pk": SEEN,
            "sk": digest(name, content),
            "at": times.text(now),
            "expires": int((now + KEPT_FOR).timestamp()),
            "schema_v": SCHEMA_VERSION,
        }
        try:
            self._db.put(WORK, item, when={"pk": ABSENT})
        except ConditionFailed as standing:
            return times.parse(str(standing.item["at"])) if standing.item else now
        return now


def write_report(files: Files, job: str, parts: Iterable[str]) -> None:
    """Put together the report of an import that is over from the remarks that its slices kept."""
    listed = b"".join(files.read(key, 0, _LONGEST_PART) for key in parts)
    files.write(refused.report_key(job, "jsonl"), listed, "application/x-ndjson")
    files.write(refused.report_key(job, "csv"), refused.as_csv(listed), "text/csv; charset=utf-8")
