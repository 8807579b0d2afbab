"""The task channel: the contract of channels, and whom a person may be asked to call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.customers.do_not_call import Uncalled, marks
from chalicelib.customers.do_not_call.store import DoNotCall
from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.send import TASKS, Send, Status
from chalicelib.messages.channels import Message, Unsendable
from tests.fakes.secrets import MemorySecrets
from tests.messages.channel_contract import SENDER, ChannelContract, message
from tests.messages.samples import DAY, NOW, send
from tests.messages.world import World

CONTENT = {
    "title": "Call {{ customer.first_name }}",
    "text": "Ask how {{ event.order_id | default: 'it' }} was.",
    "by": "phone",
    "due": times.text(NOW + 2 * DAY),
    "owner": "support",
}


def task(**changes: Any) -> Send:
    """A row that is a task."""
    content = {**CONTENT, **changes.pop("content", {})}
    return send(**{"channel": "task", "template": None, "content": content, **changes})


class TestTask(ChannelContract):
    name = "task"
    address = "+40721000000"

    def message(self, **changes: Any) -> Message:
        said = {"title": "Call Ada", "text": "", "by": "phone", "due": times.text(NOW)}
        return message(self.address, **{"words": None, "unsubscribe_url": None, "said": said, **changes})

    def test_a_message_without_words_is_refused_before_the_call(self) -> None:
        for said in (None, {"title": "", "text": "x"}):
            with pytest.raises(Unsendable):
                self.channel.prepare(self.message(said=said), SENDER)


def world(by: str = "phone", said: bool | None = True, **traits: Any) -> tuple[World, Send]:
    """Ada, who has said this about calls and letters, and a task about her."""
    at = World()
    at.customer(**{"phone": "+40 721 000 000", **traits})
    consent = {} if said is None else {by: Consent(said, NOW - DAY, "m")}
    store = CustomerStore(at.db)
    standing = store.load("u#ada")
    store.save(replace(standing, v=standing.v + 1, facts=Facts(consent=consent)), permission_changed=True)
    return at, at.plan(task(content={"by": by}))


def test_a_task_is_on_the_list_until_its_date() -> None:
    at, row = world()
    assert at.dispatch(row) == Status.SENT
    found = at.row(row)
    assert found.said == {"title": "Call Ada", "text": "Ask how it was.", "by": "phone", "owner": "support"}
    assert (found.todo, found.due_at) == (NOW + 2 * DAY, None)
    listed = at.db.query_index(resources.SENDS, resources.DUE, TASKS, until="9999")
    assert [item["sk"] for item in listed.items] == [row.id]
    assert at.dispatch(row) == "over"


def test_what_a_customer_is_called_is_not_rendered() -> None:
    at, row = world(first_name="{{ customer.phone }}\r\n=1+1")
    at.dispatch(row)
    assert (at.row(row).said or {})["title"] == "Call {{ customer.phone }} =1+1"


@pytest.mark.parametrize(
    ("by", "said", "traits", "message_class", "status", "reason"),
    [
        ("phone", True, {}, "marketing", Status.SENT, None),
        ("phone", None, {}, "marketing", Status.PLANNED, "no_consent"),
        ("phone", False, {}, "marketing", Status.SKIPPED, "do_not_call"),
        ("phone", None, {}, "transactional", Status.SENT, None),
        ("phone", False, {}, "transactional", Status.SKIPPED, "do_not_call"),
        ("phone", True, {"phone": None}, "marketing", Status.SKIPPED, "no_address"),
        ("phone", True, {"phone": "call me"}, "marketing", Status.SKIPPED, "invalid_address"),
        ("post", True, {"phone": None}, "marketing", Status.SENT, None),
        ("post", False, {}, "marketing", Status.SKIPPED, "do_not_call"),
        ("other", None, {"phone": None}, "marketing", Status.SENT, None),
    ],
)
def test_whom_a_person_may_be_asked_to_call(
    by: str, said: bool | None, traits: dict[str, Any], message_class: Any, status: Status, reason: str | None
) -> None:
    at, _ = world(by, said, **traits)
    row = at.plan(task(id="20261122T0900-2", message_class=message_class, content={"by": by}))
    assert at.dispatch(row) == status
    assert at.row(row).reason == reason


def test_a_call_counts_for_the_cap_as_a_mail_does() -> None:
    at, row = world()
    assert at.dispatch(row) == Status.SENT
    second = at.plan(task(id="20261122T0900-2"))
    assert at.dispatch(second) == Status.PLANNED
    assert at.row(second).reason == "capped"
    errand = at.plan(task(id="20261122T0900-3", content={"by": "other"}))
    assert at.dispatch(errand) == Status.SENT


def test_a_worker_that_died_is_no_reason_for_a_task_to_be_lost() -> None:
    at, row = world()
    claimed = replace(row, status=Status.CLAIMED, owner="dead", claimed_at=NOW, due_at=NOW + timedelta(minutes=20))
    at.plan(claimed)
    at.wait(timedelta(minutes=20))
    assert at.dispatch(row) == Status.SENT
    assert at.row(row).todo is not None


def test_nobody_who_is_not_known_is_called() -> None:
    at = World()
    CustomerStore(at.db).save(State("u#ada", v=1))
    assert at.dispatch(at.plan(task())) == Status.SKIPPED


@pytest.mark.parametrize("message_class", ["marketing", "transactional"])
@pytest.mark.parametrize(
    ("by", "listed", "confirmed_since", "status"),
    [
        ("phone", "0040721000000", False, Status.SKIPPED),
        ("phone", "0040721000000", True, Status.SENT),
        ("phone", "+40722000000", False, Status.SENT),
        ("post", "0040721000000", False, Status.SENT),
    ],
)
def test_a_number_of_a_register_is_not_called(
    message_class: Any, by: str, listed: str, confirmed_since: bool, status: Status
) -> None:
    """Whoever it belongs to, and whatever she said before; a confirmed yes since then is stronger."""
    at, _ = world(by)
    for mark in marks(MemorySecrets().named("pii"), listed):
        DoNotCall(at.db).add(mark, Uncalled(NOW - DAY / 2, "register"))
    if confirmed_since:
        store = CustomerStore(at.db)
        standing = store.load("u#ada")
        consent = {by: Consent(True, NOW - DAY / 4, "m2", confirmed=True)}
        store.save(replace(standing, v=standing.v + 1, facts=Facts(consent=consent)), permission_changed=True)
    row = at.plan(task(id="20261122T0900-2", message_class=message_class, content={"by": by}))
    assert at.dispatch(row) == status
    assert at.row(row).reason == ("do_not_call" if status is Status.SKIPPED else None)
