"""docs/AUDIENCES.md: its examples can be put, its calls and counts exist, its columns and forms are the code's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from chalicelib import api
from chalicelib.customers.consent import consent_key
from chalicelib.jobs.audiences import normal
from chalicelib.jobs.audiences.audience import parse_audience
from chalicelib.jobs.audiences.membership import Outcome
from chalicelib.jobs.audiences.network import NETWORKS, NetworkName
from chalicelib.jobs.audiences.rows import Form

PAGE = (Path(__file__).parents[3] / "docs" / "AUDIENCES.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(each) for each in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def rows(heading: str) -> list[list[str]]:
    """The rows of the table that begins so."""
    (table,) = re.findall(rf"^\| {heading} \|.*?\n\n", PAGE, re.DOTALL | re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.strip().splitlines()[2:]]


@pytest.mark.parametrize("example", [each for each in EXAMPLES if "network" in each])
def test_every_example_is_an_audience(example: dict[str, object]) -> None:
    assert parse_audience({**example, "name": "example"}).title


def test_consent_is_said_as_it_says() -> None:
    (said,) = [each for each in EXAMPLES if "event" in each]
    assert consent_key(said["properties"]) == "advertising/lookalikes"


def test_every_call_exists_and_none_is_left_out() -> None:
    served = {f"`{each.method} {each.path}`" for each in api.endpoints() if each.path.startswith("/v1/audiences")}
    assert {row[0] for row in rows("call")} == served


def test_the_counts_are_those_of_the_code_in_their_order() -> None:
    assert [row[0].strip("`") for row in rows("count")] == list(get_args(Outcome))


@pytest.mark.parametrize("network", NETWORKS)
def test_the_columns_are_those_of_the_code(network: NetworkName) -> None:
    (told,) = [row for row in rows("network") if row[0] == f"`{network}`"]
    form = Form(NETWORKS[network], worth=True)
    named = re.findall(r"`([^`]+)`", told[1])
    assert ",".join([named[0], *named[2:]]) == form.header
    plain = {one.name for one in form.columns if not one.hashed}
    assert {name.strip() for name in told[2].split(",") if name.strip()} == plain


@pytest.mark.parametrize("row", [row for row in rows("typed") if row[0].startswith("`") and row[0].count("`") == 2])
def test_the_forms_are_those_of_the_code(row: list[str]) -> None:
    typed, google, meta = (re.findall(r"`([^`]*)`", cell) for cell in row[:3])
    pairs = [(normal.google_email, normal.email), (normal.e164, normal.digits), (normal.country, normal.country)]
    made = {(one(typed[0]), other(typed[0])) for one, other in pairs} | {(None, normal.meta_place(typed[0]))}
    told = (google[0] if google else None, meta[0] if meta else google[0] if row[2] == "the same" else None)
    assert told in made
