"""export: everything that is kept about one person, as files of JSON lines in the bucket, for whom a page of the API
would be too small. The files are forgotten after 30 days, and when the person is erased.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from pydantic_core import to_json

from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.kinds.erase import Request
from chalicelib.jobs.persons.export import Place, exports_of, page
from chalicelib.jobs.persons.store import PersonStore, person_of

LARGEST: Final = 8_000_000  # bytes of one file
JSON_LINES: Final = "application/x-ndjson"


class _Export:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        person = person_of(tools.db, job.id, tools.now())
        if person is None:
            return Slice(None, {})
        report: dict[str, Any] = dict(job.report or {"files": []})
        cursor = job.cursor or {}
        place: Place | None = Place(cursor.get("partition", 0), cursor.get("start", ""))
        if cursor.get("done") or not person.subjects:
            PersonStore(tools.db).forget(job.id)
            return Slice(None, {})
        lines, counts = list[bytes](), Counter[str]()
        while place is not None and not tools.time_is_up() and sum(map(len, lines)) < LARGEST:
            records, place = page(person, place, tools.db)
            lines += [to_json(record) + b"\n" for record in records]
            counts.update(str(record["kind"]) for record in records)
        file = f"{exports_of(person.subjects[0])}{job.id}/{len(report['files']) + 1:04d}.jsonl"
        tools.files.write(file, b"".join(lines), JSON_LINES)
        following = {"done": True} if place is None else {"partition": place.partition, "start": place.start}
        return Slice(following, counts, report | {"files": [*report["files"], file]})


plugin: Kind[Request] = _Export()
