"""`python -m infra.operate rebuild`: the proof that facts equal the fold, and the repair."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.customers.store import CustomerStore
from infra import operate
from infra.operate import Operator, run
from tests.customers.events import DAY, event, order
from tests.review.world import World


def asked(*arguments: str) -> argparse.Namespace:
    return operate._parser().parse_args(["rebuild", *arguments, "--stage", "test"])


@pytest.fixture
def world() -> World:
    world = World()
    world.project(world.store(order(str(n), user_id=f"{n}") for n in range(5)))
    return world


def tamper(world: World, customer: str) -> None:
    state = world.state(customer)
    CustomerStore(world.db).save(replace(state, v=state.v + 1, facts=replace(state.facts, orders=()), fx=()))


def test_all_is_well(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Operator(world.db), asked("--check", "--all")) == 0
    assert capsys.readouterr().out == "5 customers checked, 0 differ from the fold of their events\n"


def test_what_differs_is_named_and_repaired(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    tamper(world, "u#3")
    world.store([event(user_id="new", at=DAY - timedelta(hours=1))])  # never counted: its record was lost
    assert run(Operator(world.db), asked("--check", "--all")) == 1
    lines = capsys.readouterr().out.splitlines()
    assert {line.partition(" is ")[0] for line in lines[:-1]} >= {"u#3: orders", "u#new: uncounted"}
    assert lines[-1] == "6 customers checked, 2 differ from the fold of their events"
    assert run(Operator(world.db), asked("--all")) == 0
    assert capsys.readouterr().out == "6 customers rebuilt from 6 events\n"
    assert run(Operator(world.db), asked("--check", "--all")) == 0


def test_one_customer_as_people_say_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    tamper(world, "u#3")
    assert run(Operator(world.db), asked("--check", "--customer", "3", "--customer", "u#2")) == 1
    assert capsys.readouterr().out.endswith("2 customers checked, 1 differ from the fold of their events\n")
    assert run(Operator(world.db), asked("--customer", "3")) == 0
    assert world.check("u#3") == []


def test_a_stage_without_a_cloud_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert operate.main(["rebuild", "--all", "--stage", "nowhere"]) == 1
    assert "infra/stages/nowhere.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [[], ["--all", "--customer", "3"]])
def test_everybody_or_somebody(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        asked(*wrong)
