"""No cell of a sheet is run, however the sheet is opened."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.sheets import sheet
from chalicelib.jobs.cells import safe
from chalicelib.jobs.importing.refused import as_csv, json_lines, remark
from tests.hostile import CORPUS


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Ada", "Ada"),
        ("O'Brien", "O'Brien"),
        ("Ada, Lady; Lovelace", "Ada, Lady; Lovelace"),
        ("a@b.example", "a@b.example"),
        ("1-2=3", "1-2=3"),
        ("", ""),
        ("=1+1", "'=1+1"),
        ("-3", "'-3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "'\t'=1"),
        ("\n1", "'\n1"),
        (" =1+1", "' =1+1"),
        ('"=1+1', "'\"=1+1"),
        ("'=1+1", "''=1+1"),
        ("\ufeff=1+1", "'\ufeff=1+1"),
        ("Ada;=1+1", "Ada;'=1+1"),
        ("Ada; +1", "Ada; '+1"),
        ("Ada\r\n=1+1", "Ada\r\n'=1+1"),
    ],
)
def test_what_would_be_run_is_marked_as_text(text: str, cell: str) -> None:
    assert safe(text) == cell


def runs(cell: str) -> bool:
    """Whether a spreadsheet would take a cell for a formula."""
    return cell.lstrip(" \u00a0\u200b\ufeff\x00\x1f").startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))


def opened(text: str) -> list[str]:
    """The cells of a sheet as computers split it: at commas, at semicolons, at tabs; at every line's end."""
    found = []
    for separator in ",;\t":
        found += [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
        found += [cell for line in text.splitlines() for cell in line.split(separator) if separator != ","]
    return found


@pytest.mark.parametrize("value", CORPUS)
def test_nothing_of_the_corpus_runs_in_any_sheet(value: str) -> None:
    value = value.encode("utf-8", "replace").decode()
    answered = sheet("x", ["a", "b"], [[1, value], [value, f"x;{value}"]]).body
    refused = as_csv(json_lines([remark(1, value, value, value), remark(2, "x", f"{value};{value}")])).decode(
        "utf-8-sig"
    )
    for text in (answered, refused):
        assert not [cell for cell in opened(text.replace("\x00", "")) if runs(cell)]


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n;,\"' aA1\u00a0\u200b\uff1d"), max_size=12))
def test_no_text_runs_and_marking_twice_is_safe(text: str) -> None:
    cell = safe(text)
    assert not runs(cell)
    assert not any(runs(part) for part in cell.split(";"))
    assert not any(runs(line) for line in cell.splitlines())
    assert cell.replace("'", "") == text.replace("'", "")
