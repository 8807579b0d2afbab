"""Tasks: whom to call and what to do, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlencode

from chalice.app import Response
from pydantic import AwareDatetime, Field, StrictBool, StringConstraints, model_validator

from chalicelib import wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes, opened, sealed
from chalicelib.api.sheets import Asked, sheet, wants_sheet
from chalicelib.customers.consent import BY_PEOPLE
from chalicelib.errors import Refused, Transient
from chalicelib.journeys.send import TASKS, Send
from chalicelib.messages import tasks
from chalicelib.tracking import contact

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.customers.facts import Facts

READ: Final = "tasks:read"
WRITE: Final = "tasks:write"

routes: Final = Routes("tasks")

LONGEST_WAIT: Final = timedelta(days=366)
_ATTEMPTS: Final = 5
_KEY: Final = {"pk", "sk", "due_shard", "due_at"}

By = Literal["phone", "post", "other"]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class TasksQuery(Asked):
    """Which tasks to list."""

    owner: Short | None = Field(None, description="Only those of this owner.")
    by: By | None = Field(None, description="Only those by phone, by post, or others.")
    limit: int = Field(50, ge=1, le=100, description="Look through at most this many.")
    cursor: str | None = Field(None, max_length=2_000, description="The `cursor` of the page before.")


class Task(Model):
    """Something that a person is to do."""

    id: str
    customer: str
    title: str
    text: str
    by: By
    owner: str | None
    due: Moment | None = Field(description="Until when; null when it is over.")
    late: bool
    journey: str
    step: str
    made_at: Moment
    name: str | None = Field(description="What the customer is called.")
    contact: str | None = Field(
        description="The number, or the address. Null if the customer wants no calls any more, or if the number has no "
        "country code."
    )
    do_not_call: bool = Field(description="The customer has said no since the task was made: close it, do not call.")
    outcome: tasks.Outcome | None
    closed_at: Moment | None


class Tasks(Model):
    """A page of the open tasks, the longest due first; `cursor` asks for the next, null at the end. A page may hold
    fewer than `limit`, because those of others are passed over."""

    tasks: list[Task]
    cursor: str | None


class TaskOwner(Strict):
    """Whose a task is."""

    owner: Short | None = Field(description="Null: nobody's in particular.")


class TaskReport(Strict):
    """What came of a task."""

    outcome: tasks.Outcome
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] | None = None
    by: Short | None = Field(None, description="Who did it.")
    again_at: AwareDatetime | None = Field(None, description="With `no_answer`: try again; the task stays open.")
    do_not_call: StrictBool = Field(
        False, description="The customer wants no more calls, or letters: consent is withdrawn."
    )

    @model_validator(mode="after")
    def _again_after_no_answer(self) -> TaskReport:
        if self.again_at is not None and (self.outcome != "no_answer" or self.do_not_call):
            raise ValueError("again_at goes with no_answer, and not with do_not_call")
        return self


@routes.endpoint("GET", "/v1/tasks", scope=READ, query=TasksQuery, response=Tasks, sheet=True)
def list_tasks(request: Request) -> Tasks | Response:
    """What is to be done, the longest due first.

    As CSV (`format=csv`) for a spreadsheet or a dialler; no cell of it is run as a formula, and a header `Link` leads
    to the next page.
    """
    query = request.parameters(TasksQuery)
    rows, after = wiring.perennial().tasks.open(query.limit, _start(query.cursor))
    found = [_shown(row) for row in rows]
    wanted = [task for task in found if query.owner in (None, task.owner) and query.by in (None, task.by)]
    if wants_sheet(request, query):
        columns = ["id", "due", "title", "text", "by", "owner", "name", "contact", "do_not_call", "customer", "journey"]
        cells = [task.model_dump(mode="json") for task in wanted]
        answer = sheet("tasks", columns, [[cell[column] for column in columns] for cell in cells])
        return _with_next(answer, query, after)
    return Tasks(tasks=wanted, cursor=sealed(json.dumps(after)) if after else None)


@routes.endpoint("GET", "/v1/tasks/{task}", scope=READ, response=Task, problems=("unknown_task",))
def read_task(request: Request) -> Task:
    """One task, open or closed."""
    return _shown(_found(request.path["task"]))


@routes.endpoint(
    "POST",
    "/v1/tasks/{task}/owner",
    scope=WRITE,
    request=TaskOwner,
    response=Task,
    problems=("unknown_task", "task_is_closed", "task_changed"),
)
def hand_over_task(request: Request) -> Task:
    """Say whose an open task is: somebody takes it, hands it over, or gives it back to everybody."""
    wanted, row = request.json(TaskOwner), _found(request.path["task"])
    came = tasks.outcome(row)
    if came is not None:
        raise Refused(409, "task_is_closed", f"The task was closed before: {came[0]}.")
    changed = tasks.handed_over(row, wanted.owner)
    if changed is not row and not wiring.perennial().tasks.save(row, changed):
        raise Refused(409, "task_changed", "Somebody else changed the task at the same moment: read it again.")
    return _shown(changed)


@routes.endpoint(
    "POST",
    "/v1/tasks/{task}",
    scope=WRITE,
    request=TaskReport,
    response=Task,
    problems=("unknown_task", "task_is_closed", "too_far_away", "not_a_call"),
)
def close_task(request: Request) -> Task:
    """Say what came of a task.

    It becomes an event of the customer, `Task Completed` with its `outcome`, for which journeys may wait. To say the
    same again changes nothing, but that `do_not_call` may be said later, too. With `again_at`, up to a year ahead, a
    task that reached nobody stays open until then.
    """
    report, row = request.json(TaskReport), _found(request.path["task"])
    row = _reported(row, report)
    came = tasks.outcome(row)
    if came is not None and came[0] != report.outcome:
        raise Refused(409, "task_is_closed", f"The task was closed before: {came[0]}.")
    wiring.perennial().events.store(tasks.events(row, report.note, report.by))
    return _shown(row)


def _reported(row: Send, report: TaskReport) -> Send:
    """The row of a task as the report leaves it, or as somebody closed it who was faster. Who only handed it over, or
    put it off, is no reason to lose what came of it."""
    perennial = wiring.perennial()
    if report.again_at is not None and report.again_at > perennial.now() + LONGEST_WAIT:
        raise Refused(400, "too_far_away", "again_at is more than a year ahead.")
    if report.do_not_call and (row.said or {}).get("by") not in BY_PEOPLE:
        advice = "Say it of the channel that it is about: POST /v1/customers/{customer}/consents."
        raise Refused(400, "not_a_call", f"The task is no call and no letter, so do_not_call means nothing. {advice}")
    for _ in range(_ATTEMPTS):
        changed = _after(row, report, perennial.now())
        if changed is row or perennial.tasks.save(row, changed):
            return changed
        again = perennial.tasks.find(row.customer, row.id)
        if again is None:
            raise Refused(404, "unknown_task", "There is no task of that id any more.")
        row = again
    raise Transient(f"{row.id} kept changing while it was read")


def _after(row: Send, report: TaskReport, now: datetime) -> Send:
    """The row after a report; the same row where that changes nothing."""
    came = tasks.outcome(row)
    if came is not None:
        return tasks.unwanted(row, now) if report.do_not_call and came[0] == report.outcome else row
    if report.again_at is not None:
        return tasks.put_off(row, report.again_at)
    return tasks.ended(row, report.outcome, now, unwanted=report.do_not_call)


def _with_next(answer: Response, query: TasksQuery, after: Any) -> Response:
    """The sheet with the address of the next page (RFC 8288), if there is one."""
    if after:
        asked = {**query.model_dump(exclude_none=True, exclude={"cursor"}), "cursor": sealed(json.dumps(after))}
        answer.headers["Link"] = f'</v1/tasks?{urlencode(asked)}>; rel="next"'
    return answer


def _found(id: str) -> Send:
    try:
        send, _, customer = opened(id).partition("#")
    except ValueError:
        send, customer = "", ""
    row = wiring.perennial().tasks.find(customer, send) if send and customer else None
    if row is None:
        raise Refused(404, "unknown_task", "There is no task of that id.")
    return row


def _start(cursor: str | None) -> Any:
    if cursor is None:
        return None
    try:
        start = json.loads(opened(cursor))
    except ValueError as unreadable:
        raise Refused(400, "invalid_parameters", "That is not a cursor of this list.") from unreadable
    theirs = isinstance(start, dict) and all(isinstance(part, str) for part in start.values())
    if not theirs or start.keys() != _KEY or start["due_shard"] != TASKS:
        raise Refused(400, "invalid_parameters", "That is not a cursor of this list.")
    return start


def _shown(row: Send) -> Task:
    """A task with what is known of its customer now: who has said no since is not to be called."""
    perennial = wiring.perennial()
    said, now = row.said or {}, perennial.now()
    state = perennial.customers.find(row.customer)
    by: Any = said.get("by", "other")
    traits = perennial.customers.profile(state.customer).values
    withdrawn = by in BY_PEOPLE and state.facts.consent_status(by) == "withdrawn"
    unwanted = withdrawn or (by == "phone" and _uncalled(traits.get("phone"), state.facts))
    came = tasks.outcome(row)
    return Task(
        id=sealed(f"{row.id}#{row.customer}"),
        customer=state.customer,
        title=str(said.get("title", "")),
        text=str(said.get("text", "")),
        by=by,
        owner=said.get("owner"),
        due=row.todo,
        late=row.todo is not None and row.todo < now,
        journey=row.journey,
        step=row.step,
        made_at=row.planned_at,
        name=_name(traits),
        contact=None if unwanted else _contact(by, traits),
        do_not_call=unwanted,
        outcome=came[0] if came else None,
        closed_at=came[1] if came else None,
    )


def _uncalled(number: object, facts: Facts) -> bool:
    """Whether a number is on the list of those whom nobody is to call."""
    from chalicelib.customers.do_not_call import marks
    from chalicelib.customers.do_not_call.store import DoNotCall

    perennial = wiring.perennial()
    found = marks(perennial.secrets_named("pii"), number) if isinstance(number, str) else ()
    listed = DoNotCall(perennial.db).find(found)
    return listed is not None and listed.stands(facts)


def _name(traits: Mapping[str, Any]) -> str | None:
    whole = traits.get("name")
    parts = [whole] if isinstance(whole, str) and whole else [traits.get("first_name"), traits.get("last_name")]
    return " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip()) or None


def _contact(by: By, traits: Mapping[str, Any]) -> str | None:
    if by == "phone":
        # One without its country cannot be compared with the lists of those whom nobody is to call.
        return traits["phone"] if contact.phone(traits.get("phone")) else None
    if by == "post":
        address = traits.get("address")
        parts = address.values() if isinstance(address, Mapping) else [address]
        return ", ".join(str(part) for part in parts if isinstance(part, str | int) and str(part).strip()) or None
    return None
