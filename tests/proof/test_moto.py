"""The same auditor over botocore and moto: every request of one message is lost, answered into the void, throttled, or
the last thing that its worker did."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

import pytest

from chalicelib.journeys.send import Send
from tests.messages.samples import NOW, receipt, send
from tests.proof.faults import Exactly, Fault
from tests.proof.moto import Moto, Wire, running

TWICE = 6
"""Schedules with two faults at random requests."""

_numbers = count(1)


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    with running() as made:
        yield made


def message(kind: str) -> Send:
    """One of a customer who gets nothing else."""
    number = next(_numbers)
    made = send if kind == "marketing" else receipt
    return made(customer=f"u#reader-{number}", id=f"20261122T0900-{number:032d}")


def requests(moto: Moto, kind: str) -> list[str]:
    """What is asked of AWS when nothing goes wrong."""
    assert moto.play(message(kind), {}).wrong == []  # and what containers remember is known, as it is ever after
    row = message(kind)
    moto.world.now = NOW
    moto.world.customer(row.customer)
    moto.world.plan(row)
    moto.wire.schedule = schedule = Exactly()
    moto.world.dispatch(row)
    moto.wire.schedule = Exactly()
    return schedule.sites


def possible(site: str) -> tuple[Fault, ...]:
    """Those of the faults that differ: of a read, whose answer is lost, nothing happened either."""
    if site == "mail.send":
        return (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.THROTTLED)
    if site in ("dynamodb.GetItem", "dynamodb.Query"):
        return (Fault.CRASH_BEFORE, Fault.LOST_REQUEST)
    return (Fault.CRASH_AFTER, Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.THROTTLED)


def test_every_fault_at_every_request(moto: Moto) -> None:
    sites = requests(moto, "marketing")
    assert sites.count("mail.send") == 1
    assert sites.count("dynamodb.TransactWriteItems") == 1
    for number, site in enumerate(sites):
        for fault in possible(site):
            assert moto.play(message("marketing"), {number: fault}).wrong == [], (number, site, fault)


def test_a_receipt_whose_call_or_mark_goes_wrong(moto: Moto) -> None:
    sites = requests(moto, "transactional")
    for number, site in enumerate(sites):
        for fault in possible(site) if site not in ("dynamodb.GetItem", "dynamodb.Query") else ():
            assert moto.play(message("transactional"), {number: fault}).wrong == [], (number, site, fault)


def test_two_faults_at_once(moto: Moto) -> None:
    dice = Random(6)
    faults = (Fault.CRASH_AFTER, Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.THROTTLED)
    for _ in range(TWICE):
        made = {dice.randrange(12): dice.choice(faults) for _ in range(2)}
        assert moto.play(message(dice.choice(["marketing", "transactional"])), made).wrong == [], made


def test_a_mail_client_that_repeats_is_noticed(moto: Moto) -> None:
    """botocore's default: the answer is lost, it asks again, and reports one success."""
    eager = Moto(Wire(), fresh=False, mail_attempts=3)
    place = requests(eager, "marketing").index("mail.send")
    verdict = eager.play(message("marketing"), {place: Fault.LOST_ANSWER})
    assert verdict.wrong[0].startswith("double")
