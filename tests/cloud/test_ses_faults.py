"""SES says "not now", or its answer is lost: every message leaves, none of them twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.journeys.send import Send, Status
from tests.cloud.asking import eventually
from tests.cloud.deployed import Deployed
from tests.cloud.faults import THROTTLED, address, welcome
from tests.cloud.website import Website


@pytest.fixture
def faulty(deployed: Deployed) -> Iterator[Deployed]:
    """The cloud, with a mailbox that is put right afterwards."""
    yield deployed
    deployed.mailbox("POST", "faults", {"delay": 0, "lose_acknowledgement": 0, "lose_request": 0})
    deployed.mailbox("PUT", "settings", {"publish": True})


def rows(deployed: Deployed, people: list[str], *statuses: Status) -> list[Send]:
    """The people's messages; those in one of these states, if there are some given."""
    found = [row for person in people for row in deployed.sends(f"u#{person}")]
    return [row for row in found if not statuses or row.status in statuses]


def test_throttled_messages_leave_later_and_once(deployed: Deployed, throttled: list[str]) -> None:
    """Each has waited at least ten seconds for its second try, which the tick brings. First of all: what comes below
    must not hit them."""
    eventually("every message has left", lambda: len(rows(deployed, throttled, Status.SENT)) == len(throttled))
    assert sum(row.attempts for row in rows(deployed, throttled)) == len(throttled) + THROTTLED
    for person in throttled:
        assert len(deployed.inbox(address(person))) == 1


def test_a_lost_answer_is_settled_by_the_report_and_never_by_sending_again(faulty: Deployed, website: Website) -> None:
    faulty.mailbox("PUT", "settings", {"publish": False})  # what SES reports comes late
    faulty.mailbox("POST", "faults", {"lose_acknowledgement": 1})
    welcome(website, ["pia"])
    (row,) = eventually("nobody knows whether it left", lambda: rows(faulty, ["pia"], Status.UNKNOWN))
    faulty.tick()  # finds nothing to do about it yet
    assert [mail["acknowledged"] for mail in faulty.inbox(address("pia"))] == [False]
    faulty.mailbox("PUT", "settings", {"publish": True})
    (sent,) = eventually("the report settles it", lambda: rows(faulty, ["pia"], Status.SENT))
    assert (sent.id, sent.attempts) == (row.id, 1)
    assert len(faulty.inbox(address("pia"))) == 1


def test_a_lost_request_is_not_sent_again_by_itself(faulty: Deployed, website: Website) -> None:
    """Whether the request or its answer was lost nobody can tell: marketing is then rather lost than sent twice."""
    faulty.mailbox("POST", "faults", {"lose_request": 1})
    welcome(website, ["quinn"])
    eventually("it is unknown", lambda: rows(faulty, ["quinn"], Status.UNKNOWN))
    faulty.tick()
    (row,) = rows(faulty, ["quinn"])
    assert (row.status, row.attempts) == (Status.UNKNOWN, 1)
    assert faulty.inbox(address("quinn")) == []


def test_a_sender_killed_in_the_middle_of_its_call_does_not_call_again(faulty: Deployed, website: Website) -> None:
    """SES takes the message of a sender that is gone: its report is then the only answer."""
    faulty.mailbox("POST", "faults", {"delay": 1, "seconds": 4})
    welcome(website, ["rosa"])
    eventually("rosa's message is claimed", lambda: rows(faulty, ["rosa"], Status.CLAIMED), every=0.05)
    assert faulty.cloud.kill_workers() > 0
    assert not faulty.inbox(address("rosa"))

    def after_all() -> list[Send]:
        faulty.cloud.pass_visibility_timeouts()  # the queue gives it to another sender, too
        return rows(faulty, ["rosa"], Status.SENT)

    (row,) = eventually("the report settles it", after_all)
    (mail,) = faulty.inbox(address("rosa"))
    assert (row.attempts, row.provider_id) == (1, mail["id"])
