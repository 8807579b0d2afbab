"""The arithmetic of request units, against the examples of the developer guide."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from benchmarks import units


def item(characters: int, **other: Any) -> dict[str, Any]:
    """An item of exactly `characters` bytes, before `other`."""
    return {"pk": {"S": "p"}, "sk": {"S": "s"}, "x": {"S": "y" * (characters - 7)}, **other}


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ({"S": "Zoë"}, 4),
        ({"N": "12345"}, 4),
        ({"N": "-7"}, 3),
        ({"N": "0"}, 2),
        ({"B": base64.b64encode(b"12345").decode()}, 5),
        ({"B": b"12345"}, 5),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": [{"S": "ab"}, {"S": "c"}]}, 3 + 2 + 3),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 3),
        ({"SS": ["ab", "c"]}, 3),
    ],
)
def test_a_value_has_its_documented_size(value: dict[str, Any], bytes_: int) -> None:
    assert units.size({"name": value}) == 4 + bytes_


@pytest.mark.parametrize(("bytes_", "charged"), [(1024, 1), (1025, 2), (3500, 4)])
def test_a_write_rounds_up_to_a_kilobyte_of_the_larger_image(bytes_: int, charged: int) -> None:
    assert units.write(None, item(bytes_)) == charged
    assert units.write(item(bytes_), item(10)) == charged
    assert units.write(item(bytes_), None) == charged
    assert units.write(None, item(bytes_), transaction=True) == 2 * charged


def test_a_write_that_found_nothing_still_costs_one() -> None:
    assert units.write(None, None) == 1


def test_an_index_charges_for_entries_that_appear_move_or_go() -> None:
    due = {"due_shard": {"S": "07"}, "due_at": {"S": "2026-11-22T09:00:00.000Z"}}
    later = {**due, "due_at": {"S": "2026-11-23T09:00:00.000Z"}}
    cases = [(None, {}, 0), ({}, due, 1), (due, due, 0), (due, later, 2), (due, {}, 1), (due, None, 1)]
    for before, after, charged in cases:
        images = [None if image is None else item(100, **image) for image in (before, after)]
        assert units.index_writes("customers", *images) == charged
    assert units.index_writes("events", None, item(100, **due)) == 0


def test_reads_round_up_to_four_kilobytes_and_queries_only_once() -> None:
    assert units.read([item(4097)], consistent=True) == 2
    assert units.read([item(4097)], consistent=False) == 1
    assert units.read([item(100)] * 10, consistent=True, together=True) == 1
    assert units.read([item(100)] * 10, consistent=False) == 5
    assert units.read([], consistent=False) == 0.5
    assert units.read([item(100)] * 2, consistent=True, transaction=True) == 4


def test_an_unknown_kind_of_value_is_not_free() -> None:
    with pytest.raises(ValueError, match="does not store"):
        units.size({"x": {"NS": ["1"]}})
