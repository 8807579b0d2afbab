"""The benchmark of a whole history says so when there is none, and notices when two ways in differ."""

from __future__ import annotations

import gzip
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.history import FILE, WAYS, Passage, main, passage, problems, table
from infra.demo.history import SAMPLE

ONE = Passage("one", 1_000, 4.0, 2.0, 90.0, 100.0, 5.0, 50, {"events": 1_200}, 200.0, {"u#ada": "x", "u#bob": "y"}, [])


def test_without_the_data_it_says_so_and_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(str(tmp_path)) == 0
    assert f"There is no {FILE}" in capsys.readouterr().out


def test_ways_that_differ_are_told() -> None:
    same = replace(ONE, way="two")
    assert problems([ONE, same]) == []
    assert "1 customers differ" in problems([ONE, replace(same, customers={"u#ada": "x", "u#bob": "z"})])[0]
    assert "u#cyd" in problems([ONE, replace(same, customers={**ONE.customers, "u#cyd": "z"})])[0]
    assert "rebuild --check objects to u#ada" in problems([replace(ONE, wrong=["u#ada"]), same])[0]


def test_a_row_has_rates_and_units() -> None:
    row = [cell.strip() for cell in table([ONE]).splitlines()[2].strip("|").split("|")]
    assert row == ["one", "1,000", "50", "4", "2", "500", "90", "100", "5", "1,200", "200", "0.78"]


def test_the_sample_comes_to_the_same_by_both_doors(tmp_path: Path) -> None:
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as all_lines, gzip.open(tmp_path / FILE, "wt") as some:
        some.writelines(islice(all_lines, 600))
    ways = list(WAYS)
    passages = [passage(way, tmp_path / FILE) for way in (ways[0], ways[2])]
    assert problems(passages) == []
    assert len(passages[0].customers) > 10
