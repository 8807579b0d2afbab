"""A deploy may not lose data: what is refused, and what a restore is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from infra import changeset, tables
from infra.changeset import Change
from tests.infra.conftest import Template

TABLE, API, FUNCTION = "AWS::DynamoDB::Table", "AWS::ApiGateway::RestApi", "AWS::Lambda::Function"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (Change("Add", "Events", TABLE), False),
        (Change("Import", "Events", TABLE), False),
        (Change("Modify", "Events", TABLE, "False", ("TimeToLiveSpecification",)), False),
        (Change("Modify", "Events", TABLE, "True", ("KeySchema",)), True),
        (Change("Modify", "Events", TABLE, "Conditional", ("TableName",)), True),
        (Change("Remove", "Events", TABLE), True),
        (Change("Modify", "RestAPI", API, "True", ("EndpointConfiguration",)), True),
        (Change("Modify", "RestAPI", API, "Conditional", ("Body",)), False),
        (Change("Remove", "RestAPI", API), True),
        (Change("Remove", "Tick", FUNCTION), False),
        (Change("Modify", "Tick", FUNCTION, "True", ("FunctionName",)), False),
    ],
)
def test_what_is_refused(change: Change, refused: bool) -> None:
    assert bool(changeset.refusals([change])) is refused


OLD, NEW = Change("Remove", "Customers", TABLE), Change("Import", "Customers0A1B2C3D", TABLE)


@pytest.mark.parametrize(
    ("planned", "swapped", "refused"),
    [
        ([OLD, NEW], {"Customers"}, False),
        ([OLD, NEW], set(), True),  # nobody asked for it
        ([OLD], {"Customers"}, True),  # nothing is adopted in its place
        ([OLD, Change("Add", "Customers0A1B2C3D", TABLE)], {"Customers"}, True),  # an empty table is no restored one
        ([OLD, NEW, Change("Remove", "Events", TABLE)], {"Customers"}, True),
        ([Change("Remove", NEW.logical, TABLE), Change("Import", "CustomersFFFFFFFF", TABLE)], {"Customers"}, False),
        ([Change("Modify", "Customers", TABLE, "True"), NEW], {"Customers"}, True),
    ],
)
def test_a_table_leaves_the_stack_only_when_the_one_named_instead_is_adopted(
    planned: list[Change], swapped: set[str], refused: bool
) -> None:
    assert bool(changeset.refusals(planned, swapped=swapped)) is refused


def described(action: str, logical: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Resource", "ResourceChange": {"Action": action, "LogicalResourceId": logical, **more}}


def test_changes_are_read_from_every_page_and_what_may_hurt_comes_first() -> None:
    detail = {"Target": {"Attribute": "Properties", "Name": "KeySchema"}}
    pages = [
        {"Changes": [described("Add", "A", ResourceType=FUNCTION), described("Add", "B", ResourceType=FUNCTION)]},
        {"Changes": [described("Modify", "Events", ResourceType=TABLE, Replacement="True", Details=[detail, detail])]},
    ]
    planned = changeset.changes(pages)
    assert planned[2] == Change("Modify", "Events", TABLE, "True", ("KeySchema",))
    lines = changeset.lines(planned)
    assert "Events REPLACED (KeySchema)" in lines[0]
    assert lines[1].split() == ["+", FUNCTION, "2"]


def test_tables_that_would_go_with_their_stack_are_found() -> None:
    kept = {"Type": TABLE, "DeletionPolicy": "Retain"}
    assert changeset.unprotected_tables({"Resources": {"A": kept, "B": {"Type": TABLE}, "C": {"Type": API}}}) == ["B"]


def test_a_restored_table_takes_every_place_of_the_old_one(template: Template) -> None:
    name = "perennial-dev-customers-20261122t093000"
    swapped = tables.swap(template, {"customers": name})
    text = str(swapped)
    (new,) = set(swapped["Resources"]) - set(template["Resources"])
    assert "Customers" not in swapped["Resources"]
    assert "{'Ref': 'Customers'}" not in text
    assert "['Customers', 'StreamArn']" not in text
    assert "table/${Prefix}-customers" not in text
    assert f"table/{name}/index/due" in text
    assert swapped["Globals"]["Function"]["Environment"]["Variables"]["CUSTOMERS_TABLE"] == {"Ref": new}
    assert "table/${Prefix}-events" in text
    assert tables.logical_id(template, "customers") == "Customers"


def test_without_restored_tables_nothing_is_swapped(template: Template) -> None:
    assert tables.swap(template, {}) == template
