"""The mappings that are ready, each with files in the documented form of the system that they come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import Permanent
from chalicelib.jobs.importing.mapping import Definition, check, compiled
from chalicelib.jobs.importing.problem import RowProblem
from chalicelib.jobs.importing.request import Options
from chalicelib.jobs.importing.store import definition, ready
from chalicelib.jobs.importing.values import Reader
from chalicelib.tracking.problems import Invalid
from tests.jobs.importing.reading import converted, told

FILES = Path(__file__).parent / "files"
RECORDED = sorted(path for path in FILES.iterdir() if path.suffix in (".csv", ".jsonl"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_a_file_becomes_these_events(path: Path) -> None:
    format: Any = path.suffix[1:]
    expected = json.loads((FILES / f"{path.name}.expected.json").read_text())
    assert [told(event) for event in converted(path.name.partition(".")[0], path.read_bytes(), format)] == expected


@pytest.mark.parametrize("name", ready())
def test_every_mapping_is_sound_described_and_tried(name: str) -> None:
    known = definition(name)
    check(known)
    assert known.title
    assert known.description.endswith(".")
    assert [path for path in RECORDED if path.name.startswith(f"{name}.")], "a mapping brings a file"


@pytest.mark.parametrize("name", ready())
def test_a_row_comes_to_the_same_events_whenever_it_is_read(name: str) -> None:
    for path in RECORDED:
        if path.name.startswith(f"{name}."):
            format: Any = path.suffix[1:]
            once, again = (converted(name, path.read_bytes(), format) for _ in range(2))
            assert once == again
            assert len({event.message_id for event in once}) == len(once)


WITHDRAWN = {
    "pinpoint-endpoints.jsonl": {"bob", "cyd"},
    "mailchimp-audience.unsubscribed.csv": {"cyd"},
    "klaviyo-profiles.csv": {"bob", "cyd"},
    "klaviyo-profiles.suppressed.csv": {"dan", "eve"},
}


@pytest.mark.parametrize(("file", "people"), WITHDRAWN.items())
def test_who_was_unsubscribed_or_suppressed_arrives_so(file: str, people: set[str]) -> None:
    events = converted(file.partition(".")[0], (FILES / file).read_bytes(), file.rpartition(".")[2])  # type: ignore[arg-type]
    last: dict[str, str] = {}
    for event in sorted(events, key=lambda each: each.at):
        if event.properties.get("channel") == "email":
            last[event.context["traits"]["email"].partition("@")[0]] = event.name
    assert {who for who, said in last.items() if said == "Unsubscribed"} == people


def test_consents_given_can_be_left_out() -> None:
    path = FILES / "mailchimp-audience.unsubscribed.csv"
    names = [event.name for event in converted("mailchimp-audience", path.read_bytes(), "csv", consents="withdrawals")]
    assert names == ["Identify", "Unsubscribed"]


OPTIONS = [
    pytest.param(
        b"id,created_at\n1,14/05/2019 13:22\n", {"date_format": "%d/%m/%Y %H:%M"}, "2019-05-14T13:22", id="format"
    ),
    pytest.param(b"id,created_at\n1,2019-05-14 13:22\n", {"timezone": "Europe/Berlin"}, "2019-05-14T11:22", id="zone"),
    pytest.param(b"id,created_at\n1,1557840120\n", {}, "2019-05-14T13:22", id="seconds"),
    pytest.param(b"id,created_at\n1,1557840120000\n", {}, "2019-05-14T13:22", id="milliseconds"),
    pytest.param(
        b"id,created_at\n1,2019-05-14T13:22:00-05:00\n", {"timezone": "Asia/Tokyo"}, "2019-05-14T18:22", id="own"
    ),
]


@pytest.mark.parametrize(("data", "options", "at"), OPTIONS)
def test_times_are_read_as_the_options_say(data: bytes, options: dict[str, Any], at: str) -> None:
    (event,) = converted("customers", data, "csv", **options)
    assert event.at.isoformat().startswith(at)


NUMBERS = [
    ("0721 234 567", "40", "+40721234567"),
    ("0039 06 1234567", "40", "+39061234567"),
    ("+44 7700 900123", None, "+447700900123"),
    ("06 1234567", "39", "+39061234567"),
    ("12065550182", "+", "+12065550182"),
    ("0721 234 567", None, None),
    ("n/a", "40", None),
]


@pytest.mark.parametrize(("text", "country", "number"), NUMBERS)
def test_telephone_numbers_get_their_country(text: str, country: str | None, number: str | None) -> None:
    (event,) = converted("customers", f"id,phone\n1,{text}\n".encode(), "csv", country=country)
    assert event.traits.get("phone") == number


@pytest.mark.parametrize(
    ("row", "column"),
    [("1,not-an-address,2020-01-01", "email"), ("1,,yesterday", "updated_at or created_at"), (",,2020-01-01", None)],
)
def test_a_row_that_cannot_be_used_says_where(row: str, column: str | None) -> None:
    with pytest.raises(RowProblem) as problem:
        converted("customers", f"id,email,created_at\n{row}\n".encode(), "csv")
    assert problem.value.column == column


def test_an_order_of_a_thousand_lines_keeps_its_total_and_what_fits() -> None:
    lines = "".join(
        f"A-1,ada,2024-01-02,sku-{n},A rather long name of product number {n},1,2.00\n" for n in range(1_000)
    )
    data = f"order_id,customer_id,created_at,product_id,name,quantity,price\n{lines}".encode()
    (event,) = converted("orders", data, "csv", currency="GBP")
    kept = len(event.properties["products"])
    assert event.properties["total"] == "2000"
    assert event.properties["currency"] == "GBP"
    assert 100 < kept < 1_000
    assert event.properties["products_omitted"] == 1_000 - kept


def test_a_file_without_the_columns_that_matter_is_refused_by_name() -> None:
    with pytest.raises(Permanent, match="Email Address"):
        compiled(definition("mailchimp-audience"), ("Name", "TAGS"), Reader())


UNSOUND = [
    {"events": [{"event": "Seen"}]},
    {"who": {"email": "$.mail"}, "events": [{"type": "telegram"}]},
    {"who": {"email": "$.mail"}, "events": [{"event": "Seen", "given": "$..x"}]},
]


@pytest.mark.parametrize("mapping", UNSOUND)
def test_a_mapping_that_is_not_sound_is_refused(mapping: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(Definition.model_validate(mapping))


def test_options_know_zones_and_currencies() -> None:
    with pytest.raises(ValueError, match="IANA"):
        Options(timezone="Mars/Olympus")
    with pytest.raises(ValueError, match="currency"):
        Options(currency="pounds")
