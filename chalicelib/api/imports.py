"""Imports: what other systems know, brought in as a file. docs/IMPORT.md shows how to move from four of them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from chalicelib import wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes
from chalicelib.api.jobs import JobState, caller, found, shown
from chalicelib.errors import Refused
from chalicelib.jobs.importing.request import FOLDER, ImportRequest, Options, Short
from chalicelib.jobs.importing.request import Kind as RowKind
from chalicelib.jobs.job import Job, Status

READ: Final = "imports:read"
WRITE: Final = "imports:write"
KIND: Final = "imports"  # the job's kind
LONGEST_INLINE: Final = 4_000_000  # characters; longer files are uploaded

routes: Final = Routes("imports")


class File(Strict):
    """A file that was uploaded before."""

    key: str = Field(max_length=500, description="As `POST /v1/imports/uploads` gave it.")


class Import(Strict):
    """A file, and what its rows mean. Say `data` or `file`."""

    kind: RowKind = Field(description="What a row is; the default mapping is the one of this name.")
    format: Literal["csv", "jsonl"]
    data: str | None = Field(None, max_length=LONGEST_INLINE, description="The rows themselves.")
    file: File | None = None
    name: Short | None = Field(
        None, description="Rows of one name and content are stored once. Default: the mapping's."
    )
    mapping: str | dict[str, Any] | None = Field(None, description="A ready mapping's name, or a mapping.")
    options: Options = Options()


class Upload(Model):
    """Where to put a file, and by which key to import it."""

    key: str
    url: str = Field(description="PUT the file to it.")
    expires_at: Moment


class Mapping(Model):
    """A mapping that is ready."""

    name: str
    title: str
    description: str
    kind: str
    formats: list[str]
    required: list[str] = Field(description="Columns without which a file is refused.")


class Mappings(Model):
    """Every mapping that is ready."""

    mappings: list[Mapping]


class ReportQuery(Strict):
    """In which form."""

    format: Literal["csv", "jsonl"] = Field("csv", description="csv: for spreadsheets; no cell is a formula.")


class Report(Model):
    """A link to the rows that were refused, or imported without one of their columns."""

    url: str
    expires_at: Moment


@routes.endpoint(
    "POST",
    "/v1/imports",
    scope=WRITE,
    request=Import,
    response=JobState,
    problems=("invalid_import", "unknown_mapping", "invalid_mapping", "unknown_file"),
)
def start_import(request: Request) -> JobState:
    """Import customers, consents, events or orders.

    It is a job: `GET /v1/jobs/{job}` says how far it is (rows, imported, refused, bytes; `new` are the events that were
    not stored before), `POST /v1/jobs/{job}/cancel` ends it. The same file again adds nothing. Nothing is sent for what
    is imported: no journey starts by it.
    """
    asked = request.json(Import)
    perennial = wiring.perennial()
    now = perennial.now()
    mapping = asked.mapping if asked.mapping is not None else asked.kind
    _check_mapping(mapping, asked.format)
    if (asked.data is None) == (asked.file is None):
        raise Refused(400, "invalid_import", "Say data, the rows themselves, or file, the key of an upload.")
    name = asked.name or (mapping if isinstance(mapping, str) else asked.kind)
    if asked.file is not None:
        key = asked.file.key
        if not key.startswith(FOLDER) or perennial.files.size(key) is None:
            raise Refused(
                400, "unknown_file", "There is no such file: upload it to the link of POST /v1/imports/uploads."
            )
    else:
        key = _new_key(now)
        perennial.files.write(key, (asked.data or "").encode("utf-8", "replace"))
    wanted = ImportRequest(
        kind=asked.kind, format=asked.format, file=key, name=name, mapping=mapping, options=asked.options
    )
    job = Job.new(KIND, wanted.model_dump(mode="json", exclude_none=True), caller(request), now, key)
    return shown(perennial.jobs.start(job))


@routes.endpoint("POST", "/v1/imports/uploads", scope=WRITE, response=Upload)
def create_upload(request: Request) -> Upload:
    """A link to which a file of any size can be PUT within the hour. Uploaded files are forgotten after 30 days."""
    perennial = wiring.perennial()
    key = _new_key(perennial.now())
    return Upload(key=key, url=perennial.files.upload_link(key), expires_at=perennial.now() + timedelta(hours=1))


@routes.endpoint("GET", "/v1/imports/mappings", scope=READ, response=Mappings)
def list_mappings(request: Request) -> Mappings:
    """The mappings that are ready: Perennial's own, and those of exports of other systems."""
    from chalicelib.jobs.importing.store import definition, ready

    made = []
    for name in ready():
        known = definition(name)
        made.append(
            Mapping(
                name=name,
                title=known.title,
                description=known.description,
                kind=known.kind,
                formats=list(known.formats),
                required=list(known.required),
            )
        )
    return Mappings(mappings=made)


@routes.endpoint(
    "GET",
    "/v1/imports/{job}/report",
    scope=READ,
    query=ReportQuery,
    response=Report,
    problems=("unknown_job", "no_report"),
)
def read_report(request: Request) -> Report:
    """The rows that were refused: line, column, what was wrong, and the row as it was sent; the first 10,000.

    Of an import that was cancelled or has failed: those of the rows that were read until then.
    """
    from chalicelib.jobs.importing.refused import report_key
    from chalicelib.jobs.importing.store import write_report

    query = request.parameters(ReportQuery)
    job = found(request.path["job"])
    perennial = wiring.perennial()
    key = report_key(job.id, query.format)
    ended_early = job.kind == KIND and job.status in (Status.CANCELLED, Status.FAILED)
    if ended_early and (parts := dict(job.cursor or {}).get("parts")):
        write_report(perennial.files, job.id, parts)
    if job.kind != KIND or perennial.files.size(key) is None:
        raise Refused(404, "no_report", "There is none: no row was refused, or the import is not done.")
    link = perennial.files.download_link(key, f"{job.id}.{query.format}")
    return Report(url=link, expires_at=perennial.now() + timedelta(hours=1))


def _new_key(now: datetime) -> str:
    return f"{FOLDER}uploads/{now:%Y%m%d}-{secrets.token_hex(16)}"


def _check_mapping(mapping: str | dict[str, Any], format: str) -> None:
    from chalicelib.jobs.importing.mapping import Definition, check
    from chalicelib.jobs.importing.store import definition
    from chalicelib.tracking.problems import Invalid

    if isinstance(mapping, str):
        try:
            known = definition(mapping)
        except KeyError as unknown:
            message = "There is no mapping of that name; GET /v1/imports/mappings lists them."
            raise Refused(400, "unknown_mapping", message) from unknown
        if format not in known.formats:
            message = f"This mapping reads {' and '.join(known.formats)}."
            raise Refused(400, "invalid_import", message)
        return
    message = "The mapping cannot be used as it is."
    try:
        check(Definition.model_validate(mapping))
    except Invalid as unsound:
        raise Refused(400, "invalid_mapping", message, [one.details() for one in unsound.problems]) from unsound
    except ValidationError as unsound:
        told = [
            {"path": ".".join(["mapping", *map(str, each["loc"])]), "problem": each["msg"], "hint": "docs/IMPORT.md"}
            for each in unsound.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise Refused(400, "invalid_mapping", message, told) from unsound
