"""Imports as a marketer asks for them, and as they must end whatever happens to them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

import pytest

from chalicelib.aws.files import Files
from chalicelib.jobs.cells import safe
from chalicelib.jobs.importing.refused import as_csv, json_lines, remark, report_key
from chalicelib.jobs.importing.rows import PIECE
from chalicelib.jobs.job import KIND, Job, Status
from chalicelib.jobs.run import WITHIN, Runner
from chalicelib.jobs.store import JobStore
from chalicelib.resources import ENROLMENTS, EVENTS, SENDS, WORK
from tests.fakes.database import MemoryDatabase
from tests.fakes.files import MemoryFiles
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets
from tests.fakes.world import World
from tests.flow.story import joins
from tests.review.faults import Crash

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PEOPLE = (
    "id,email,phone,First Name,created_at\n"
    "ada,ada@example.com,+447700900123,Ada,2024-01-02\n"
    "bob,not an address,,Bob,2024-01-02\n"
    "cyd,cyd@example.com,n/a,=HYPERLINK(),2024-01-02\n"
)


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def imported(world: World, data: str, kind: str = "customers", format: str = "csv", **more: Any) -> dict[str, Any]:
    """An import that is over, as its job says."""
    asked = world.ask("POST", "/v1/imports", {"kind": kind, "format": format, "data": data, **more})
    assert asked.status == 200, asked.text
    world.settle()
    done: dict[str, Any] = world.ask("GET", f"/v1/jobs/{asked.json()['id']}").json()
    return done


def files(world: World) -> MemoryFiles:
    assert isinstance(world.platform, Fakes)
    return world.platform.files


# --- what an import does ---


def test_rows_become_customers_and_the_rest_is_told(world: World) -> None:
    job = imported(world, PEOPLE)
    assert job["status"] == "done"
    assert job["counts"] == {
        "rows": 3, "imported": 2, "refused": 1, "incomplete": 1, "events": 2, "new": 2, "bytes": len(PEOPLE),
    }  # fmt: skip
    assert world.customer("ada")["traits"]["first_name"] == "Ada"
    assert world.ask("GET", "/v1/customers/bob").status == 404


def test_the_report_names_line_column_and_reason_and_is_no_formula(world: World) -> None:
    job = imported(world, PEOPLE)
    link = world.ask("GET", f"/v1/imports/{job['id']}/report").json()
    assert job["id"] in link["url"]
    listed = [json.loads(line) for line in files(world).held[report_key(job["id"], "jsonl")].splitlines()]
    assert [(each["line"], each["imported"], each["column"]) for each in listed] == [
        (3, False, "email"),
        (4, True, "phone"),
    ]
    assert listed[0]["problem"] == "this is not a mail address"
    assert listed[0]["row"] == "bob,not an address,,Bob,2024-01-02"
    sheet = files(world).held[report_key(job["id"], "csv")].decode("utf-8-sig")
    assert (
        sheet.splitlines()[1] == '"3","False","email","this is not a mail address","bob,not an address,,Bob,2024-01-02"'
    )
    whole = imported(world, "id\n1\n")["id"]
    assert world.ask("GET", f"/v1/imports/{whole}/report").status == 404


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_report_is_a_formula(start: str) -> None:
    assert safe(f"{start}cmd") == f"'{start}cmd"
    sheet = as_csv(json_lines([remark(2, "wrong", f"{start}cmd|' /C calc'!A0", f"{start}column")])).decode("utf-8-sig")
    assert f'"\'{start}column"' in sheet
    assert safe("fine") == "fine"


def test_the_same_file_again_adds_nothing(world: World) -> None:
    imported(world, PEOPLE)
    before = world.items(EVENTS)
    world.wait(timedelta(days=40))  # longer than anybody remembers message ids
    again = imported(world, PEOPLE)
    assert again["counts"]["new"] == 0
    assert world.items(EVENTS) == before


def test_rows_without_a_time_get_that_of_the_files_first_import(world: World) -> None:
    imported(world, "id,plan\nada,gold\n")
    before = world.items(EVENTS)
    world.wait(timedelta(days=40))
    assert imported(world, "id,plan\nada,gold\n")["counts"]["new"] == 0
    assert world.items(EVENTS) == before
    imported(world, "id,plan\nada,silver\n")
    assert world.customer("ada")["traits"]["plan"] == "silver", "a newer file says something newer"


def test_rows_that_stand_in_another_file_too_are_stored_once(world: World) -> None:
    imported(world, PEOPLE)
    more = imported(world, PEOPLE + "dan,dan@example.com,,Dan,2024-01-02\n")
    assert (more["counts"]["events"], more["counts"]["new"]) == (3, 1)


def test_nobody_is_written_to_for_the_past(world: World) -> None:
    world.publish("welcome", "win_back")
    imported(world, "id,email,created_at\nada,ada@example.com,2024-01-02\n")
    consents = "id,email,status,at\nada,ada@example.com,subscribed,2024-01-02\n"
    imported(world, consents, "consents")
    orders = "order_id,customer_id,created_at,total,currency\nA-1,ada,2026-11-22T09:59:59Z,10,GBP\n"
    imported(world, orders, "orders")
    world.tick()
    world.settle()
    assert world.customer("ada")["orders"]["count"] == 1
    assert world.customer("ada")["consents"][0]["granted"] is True
    assert (world.mails(), world.items(ENROLMENTS), world.items(SENDS)) == ([], [], [])
    joins(world, "bob")
    world.settle()
    assert len(world.mails("bob@example.com")) == 1, "a live one is greeted"


def test_orders_are_counted_with_their_products(world: World) -> None:
    rows = (
        "order_id,customer_id,created_at,total,currency,product_id,quantity,price,status\n"
        "A-1,ada,2024-01-02,25,GBP,tea,2,10,paid\nA-1,,,,,post,1,5,\nA-2,ada,2024-02-02,7,GBP,cup,1,7,refunded\n"
    )
    assert imported(world, rows, "orders")["counts"]["imported"] == 3
    assert float(world.customer("ada")["orders"]["revenue"]) == 25
    assert len(world.items(EVENTS)) == 3


def test_a_bounced_address_is_suppressed(world: World) -> None:
    imported(world, "id,email,status,at\nada,ada@example.com,bounced,2024-01-02\n", "consents")
    (suppression,) = world.customer("ada")["suppressions"]
    assert (suppression["channel"], suppression["reason"]) == ("email", "bounce")


def test_a_file_is_uploaded_and_then_imported(world: World) -> None:
    upload = world.ask("POST", "/v1/imports/uploads").json()
    asked = {"kind": "customers", "format": "csv", "file": {"key": upload["key"]}}
    assert world.ask("POST", "/v1/imports", asked).json()["code"] == "unknown_file"
    files(world).write(upload["key"], PEOPLE.encode("utf-16"))
    world.ask("POST", "/v1/imports", asked)
    world.settle()
    assert world.customer("ada")["traits"]["email"] == "ada@example.com"


REFUSED: list[Any] = [
    ({"format": "csv"}, "invalid_import"),
    ({"format": "csv", "data": "x", "file": {"key": "imports/x"}}, "invalid_import"),
    ({"format": "csv", "file": {"key": "exports/ada.json"}}, "unknown_file"),
    ({"format": "csv", "data": "x", "mapping": "nobody"}, "unknown_mapping"),
    ({"format": "csv", "data": "x", "mapping": "pinpoint-endpoints"}, "invalid_import"),
    ({"format": "csv", "data": "x", "mapping": {"events": [{"event": "Seen"}]}}, "invalid_mapping"),
    ({"format": "csv", "data": "x", "mapping": {"anything": 1}}, "invalid_mapping"),
    ({"format": "csv", "data": "x", "options": {"timezone": "Mars"}}, "invalid_body"),
]


@pytest.mark.parametrize(("asked", "code"), REFUSED)
def test_what_cannot_be_imported_is_refused_at_once(world: World, asked: dict[str, Any], code: str) -> None:
    files(world).write("exports/ada.json", b"{}")
    answer = world.ask("POST", "/v1/imports", {"kind": "customers", **asked})
    assert (answer.status, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("data", "mapping", "why"),
    [
        ("", None, "empty"),
        ("Name\nAda\n", "mailchimp-audience", "no column Email Address"),
        ("\n", None, "names of the"),
    ],
)
def test_what_turns_out_to_be_no_such_file_fails_with_its_reason(
    world: World, data: str, mapping: str | None, why: str
) -> None:
    job = imported(world, data, **({"mapping": mapping} if mapping else {}))
    assert job["status"] == "failed"
    assert why in job["problem"]


def test_a_mapping_of_ones_own(world: World) -> None:
    mapping = {
        "required": ["Kundennummer"],
        "rest": "traits",
        "who": {"userId": "$.Kundennummer"},
        "events": [
            {"type": "identify"},
            {"given": "$.Kauf", "event": "Order Completed", "properties": {"total": "$.Kauf"}},
        ],
    }
    job = imported(world, "Kundennummer;Stadt;Kauf\n7;Wien;12.50\n8;Graz;\n", mapping=mapping)
    assert job["counts"]["events"] == 3
    assert world.customer("7")["traits"] == {"stadt": "Wien"}
    assert world.customer("7")["orders"]["count"] == 1


def test_the_ready_mappings_are_listed(world: World) -> None:
    names = {each["name"] for each in world.ask("GET", "/v1/imports/mappings").json()["mappings"]}
    assert {"pinpoint-endpoints", "parcelvoy-users", "mailchimp-audience", "klaviyo-profiles"} <= names


# --- whatever happens to it ---


@dataclass
class Interrupted:
    """Tables and files, of which call number `at` kills the process: before it happens or just after."""

    held: Any
    calls: Iterator[int]
    at: int
    after: bool

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.held, name)
        if name.startswith("_") or not callable(method):
            return method

        def call(*args: Any, **given: Any) -> Any:
            mine = next(self.calls) == self.at
            if mine and not self.after:
                raise Crash
            answer = method(*args, **given)
            if mine:
                raise Crash
            return answer

        return call


def lines(number: int) -> bytes:
    rows = "".join(f"c{n},{'bad' if n % 7 == 0 else f'c{n}@example.com'},2024-01-02\n" for n in range(number))
    return f"id,email,created_at\n{rows}".encode()


def begun(db: MemoryDatabase, held: Files, data: bytes) -> str:
    held.write("imports/x", data)
    request = {"kind": "customers", "format": "csv", "file": "imports/x", "name": "people", "mapping": "customers"}
    return JobStore(db).start(Job.new("imports", request, "marketing", NOW)).id


def runner(db: Any, held: Any, clock: Callable[[], datetime] = lambda: NOW) -> Runner:
    return Runner(db, held, MemoryQueues(), MemorySecrets(), clock)


def finish(db: MemoryDatabase, working: Runner, id: str) -> Job:
    while True:
        job = JobStore(db).find(id)
        assert job is not None
        if job.status.over:
            return job
        working.work(cast("dict[str, Any]", db.get(WORK, KIND, id)))


def hurried() -> Callable[[], datetime]:
    """A clock that makes every slice end after a few looks at it."""
    looks = count()
    return lambda: NOW + next(looks) * WITHIN / 10


def everything(db: MemoryDatabase, held: MemoryFiles, id: str) -> Any:
    stored = sorted((item["pk"], item["sk"], item["body"]) for item in db.items(EVENTS))
    return stored, held.held.get(report_key(id, "jsonl"))


def test_many_small_slices_come_to_the_same_as_one() -> None:
    whole, many = (MemoryDatabase(), MemoryFiles()), (MemoryDatabase(), MemoryFiles())
    id = begun(*whole, lines(60))
    one = finish(whole[0], runner(*whole), id)
    begun(*many, lines(60))
    sliced = finish(many[0], runner(*many, hurried()), id)
    assert sliced.v > one.v + 5
    assert {**(one.counts or {})} == {**(sliced.counts or {})}
    assert everything(*whole, id) == everything(*many, id)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_import_killed_at_any_call_ends_as_if_it_had_not_been(after: bool) -> None:
    wanted_db, wanted_files = MemoryDatabase(), MemoryFiles()
    id = begun(wanted_db, wanted_files, lines(16))
    wanted = finish(wanted_db, runner(wanted_db, wanted_files, hurried()), id)
    killed = 0
    for at in count():
        db, held, calls = MemoryDatabase(), MemoryFiles(), count()
        begun(db, held, lines(16))
        try:
            finish(db, runner(Interrupted(db, calls, at, after), Interrupted(held, calls, at, after), hurried()), id)
            break
        except Crash:
            killed += 1
        done = finish(db, runner(db, held), id)
        assert done.status is Status.DONE
        for name in ("rows", "imported", "refused", "events", "bytes"):
            assert (done.counts or {})[name] == (wanted.counts or {})[name], (at, name)
        assert everything(db, held, id) == everything(wanted_db, wanted_files, id), at
    assert killed > 20


def test_a_cancelled_import_keeps_what_it_has_done() -> None:
    db, held = MemoryDatabase(), MemoryFiles()
    id = begun(db, held, lines(60))
    working = runner(db, held, hurried())
    working.work(cast("dict[str, Any]", db.get(WORK, KIND, id)))
    JobStore(db).cancel(id)
    job = finish(db, working, id)
    assert job.status is Status.CANCELLED
    assert 0 < (job.counts or {})["rows"] < 60
    assert len(db.items(EVENTS)) == (job.counts or {})["events"]


def test_a_cancelled_import_has_a_report_of_the_rows_it_has_read(world: World) -> None:
    rows = "id,email\n" + "".join(f"{number},no address\n" for number in range(200))
    id = world.ask("POST", "/v1/imports", {"kind": "customers", "format": "csv", "data": rows}).json()["id"]
    db = world.containers["work_jobs"].db
    runner(db, files(world), hurried()).work(cast("dict[str, Any]", db.get(WORK, KIND, id)))
    assert world.ask("GET", f"/v1/imports/{id}/report").code == "no_report", "it goes on"
    assert world.ask("POST", f"/v1/jobs/{id}/cancel").status == 200
    world.settle()
    job = world.ask("GET", f"/v1/jobs/{id}").json()
    assert job["status"] == "cancelled"
    refused = job["counts"]["refused"]
    assert 0 < refused < 200
    assert id in world.ask("GET", f"/v1/imports/{id}/report").json()["url"]
    assert len(files(world).held[report_key(id, "jsonl")].splitlines()) == refused
    assert len(files(world).held[report_key(id, "csv")].decode("utf-8-sig").splitlines()) == refused + 1


class Endless:
    """A file of so many megabytes that is nowhere: each of its rows is a kilobyte and names nobody."""

    row = b"," + b"x" * 1_022 + b"\n"

    def __init__(self, megabytes: int) -> None:
        self.length = megabytes * 1024 * 1024
        self.written = MemoryFiles()

    def size(self, key: str) -> int | None:
        return self.length

    def content_id(self, key: str) -> str:
        return "endless"

    def read(self, key: str, start: int, length: int) -> bytes:
        if key != "imports/x":
            return self.written.read(key, start, length)
        head = b"id,note\n" if start == 0 else b""
        at = (start - 8) % len(self.row) if start else 0
        whole = head + self.row[at:] + self.row * (length // len(self.row) + 1)
        return whole[: min(length, self.length - start)]

    def write(self, key: str, body: bytes, content_type: str = "") -> None:
        self.written.write(key, body)


def test_memory_does_not_grow_with_the_file() -> None:
    peaks = {}
    for megabytes in (12, 36):
        db, held = MemoryDatabase(), Endless(megabytes)
        request = {"kind": "customers", "format": "csv", "file": "imports/x", "name": "people", "mapping": "customers"}
        id = JobStore(db).start(Job.new("imports", request, "marketing", NOW)).id
        working = runner(db, held)
        tracemalloc.start()
        working.work(cast("dict[str, Any]", db.get(WORK, KIND, id)))
        peaks[megabytes] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        job = JobStore(db).find(id)
        assert job is not None
        assert (job.counts or {})["refused"] > 4_000
    assert peaks[36] < peaks[12] + 2 * 1024 * 1024, peaks


def test_a_line_longer_than_a_piece_is_refused_and_read_past() -> None:
    db, held = MemoryDatabase(), MemoryFiles()
    data = b"id,email\nada,ada@example.com\n" + b"y" * (3 * PIECE) + b"\nbob,bob@example.com\n"
    id = begun(db, held, data)
    job = finish(db, runner(db, held), id)
    assert (job.status, (job.counts or {})["imported"], (job.counts or {})["refused"]) == (Status.DONE, 2, 1)
    assert [item["pk"] for item in db.items(EVENTS)] == ["u#ada", "u#bob"]
    (told,) = [json.loads(line) for line in held.held[report_key(id, "jsonl")].splitlines()]
    assert told["line"] == 3
    assert "longer than" in told["problem"]
