"""SDKs as they come from their registries, against the deployed local cloud: what they say is stored, once.

`make test-sdks` runs this file by its name; plain pytest passes it by.
"""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.tracking.event import Event, is_counted
from chalicelib.tracking.store import EventStore
from tests.cloud.asking import Api, eventually
from tests.cloud.deployed import Deployed
from tests.sdks.cases import IDENTIFY, ORDER, SEGMENT_BROWSER, Call, Case, cases
from tests.sdks.conftest import Result
from tests.sdks.running import Run

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_an_sdk_says_is_stored_once(case: Case, runs: dict[str, Result], deployed: Deployed) -> None:
    run = runs[str(case)]()
    subjects = {f"u#{run.person}", *run.visitors()}
    everything = (event for subject in subjects for event in EventStore(deployed.database).all_of(subject))
    stored = [event for event in everything if is_counted(event)]  # without what we conclude ourselves

    assert not run.abroad, run
    assert len(run.errors) == len(case.told), run
    assert all(part in said for part, said in zip(case.told, run.errors, strict=True)), run
    if not case.direct:
        _passed_as_asked(case, run)
    if case.lost:
        assert not stored
        return
    for call in case.calls:
        assert len([event for event in stored if _says(event, call)]) == 1, f"{call}\n{stored}\n{run}"
    assert len(stored) == len(case.calls), f"{stored}\n{run}"
    assert {event.source for event in stored} == {case.source or case.sdk.source}
    sent = {call["messageId"] for call in run.acknowledged() if "messageId" in call}
    assert sent <= {event.message_id for event in stored}, run
    if IDENTIFY in case.calls and ORDER in case.calls:
        known = _known(deployed.api, run.person)
        orders = known["orders"]
        assert (orders["count"], float(orders["revenue"]), orders["currency"]) == (1, 25.5, "EUR")
        assert IDENTIFY["traits"].items() <= known["traits"].items()
    assert bool(run.visitors()) == (case.sdk.where == "browser" and case.calls[0] != IDENTIFY), run
    for visitor in run.visitors() if IDENTIFY in case.calls else ():
        assert _who(deployed.api, visitor, run.person) == f"u#{run.person}"


def _known(api: Api, person: str) -> Any:
    """What is known of a person, as soon as traits and orders are."""

    def known() -> Any:
        customer = api.find(person)
        return customer if customer and customer["traits"] and customer["orders"]["count"] else None

    return eventually(f"the facts of {person}", known, within=30)


def _who(api: Api, visitor: str, person: str) -> Any:
    """Whom the API shows for a visitor who was identified as that person, once it knows."""

    def joined() -> Any:
        found = api.find(visitor)
        return found["id"] if found and found["id"] != visitor else None

    return eventually(f"{visitor} becomes {person}", joined, within=30)


def _passed_as_asked(case: Case, run: Run) -> None:
    """Whether the requests were what the case is about."""
    assert {seen.encoding for seen in run.posts} == {case.encoding}, run
    assert max(len(seen.calls()) for seen in run.posts) >= case.together, run
    told = [seen.status for seen in run.posts]
    assert told.count(503) == len(case.faults), run
    if case.sdk == SEGMENT_BROWSER and case.faults and not case.leaving:
        assert int(run.posts[-1].headers["x-retry-count"]), run  # a preflight had to allow it
    assert set(told) <= {200, 503} or (case.wrong_key and told == [401]), run


def _says(event: Event, call: Call) -> bool:
    """Whether the event is that call: of its type and name, with all that was said, whatever the SDK added."""
    named = event.name if event.type == "track" else event.properties.get("name")
    return (
        event.type == call["type"]
        and named == call.get("event", call.get("name"))
        and call.get("properties", {}).items() <= event.properties.items()
        and call.get("traits", {}).items() <= event.traits.items()
    )
