"""What people may ask of the data that is held about them: to have all of it, and to have it erased."""

from __future__ import annotations

from typing import Any, Final

from chalice.app import Response
from pydantic import Field

from chalicelib import wiring
from chalicelib.api.answers import Model, Strict
from chalicelib.api.http import Request, Routes, respond
from chalicelib.api.jobs import JobState, caller, found, shown
from chalicelib.errors import Refused
from chalicelib.tracking.call import LONGEST_ID
from chalicelib.tracking.event import USER, subject_ids

READ: Final = "customers:read"
ERASE: Final = "customers:erase"
MOST_PAGES: Final = 15  # of records that one answer is made of
LARGEST: Final = 2_000_000  # bytes of one answer

routes: Final = Routes("privacy")


class ExportQuery(Strict):
    """What to export."""

    job: str | None = Field(None, max_length=100, description="The job of an export that was too large: its files.")


class File(Model):
    """A file of an export: JSON lines, each a record with its `kind`."""

    name: str
    link: str = Field(description="Good for an hour, for whoever has it.")


class Export(Model):
    """Everything that is kept about a person. One of `records`, `job` and `files` says where it is."""

    customer: str
    records: list[dict[str, Any]] | None = Field(description="All of it, if it fits an answer.")
    job: JobState | None = Field(description="What is writing it into files, if it does not.")
    files: list[File] = Field(description="The files, once the job is done; they are forgotten after 30 days.")


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}/export",
    scope=READ,
    query=ExportQuery,
    response=Export,
    problems=("customer_not_found", "unknown_job"),
    later=True,
)
def export_customer(request: Request) -> Response:
    """Everything that is kept about a person: events, traits, facts, consents, stages, enrolments, messages, ids.

    What fits an answer is answered; of more, a job writes files, and the answer is 202. Ask again with `job` for them.
    What was given up (`GET /v1/failures`) is no part of it: copies, and reports that nobody could read.
    """
    query = request.parameters(ExportQuery)
    subject = _subject(request.path["customer"])
    if query.job is not None:
        return respond(_files(subject, query.job))
    records = _records(subject)
    if records is not None:
        return respond(Export(customer=subject, records=records, job=None, files=[]))
    job = wiring.perennial().privacy.start_for("export", subject, caller(request))
    return respond(Export(customer=subject, records=None, job=shown(job), files=[]), 202)


@routes.endpoint(
    "DELETE",
    "/v1/customers/{customer}",
    scope=ERASE,
    response=JobState,
    problems=("customer_not_found",),
    later=True,
)
def erase_customer(request: Request) -> Response:
    """Erase a person everywhere, under every id: answered with 202 and the job that does it.

    Nothing more is sent from the moment the job begins. What remains is a keyed hash of each address, so that it stays
    suppressed, and for 30 days a hash of each id, so that late events bring nobody back. This cannot be undone.

    The job counts what it erased, place by place: `events`, `sends`, `parked_calls`, and of what was given up
    `dead_letters` and `failed_records` among them. `dead_letters_unseen` counts letters that somebody else held.
    """
    subject = _subject(request.path["customer"])
    job = wiring.perennial().privacy.start_for("erase", subject, caller(request))
    return respond(shown(job), 202)


def _subject(spoken: str) -> str:
    """Whom an id means. Refused: 404 `customer_not_found`."""
    from chalicelib.customers.identity import customer_id

    subject = customer_id(spoken)
    try:
        subject_ids(subject)
        known = len(subject.encode()) <= LONGEST_ID + len(USER) and wiring.perennial().is_known(subject)
    except ValueError:
        known = False
    if not known:
        raise Refused(404, "customer_not_found", f"Nobody is known by {spoken[:LONGEST_ID]!r}.")
    return subject


def _records(subject: str) -> list[dict[str, Any]] | None:
    """Everything, or None if that is too much for one answer."""
    from pydantic_core import to_json

    from chalicelib.jobs.persons import Asked
    from chalicelib.jobs.persons.export import Place, page
    from chalicelib.jobs.persons.store import PersonFinder

    perennial = wiring.perennial()
    person = PersonFinder(perennial.db).find(Asked(subject), perennial.now())
    place: Place | None = Place()
    records: list[dict[str, Any]] = []
    size = 0
    for _ in range(MOST_PAGES + len(person.subjects) * 4):
        if place is None:
            return records
        found, place = page(person, place, perennial.db)
        records += found
        size += len(to_json(found))
        if size > LARGEST:
            return None
    return records if place is None else None


def _files(subject: str, id: str) -> Export:
    from chalicelib.jobs.persons.export import exports_of

    perennial = wiring.perennial()
    job, files = found(id), perennial.files
    subject = perennial.customers.find(subject).customer
    names = [name for name in (job.report or {}).get("files", ()) if str(name).startswith(exports_of(subject))]
    if job.kind != "export" or (job.status.over and not names):
        raise Refused(404, "unknown_job", "That job exports nothing about this customer.")
    kept = [
        File(name=name.rpartition("/")[2], link=files.download_link(name, name.rpartition("/")[2])) for name in names
    ]
    return Export(customer=subject, records=None, job=shown(job), files=kept if job.status.over else [])
