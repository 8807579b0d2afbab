"""Where audiences stand, which export was the last, and the files that exports are made of.

An export's files lie under `audiences/<name>/<job>/`. What a slice has gathered is written under a name of that slice,
and the cursor says which names count: what an interrupted slice left behind is never read, and goes with the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.aws.database import Database
from chalicelib.aws.files import Files
from chalicelib.catalog.store import DefinitionStore
from chalicelib.jobs.audiences import rows
from chalicelib.jobs.audiences.audience import Audience
from chalicelib.jobs.audiences.exports import KEPT_FOR
from chalicelib.jobs.audiences.rows import Form
from chalicelib.resources import SCHEMA_VERSION, WORK

KIND: Final = "audience"  # in the catalog
FOLDER: Final = "audiences/"
CSV: Final = "text/csv"
_LAST: Final = "audience"  # hash key of the work table


class AudienceStore(DefinitionStore):
    """Audiences."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, KIND)
        self._work = db

    def audience(self, name: str, version: int) -> Audience | None:
        """One version."""
        body = self.body(name, version)
        return None if body is None else Audience.model_validate(body)

    def using(self, segment: str) -> Iterator[str]:
        """The names of the audiences in force that name a segment."""
        for pointer in self.pointers():
            audience = self.audience(pointer.name, pointer.latest) if pointer.live else None
            if audience is not None and segment in audience.asked:
                yield pointer.name

    def last(self, name: str) -> str | None:
        """The job of the export that was finished last."""
        item = self._work.get(WORK, _LAST, name)
        return None if item is None else str(item["job"])

    def finished(self, name: str, job: str, now: datetime) -> None:
        """An export was finished. Doing it again changes nothing that matters."""
        item: dict[str, Any] = {"pk": _LAST, "sk": name, "job": job, "at": times.text(now)}
        expires = int((now + KEPT_FOR).timestamp())
        self._work.put(WORK, item | {"expires": expires, "schema_v": SCHEMA_VERSION})


@dataclass(frozen=True)
class Shelf:
    """The files of one export. parts: in how many parts."""

    files: Files
    audience: str
    job: str
    parts: int

    @property
    def folder(self) -> str:
        """The beginning of the keys of all of them."""
        return f"{FOLDER}{self.audience}/{self.job}/"

    def members(self, part: int) -> str:
        """The key of the file of everybody in a part."""
        return self._key("members", part)

    def gather(self, chunk: str, found: Iterable[str], form: Form) -> None:
        """Keep the rows that a slice has found, part by part."""
        by_part = defaultdict[int, list[str]](list)
        for row in found:
            by_part[rows.part_of(form, row, self.parts)].append(row)
        for part, lines in by_part.items():
            self.files.write(self._gathered(chunk, part), rows.written(form, lines), CSV)

    def gathered(self, chunks: Sequence[str], part: int) -> set[str]:
        """The rows of a part that these slices have found, each once."""
        return {row for chunk in chunks for row in self._read(self._gathered(chunk, part)) or ()}

    def before(self, part: int, form: Form, parts: int) -> set[str] | None:
        """The rows of this export that belong to a part of one of at least as many `parts`. None: they are gone."""
        found = self._read(self.members(part % self.parts))
        return None if found is None else {row for row in found if rows.part_of(form, row, parts) == part}

    def write(self, what: str, part: int, lines: Sequence[str], form: Form) -> Mapping[str, Any]:
        """Write a file of a part; what the job's report says of it."""
        key = self._key(what, part)
        self.files.write(key, rows.written(form, lines), CSV)
        return {"file": key, "what": what, "rows": len(lines)}

    def leftovers(self) -> Iterator[str]:
        """The keys of what slices have gathered."""
        return self.files.keys(f"{self.folder}gathered/")

    def _key(self, what: str, part: int) -> str:
        return f"{self.folder}{self.audience}-{what}-{part + 1:04d}.csv"

    def _gathered(self, chunk: str, part: int) -> str:
        return f"{self.folder}gathered/{chunk}/{part:04d}.csv"

    def _read(self, key: str) -> list[str] | None:
        size = self.files.size(key)
        return None if size is None else rows.read(self.files.read(key, 0, size))
