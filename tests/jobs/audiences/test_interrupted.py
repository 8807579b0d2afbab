"""Exports in many slices and parts, by workers that die: the files are those of one that nothing happened to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.jobs import run
from chalicelib.jobs.audiences import rows
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World, twice
from tests.flow.story import says
from tests.jobs.audiences.test_export import MINUTE, NEWS, consents, exports, puts
from tests.jobs.test_occurrence import _replaced
from tests.review.faults import Crash, counting, crashing

PEOPLE = 12


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A dozen who read and agree; a slice does what it began and no more, a part of an export holds two people."""
    monkeypatch.setattr(run, "WITHIN", timedelta(0))
    monkeypatch.setattr(rows, "PART", 2)
    with over_fakes() as made:
        for number in range(PEOPLE):
            says(made, "identify", f"p{number}", traits={"email": f"p{number}@example.com", "reads": "news"})
            consents(made, f"p{number}")
        readers = {"title": "Readers", "rule": {"trait": "reads", "equals": "news"}}
        assert made.ask("PUT", "/v1/segments/readers", readers).status == 200
        made.wait(MINUTE)
        made.settle()
        puts(made, **NEWS)
        yield made


def lines(world: World, what: str = "members", job: str = "") -> list[str]:
    """The rows of all files of a kind, sorted."""
    assert isinstance(world.platform, Fakes)
    held = {key: body for key, body in world.platform.files.held.items() if f"-{what}-" in key and job in key}
    return sorted(line for body in held.values() for line in rows.read(body))


def test_many_slices_and_parts_come_to_the_same(world: World) -> None:
    world.manner = twice
    export = exports(world)
    assert len(export["files"]) == 8
    assert len(lines(world)) == len(set(lines(world))) == PEOPLE
    assert export["job"]["counts"]["rows"] == PEOPLE
    assert isinstance(world.platform, Fakes)
    assert len(world.platform.files.held) == 8


def test_a_larger_base_is_compared_with_a_smaller_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PART", 6)
    first = exports(world)
    monkeypatch.setattr(rows, "PART", 2)
    consents(world, "p3", "unsubscribe")
    second = exports(world, mode="difference")
    assert (first["job"]["report"]["parts"], second["job"]["report"]["parts"]) == (2, 8)
    assert (len(lines(world, "removed")), lines(world, "added")) == (1, [])


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_worker_that_dies_is_followed_by_another(world: World, share: float, acknowledged: bool) -> None:
    calls = _calls(world)
    whole: Any = None
    job = _starts(world)
    dying = crashing(world.containers["work_jobs"].db, int(share * calls), acknowledged=acknowledged)
    whole = _replaced(world, dying)
    with pytest.raises(Crash):
        world.settle()
    world.containers["work_jobs"] = whole
    world.wait(MINUTE)
    world.redeliver([next(one for one in reversed(world.delivered) if one.function == "work_jobs")])
    world.settle()
    done = world.ask("GET", f"/v1/audiences/news/exports/{job}").json()
    assert (done["job"]["status"], done["job"]["counts"]["rows"]) == ("done", PEOPLE)
    assert len(lines(world, job=job)) == PEOPLE
    assert isinstance(world.platform, Fakes)
    assert not [key for key in world.platform.files.held if "gathered" in key]


def _starts(world: World) -> str:
    world.wait(MINUTE)
    return str(world.ask("POST", "/v1/audiences/news/exports", {}).json()["id"])


def _calls(world: World) -> int:
    """How many calls a worker makes for one export."""
    _starts(world)
    counted, calls = counting(world.containers["work_jobs"].db)
    before = _replaced(world, counted)
    world.settle()
    world.containers["work_jobs"] = before
    return calls()
