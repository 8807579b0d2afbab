"""Tasks by the API: the list, and what came of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.journeys.send import Send, Status
from chalicelib.messages.tasks import ended, handed_over
from chalicelib.messages.tasks.store import TaskStore
from tests.fakes.world import World
from tests.flow.story import says
from tests.messages.test_task import task
from tests.messages.test_webhook import webhook


@pytest.fixture
def called(world: World) -> World:
    """Ada, who may be called, and may not be written to."""
    traits = {"first_name": "=Ada", "phone": "+40 721 000 000", "address": {"street": "1 High Street", "city": "Bath"}}
    says(world, "identify", "ada", traits=traits)
    world.settle()
    return world


def listed(world: World, number: int = 1, *, by: str = "phone", owner: str = "support", hours: float = 48) -> Send:
    """A task on the list."""
    said = {"title": "Call Ada", "text": "=1+1", "by": by, "owner": owner}
    made = {"status": Status.SENT, "said": said, "todo": world.now + timedelta(hours=hours), "due_at": None}
    row = task(id=f"20261122T0900-{number}", **made)
    world.platform.put(resources.SENDS, row.to_item())
    return row


def tasks(world: World, **query: Any) -> Any:
    answer = world.ask("GET", "/v1/tasks", **query)
    assert answer.status == 200, answer.text
    return answer.json()["tasks"]


def completed(world: World) -> list[dict[str, Any]]:
    world.settle()
    return [item for item in world.items(resources.EVENTS) if item["name"] == "Task Completed"]


def test_the_list_says_whom_to_call_and_why(called: World) -> None:
    listed(called)
    (found,) = tasks(called)
    assert (found["title"], found["text"], found["by"], found["owner"]) == ("Call Ada", "=1+1", "phone", "support")
    assert (found["name"], found["contact"], found["customer"]) == ("=Ada", "+40 721 000 000", "u#ada")
    assert (found["do_not_call"], found["late"], found["outcome"]) == (False, False, None)
    assert called.ask("GET", f"/v1/tasks/{found['id']}").json() == found


def test_the_longest_due_is_first_and_pages_follow_each_other(called: World) -> None:
    for number, hours in ((1, 5), (2, -1), (3, 3)):
        listed(called, number, hours=hours)
    assert [one["late"] for one in tasks(called)] == [True, False, False]
    first = called.ask("GET", "/v1/tasks", limit=2).json()
    second = called.ask("GET", "/v1/tasks", limit=2, cursor=first["cursor"]).json()
    assert len(first["tasks"]) + len(second["tasks"]) == 3
    assert called.ask("GET", "/v1/tasks", cursor="nonsense").status == 400


def test_the_list_of_one_owner_and_of_one_kind(called: World) -> None:
    listed(called, 1, owner="ann")
    listed(called, 2, by="post")
    assert [one["owner"] for one in tasks(called, owner="ann")] == ["ann"]
    assert [one["contact"] for one in tasks(called, by="post")] == ["1 High Street, Bath"]


def test_who_has_said_no_since_is_not_called(called: World) -> None:
    listed(called)
    said = {"action": "unsubscribe", "channel": "phone", "source": "call centre"}
    assert called.ask("POST", "/v1/customers/ada/consents", said).status == 200
    called.settle()
    (found,) = tasks(called)
    assert (found["do_not_call"], found["contact"]) == (True, None)


def test_a_spreadsheet_runs_no_cell_of_it(called: World) -> None:
    listed(called)
    rows = list(csv.DictReader(io.StringIO(called.ask("GET", "/v1/tasks", format="csv").text)))
    assert (rows[0]["text"], rows[0]["name"], rows[0]["contact"]) == ("'=1+1", "'=Ada", "'+40 721 000 000")


def test_what_came_of_it_is_an_event_of_the_customer_once(called: World) -> None:
    row = listed(called)
    (found,) = tasks(called)
    report = {"outcome": "done", "note": "was happy", "by": "Ann"}
    first = called.ask("POST", f"/v1/tasks/{found['id']}", report)
    assert (first.status, first.json()["outcome"], first.json()["due"]) == (200, "done", None)
    called.wait(timedelta(minutes=1))
    assert called.ask("POST", f"/v1/tasks/{found['id']}", report).json() == first.json()
    (event,) = completed(called)
    assert (event["pk"], event["sk"].endswith(f"#task-{row.id}")) == ("u#ada", True)
    assert tasks(called) == []
    other = called.ask("POST", f"/v1/tasks/{found['id']}", {"outcome": "refused"})
    assert (other.status, other.json()["code"]) == (409, "task_is_closed")


def test_who_does_not_answer_may_be_tried_again(called: World) -> None:
    listed(called)
    (found,) = tasks(called)
    again = {"outcome": "no_answer", "again_at": "2026-12-24T10:00:00Z"}
    assert called.ask("POST", f"/v1/tasks/{found['id']}", again).json()["due"] == "2026-12-24T10:00:00.000Z"
    assert completed(called) == []
    assert called.ask("POST", f"/v1/tasks/{found['id']}", {"outcome": "no_answer"}).json()["outcome"] == "no_answer"
    assert len(completed(called)) == 1
    bad = {"outcome": "done", "again_at": "2026-12-24T10:00:00Z"}
    assert called.ask("POST", f"/v1/tasks/{found['id']}", bad).status == 400


def test_who_wants_no_more_calls_gets_none(called: World) -> None:
    listed(called)
    (found,) = tasks(called)
    assert called.ask("POST", f"/v1/tasks/{found['id']}", {"outcome": "refused", "do_not_call": True}).status == 200
    called.settle()
    standing = called.ask("GET", "/v1/customers/ada/consents").json()["consents"]
    assert [(one["to"], one["status"]) for one in standing] == [("phone", "withdrawn")]


def test_a_no_that_is_said_after_the_task_was_closed_is_not_lost(called: World) -> None:
    listed(called)
    (found,) = tasks(called)
    for report in ({"outcome": "refused"}, {"outcome": "refused", "do_not_call": True}) * 2:
        assert called.ask("POST", f"/v1/tasks/{found['id']}", report).status == 200
        called.wait(timedelta(minutes=1))
    assert len(completed(called)) == 1
    assert [item["name"] for item in called.items(resources.EVENTS)].count("Unsubscribed") == 1
    standing = called.ask("GET", "/v1/customers/ada/consents").json()["consents"]
    assert [(one["to"], one["status"]) for one in standing] == [("phone", "withdrawn")]
    later = {"outcome": "no_answer", "again_at": "2026-12-24T10:00:00Z", "do_not_call": True}
    assert called.ask("POST", f"/v1/tasks/{found['id']}", later).status == 400, "nobody is called again who says no"


def test_a_no_to_what_is_no_call_is_not_taken_silently(called: World) -> None:
    listed(called, by="other")
    (found,) = tasks(called)
    answer = called.ask("POST", f"/v1/tasks/{found['id']}", {"outcome": "refused", "do_not_call": True})
    assert (answer.status, answer.code) == (400, "not_a_call")


def test_a_number_that_lost_its_country_is_not_shown(called: World) -> None:
    listed(called)
    called.ask("POST", "/v1/do-not-call", {"add": ["+40721000000"]})
    said = {"type": "identify", "userId": "ada", "messageId": "m9", "traits": {"phone": "0721 000 000"}}
    assert called.ask("POST", "/v1/batch", {"batch": [said]}).status == 200
    called.settle()
    (found,) = tasks(called)
    assert (found["contact"], found["name"]) == (None, "=Ada")


def test_nobody_puts_a_task_off_for_ever(called: World) -> None:
    listed(called)
    (found,) = tasks(called)
    report = {"outcome": "no_answer", "again_at": "9999-12-31T10:00:00Z"}
    answer = called.ask("POST", f"/v1/tasks/{found['id']}", report)
    assert (answer.status, answer.code) == (400, "too_far_away")
    assert len(tasks(called)) == 1


class Busy(TaskStore):
    """A list on which somebody else does something just before each of the first changes."""

    def __init__(self, db: Database, *others: Callable[[Send], Send]) -> None:
        super().__init__(db)
        self.others = list(others)

    def save(self, old: Send, new: Send) -> bool:
        if self.others:
            now = self.find(old.customer, old.id)
            assert now is not None
            assert super().save(now, self.others.pop(0)(now))
        return super().save(old, new)


def test_what_came_of_it_is_kept_though_somebody_takes_the_task_at_that_moment(called: World) -> None:
    listed(called)
    (found,) = tasks(called)
    api = called.containers["api"]
    api.tasks = Busy(api.db, lambda row: handed_over(row, "Ann"), lambda row: handed_over(row, "Bob"))
    answer = called.ask("POST", f"/v1/tasks/{found['id']}", {"outcome": "done"})
    assert (answer.status, answer.json()["outcome"], answer.json()["owner"]) == (200, "done", "Bob")
    assert len(completed(called)) == 1


@pytest.mark.parametrize(("second", "status"), [("done", 200), ("refused", 409)])
def test_of_two_who_close_it_at_one_moment_the_first_is_believed(called: World, second: str, status: int) -> None:
    listed(called)
    (found,) = tasks(called)
    api, now = called.containers["api"], called.now
    api.tasks = Busy(api.db, lambda row: ended(row, "done", now))
    assert called.ask("POST", f"/v1/tasks/{found['id']}", {"outcome": second}).status == status
    (row,) = (Send.from_item(item) for item in called.items(resources.SENDS))
    assert row.outcomes == {"done_at": now}


@pytest.mark.parametrize("id", ["nonsense", "YQ", "YSNi", "%00", "x" * 5_000])
def test_what_is_no_task_is_not_there(called: World, id: str) -> None:
    assert called.ask("GET", f"/v1/tasks/{id}").status == 404
    assert called.ask("POST", f"/v1/tasks/{id}", {"outcome": "done"}).status == 404


def test_receivers_of_webhooks_are_told_the_secrets(world: World) -> None:
    secrets = world.ask("GET", "/v1/webhooks/secret").json()["secrets"]
    assert secrets
    assert all(secret.startswith("whsec_") for secret in secrets)


def test_the_timeline_shows_a_task_and_a_call_to_another_system(called: World) -> None:
    listed(called)
    called.platform.put(resources.SENDS, webhook(id="20261122T0900-9", customer="u#ada").to_item())
    timeline = called.customer("ada", timeline=10)["timeline"]
    shown = {entry["details"]["channel"]: entry["title"] for entry in timeline if entry["kind"] == "message"}
    assert shown == {"task": "Call Ada", "webhook": "hello"}


def test_a_task_is_taken_handed_over_and_given_back(called: World) -> None:
    listed(called)
    (found,) = tasks(called)
    for owner in ("Ann", "Ann", "Bob", None):
        answer = called.ask("POST", f"/v1/tasks/{found['id']}/owner", {"owner": owner})
        assert (answer.status, answer.json()["owner"], answer.json()["title"]) == (200, owner, "Call Ada")
        assert [one["owner"] for one in tasks(called)] == [owner]
    assert called.ask("POST", f"/v1/tasks/{found['id']}/owner", {"owner": ""}).status == 400
    called.ask("POST", f"/v1/tasks/{found['id']}", {"outcome": "done"})
    closed = called.ask("POST", f"/v1/tasks/{found['id']}/owner", {"owner": "Ann"})
    assert (closed.status, closed.json()["code"]) == (409, "task_is_closed")


def test_a_sheet_leads_to_its_next_page(called: World) -> None:
    for number in range(3):
        listed(called, number)
    first = called.ask("GET", "/v1/tasks", format="csv", limit=2, owner="support")
    link = str(first.headers["link"])
    assert link.endswith('>; rel="next"')
    query = {name: value for name, (value,) in parse_qs(link.partition("?")[2].partition(">")[0]).items()}
    second = called.ask("GET", "/v1/tasks", **query)
    assert "link" not in second.headers
    rows = [row for page in (first, second) for row in csv.DictReader(io.StringIO(page.text))]
    assert len({row["id"] for row in rows}) == 3


def do_not_call(world: World, **numbers: list[str]) -> Any:
    answer = world.ask("POST", "/v1/do-not-call", {"source": "register", **numbers})
    assert answer.status == 202, answer.text
    world.settle()
    return world.ask("GET", f"/v1/jobs/{answer.json()['id']}").json()


def test_a_number_of_a_register_is_shown_to_nobody(called: World) -> None:
    listed(called)
    job = do_not_call(called, add=["0040 721 000 000", "+40 722 000 000"])
    assert (job["status"], job["counts"]) == ("done", {"added": 2, "removed": 0})
    assert (tasks(called)[0]["do_not_call"], tasks(called)[0]["contact"]) == (True, None)
    asked = called.ask("GET", "/v1/do-not-call", phone="+40721000000").json()
    assert (asked["listed"], asked["source"]) == (True, "register")
    do_not_call(called, remove=["+40721000000"])
    assert (tasks(called)[0]["do_not_call"], tasks(called)[0]["contact"]) == (False, "+40 721 000 000")
    assert called.ask("GET", "/v1/do-not-call", phone="+40721000000").json() == {
        "listed": False,
        "since": None,
        "source": None,
    }


def test_the_list_tells_nobody_whose_numbers_they_are(called: World) -> None:
    do_not_call(called, add=["+40721000000"])
    kept = [item for item in called.items(resources.CUSTOMERS) if item["pk"].startswith("uncalled#")]
    jobs = [item for item in called.items(resources.WORK) if item["pk"] == "job"]
    assert len(kept) == 1
    assert "721000000" not in repr([*kept, *jobs])


def test_what_is_no_number_is_told_by_its_place(called: World) -> None:
    answer = called.ask("POST", "/v1/do-not-call", {"add": ["+40721000000", "0721 000 000"], "remove": ["x"]})
    assert (answer.status, answer.json()["code"]) == (400, "invalid_number")
    assert answer.json()["details"] == {"fields": ["add[1]", "remove[0]"]}
    assert called.ask("GET", "/v1/do-not-call", phone="call me").status == 400
