"""CSV and JSON lines as people's programs write them, and as nobody should."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import Permanent
from chalicelib.jobs.importing.layout import Layout, layout
from chalicelib.jobs.importing.rows import UNCLOSED, rows
from tests.jobs.importing.reading import read

FILES: list[Any] = [
    pytest.param(b"a,b\n1,2\n3,4\n", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], id="plain"),
    pytest.param(b"a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}], id="CRLF"),
    pytest.param(b"a,b\r1,2\r", [{"a": "1", "b": "2"}], id="CR alone"),
    pytest.param(b"a,b\n1,2", [{"a": "1", "b": "2"}], id="no end of line at the end"),
    pytest.param(b"a;b\n1;2,5\n", [{"a": "1", "b": "2,5"}], id="semicolons"),
    pytest.param(b"a\tb\n1\t2\n", [{"a": "1", "b": "2"}], id="tabs"),
    pytest.param(b'a,b\n"x, ""y""\nz",2\n', [{"a": 'x, "y"\nz', "b": "2"}], id="quotes and a line's end in a cell"),
    pytest.param(b"a,b\n1\n", [{"a": "1"}], id="missing cells"),
    pytest.param(b"a,b\n1,,\n", [{"a": "1"}], id="empty cells too many"),
    pytest.param(b"a,b\n\n , \n1,2\n", [{"a": "1", "b": "2"}], id="empty rows"),
    pytest.param(b"a,,a\n1,2,3\n", [{"a": "1", "column 2": "2", "a (2)": "3"}], id="columns without names, or twice"),
    pytest.param(b'a,b\n5" nail,2\n', [{"a": '5" nail', "b": "2"}], id="a quotation mark within a cell"),
    pytest.param(codecs.BOM_UTF8 + "a,b\nß,é\n".encode(), [{"a": "ß", "b": "é"}], id="byte order mark"),
    pytest.param("a,b\nß,é\n".encode("latin-1"), [{"a": "ß", "b": "é"}], id="Latin 1"),
    pytest.param("a,b\n€,é\n".encode("cp1252"), [{"a": "€", "b": "é"}], id="Windows 1252"),
    pytest.param(b"a,b\n" + "ß,".encode() + "é\n".encode("latin-1"), [{"a": "ß", "b": "é"}], id="mixed"),
    pytest.param("a,b\n😀,é\n".encode("utf-16"), [{"a": "😀", "b": "é"}], id="UTF-16"),
    pytest.param(codecs.BOM_UTF16_BE + "a,b\nx,é\n".encode("utf-16-be"), [{"a": "x", "b": "é"}], id="UTF-16, big end"),
    pytest.param("a,b\nx,y\n".encode("utf-16-le"), [{"a": "x", "b": "y"}], id="UTF-16 without a mark"),
    pytest.param("a,b\nx\u2028y,\x0bz\n".encode(), [{"a": "x\u2028y", "b": "z"}], id="ends of lines that are none"),
    pytest.param(b"a,b\nx\0y,2\n", [{"a": "x\ufffdy", "b": "2"}], id="NUL"),
]


@pytest.mark.parametrize("piece", [1024 * 1024, 40])
@pytest.mark.parametrize(("data", "expected"), FILES)
def test_a_file_is_read(data: bytes, expected: list[dict[str, str]], piece: int) -> None:
    _, found = read(data, piece=piece)
    assert [row.fields for row in found] == expected


def test_rows_know_their_lines() -> None:
    _, found = read(b'a,b\n1,2\n\n"x\ny\nz",3\n4,5\n')
    assert [(row.line, row.next_line) for row in found] == [(2, 3), (4, 7), (7, 8)]


def test_a_row_with_too_many_cells_is_refused_and_the_others_read() -> None:
    _, found = read(b"a,b\n1,2,3\n4,5\n")
    assert [(row.line, row.fields) for row in found] == [(2, None), (3, {"a": "4", "b": "5"})]
    assert found[0].problem == "it has 3 columns, and the first line names 2"


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line() -> None:
    _, found = read(b'a,b\n1,2\n"open,3\n4,5\n6,7\n')
    assert [row.fields for row in found] == [{"a": "1", "b": "2"}, None, {"a": "4", "b": "5"}, {"a": "6", "b": "7"}]
    assert (found[1].line, found[1].problem, found[1].raw) == (3, UNCLOSED, '"open,3\n')


def test_one_that_swallows_rows_until_another_costs_two_lines_at_most() -> None:
    _, found = read(b'a,b\n"open,3\n4,5\n6,"7"\n8,9\n')
    assert [row.fields for row in found if row.fields][-2:] == [{"a": "6", "b": "7"}, {"a": "8", "b": "9"}]
    assert [row.line for row in found if row.problem] == [2]


def test_a_cell_longer_than_a_cell_may_be_is_refused() -> None:
    _, found = read(b"a,b\n" + b"x" * 200_000 + b",2\n4,5\n")
    assert [row.fields for row in found] == [None, {"a": "4", "b": "5"}]
    assert "field limit" in str(found[0].problem)


def test_json_lines() -> None:
    _, found = read(b'{"a": 1}\n\n[1]\nnot json\n{"a": "\\ud83d"}\n', "jsonl")
    assert [(row.line, row.fields) for row in found] == [(1, {"a": 1}), (3, None), (4, None), (5, {"a": "\ufffd"})]


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"\x1f\x8b\x08", "unpack"),
        (b"PK\x03\x04", "CSV"),
        (b"", "no line"),
        (b"\n1,2\n", "names of the columns"),
        (b",".join(b"c" for _ in range(600)), "500"),
    ],
)
def test_what_is_no_such_file_is_refused(head: bytes, why: str) -> None:
    with pytest.raises(Permanent, match=why):
        layout(head, "csv")


def test_a_layout_is_kept() -> None:
    found = layout("ä;b\n".encode("utf-16"), "csv")
    assert Layout.of_json(found.as_json()) == found
    assert (found.codec, found.delimiter, found.columns, found.lines) == ("utf-16-le", ";", ("ä", "b"), 1)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12), st.sampled_from([64, 100, 10_000]), st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_what_csv_wrote_is_what_is_read_in_pieces_of_any_size(table: list[list[str]], piece: int, wide: bool) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["one", "two", "three"], *table])
    data = text.getvalue().encode("utf-16" if wide else "utf-8")
    _, found = read(data, piece=piece * (2 if wide else 1) * 4)
    wanted = [
        {name: cell.strip() for name, cell in zip(("one", "two", "three"), row, strict=True) if cell.strip()}
        for row in table
    ]
    assert [row.fields for row in found] == [row for row in wanted if row]


@given(st.binary(max_size=300), st.sampled_from(["csv", "jsonl"]), st.integers(20, 400))
@settings(max_examples=300, deadline=None)
def test_nothing_breaks_the_reader_and_it_always_goes_on(data: bytes, format: Any, piece: int) -> None:
    try:
        _, found = read(data, format, piece)
    except Permanent:
        return
    ends = [row.next_line for row in found]
    assert ends == sorted(ends)


def test_a_piece_that_cannot_be_read_on_gives_up_its_first_line() -> None:
    found = Layout("csv", "utf-8", 0, 1, ",", ("a", "b"))
    data = b'"open,1\n' + b"2,3\n" * 10
    assert list(rows(data, found, 2, final=False)) == []
    stuck = list(rows(data, found, 2, final=False, stuck=True))
    assert [row.fields for row in stuck[:2]] == [None, {"a": "2", "b": "3"}]
