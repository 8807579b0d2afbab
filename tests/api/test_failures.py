"""What was given up, as an operator meets it by the API: one list of all places, done again, discarded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.errors import Permanent
from chalicelib.operations.store import LOOKED_AT
from tests.fakes.platforms import Fakes
from tests.fakes.world import World
from tests.flow.story import joins
from tests.operations.test_failures import KEY, batch


def failures(world: World, **query: object) -> list[dict[str, Any]]:
    answer = world.ask("GET", "/v1/failures", **query)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["failures"]
    return found


def act(world: World, what: str, id: str) -> Any:
    return world.ask("POST", f"/v1/failures/{id}/{what}")


@pytest.fixture
def troubled(world: World) -> World:
    """A letter, a batch, and a call that nobody could read."""
    world.platform.give_up("walks", {"customer": "u#ada", "enrolment": "welcome#1"})
    world.platform.give_up_batch(KEY, json.loads(batch()))
    assert world.post("/v1/batch", {"batch": ["what is this"]}).status == 200
    return world


def test_all_places_are_one_list(troubled: World) -> None:
    shown = failures(troubled)
    assert [(one["place"], one["of"], one["count"]) for one in shown] == [
        ("letters", "walks", 1),
        ("batches", "project_events", 2),
        ("parked", shown[2]["of"], 1),
    ]
    assert shown[0]["holds"] == {"customer": "u#ada", "enrolment": "welcome#1"}
    assert shown[1]["why"] == "RetryAttemptsExhausted, tried 101 times"


def test_pages_of_one_lead_through_every_place(troubled: World) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        page = troubled.ask("GET", "/v1/failures", limit=1, **({"cursor": cursor} if cursor else {})).json()
        seen += [one["place"] for one in page["failures"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == ["letters", "batches", "parked"]


def test_one_place_one_queue_one_reason(troubled: World) -> None:
    assert [one["place"] for one in failures(troubled, place="batches")] == ["batches"]
    assert [one["of"] for one in failures(troubled, of="walks")] == ["walks"]
    assert failures(troubled, place="letters", of="bulk") == []


@pytest.mark.parametrize("what", ["replay", "discard"])
@pytest.mark.parametrize("place", ["letters", "batches"])
def test_what_is_done_again_or_discarded_is_in_no_list_any_more(troubled: World, place: str, what: str) -> None:
    (one,) = failures(troubled, place=place)
    answer = act(troubled, what, one["id"])
    assert (answer.status, answer.json()["outcome"]) == (200, f"{what}ed")
    assert failures(troubled, place=place) == []
    again = act(troubled, what, one["id"])
    assert (again.status, again.json()["code"]) == (404, "failure_not_found")


def test_what_is_parked_can_be_discarded_here_too(troubled: World) -> None:
    (one,) = failures(troubled, place="parked")
    assert act(troubled, "discard", one["id"]).status == 200
    assert failures(troubled, place="parked") == []
    assert act(troubled, "discard", one["id"]).json()["code"] == "parked_not_found"


def test_a_letter_that_is_replayed_is_worked_off_by_its_worker(world: World) -> None:
    world.publish("welcome")
    joins(world, "ada")
    world.drain_streams()
    world.platform.messages()  # lost: the row is planned, and its message is a dead letter
    (row,) = (item for item in world.items("sends") if item["pk"] == "u#ada")
    world.platform.give_up("journeys", {"customer": "u#ada", "send": row["sk"]})
    (one,) = failures(world, place="letters")
    act(world, "replay", one["id"])
    world.settle()
    assert len(world.mails("ada@example.com")) == 1


def test_a_batch_that_fails_again_stays_and_says_why(troubled: World) -> None:
    assert isinstance(troubled.platform, Fakes)

    def fails(function: str, event: Any) -> Any:
        raise Permanent(f"{function} failed: KeyError: pk")

    troubled.platform.functions.answer = fails
    (one,) = failures(troubled, place="batches")
    answer = act(troubled, "replay", one["id"])
    assert (answer.status, answer.json()["code"]) == (409, "failed_again")
    assert answer.json()["message"] == "project_events failed: KeyError: pk"
    many = troubled.ask("POST", "/v1/failures/replay", {"place": "batches"}).json()
    assert (many["done"], [each["why"] for each in many["failed"]]) == (0, ["project_events failed: KeyError: pk"])
    assert many["failed"][0]["id"] == one["id"]
    assert len(failures(troubled, place="batches")) == 1


@pytest.mark.parametrize("what", ["replay", "discard"])
def test_many_at_once_by_place_and_queue(world: World, what: str) -> None:
    for number in range(3):
        world.platform.give_up("bulk", {"shard": f"{number}", "until": "2026-11-22T10:00:00Z"})
    world.platform.give_up("walks", {"shard": "1", "until": "2026-11-22T10:00:00Z"})
    asked = {"place": "letters", "of": "bulk", "limit": 2}
    first = world.ask("POST", f"/v1/failures/{what}", asked).json()
    second = world.ask("POST", f"/v1/failures/{what}", asked).json()
    assert (first, second) == (
        {"done": 2, "failed": [], "more": True},
        {"done": 1, "failed": [], "more": False},
    )
    assert [one["of"] for one in failures(world)] == ["walks"]


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ({"place": "letters", "of": "journey"}, "recompute, walks, transactional, journeys, bulk, feedback"),
        ({"place": "batches", "of": "journeys"}, "project_events, start_journeys, work_jobs, refit"),
    ],
)
def test_a_queue_or_a_function_that_is_not_there_is_no_success(world: World, asked: Any, there: str) -> None:
    for what in ("replay", "discard"):
        answer = world.ask("POST", f"/v1/failures/{what}", asked)
        assert (answer.status, answer.json()["code"]) == (400, "invalid_body")
        assert there in answer.json()["details"][0]["problem"]


def test_of_more_letters_than_one_look_takes_the_list_says_so(world: World) -> None:
    for number in range(LOOKED_AT):
        world.platform.give_up("bulk", {"shard": f"{number}", "until": "2026-11-22T10:00:00Z"})
    world.platform.give_up("walks", {"shard": "1", "until": "2026-11-22T10:00:00Z"})
    page = world.ask("GET", "/v1/failures", of="walks").json()
    assert (page["failures"], page["more_letters"]) == ([], True)
    answer = world.ask("POST", "/v1/failures/replay", {"place": "letters", "of": "walks"})
    assert (answer.status, answer.json()["code"]) == (409, "behind_others")
    assert world.ask("POST", "/v1/failures/discard", {"place": "letters", "of": "bulk"}).json()["more"]
    page = world.ask("GET", "/v1/failures", of="walks").json()
    assert ([one["of"] for one in page["failures"]], page["more_letters"]) == (["walks"], False)


def test_of_a_large_batch_the_first_records_are_shown(world: World) -> None:
    world.platform.give_up_batch(KEY, json.loads(batch(records=100)))
    (one,) = failures(world, place="batches")
    assert (one["count"], [each["eventID"] for each in one["holds"]["Records"]]) == (100, ["0", "1", "2"])


@pytest.mark.parametrize("id", ["none", "bGV0dGVyc3w", "YmF0Y2hlc3wvZXRjL3Bhc3N3ZA", "x" * 4000])
def test_an_id_that_we_never_gave_is_not_found(world: World, id: str) -> None:
    for what in ("replay", "discard"):
        answer = act(world, what, id)
        assert (answer.status, answer.json()["code"]) == (404, "failure_not_found")


def test_a_cursor_that_we_never_gave_is_refused(world: World) -> None:
    answer = world.ask("GET", "/v1/failures", cursor="none")
    assert (answer.status, answer.json()["code"]) == (400, "invalid_cursor")
