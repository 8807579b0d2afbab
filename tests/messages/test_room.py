"""A message that certainly did not leave takes no room under a cap from those that can."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from chalicelib.aws.database import Database
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.journeys.coupons.code import Code, NoCode
from chalicelib.journeys.purpose import Budget, Cost
from chalicelib.journeys.send import Status
from chalicelib.journeys.spending import REACHED
from chalicelib.journeys.spending.store import Budgets, Limits
from chalicelib.messages import ledger
from chalicelib.messages.codes import Purse
from chalicelib.messages.permission import Sent, key_of
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.store import SendStore
from tests.messages.samples import NOW, send
from tests.messages.world import World, world

SECOND = "20261122T0901-second"


@pytest.mark.parametrize(
    ("ending", "leaves"),
    [
        (Held("sandbox"), True),
        (Permanent("rejected"), True),
        (Transient("throttled"), False),  # it leaves in a moment
        (Unanswered("ReadTimeoutError"), False),  # it may have left
        (None, False),
    ],
)
def test_what_certainly_does_not_leave_gives_its_room_back(ending: Exception | None, leaves: bool) -> None:
    at, row = world()
    at.mail.next = [ending] if ending else []
    at.dispatch(row)
    second = at.plan(send(id=SECOND))
    assert at.dispatch(second) == (Status.SENT if leaves else Status.PLANNED)
    assert at.row(second).reason == (None if leaves else "capped")


def test_a_held_message_asks_for_room_like_any_other_when_it_may_leave() -> None:
    at, row = world()
    at.mail.next = [Held("sandbox")]
    at.dispatch(row)
    at.dispatch(at.plan(send(id=SECOND)))
    at.wait(ledger.HOLD)
    assert (at.dispatch(row), at.row(row).reason) == (Status.PLANNED, "capped")
    assert len(at.mail.sent) == 1


def test_the_room_is_given_back_in_one_table_and_in_the_other(database: Database) -> None:
    """On the fake and on DynamoDB; whoever claimed meanwhile has the say, and the room stays taken."""
    at = World(db=database)
    at.customer()
    sends, situations, row = SendStore(database), SituationStore(database), at.plan(send())
    other = at.plan(send(id=SECOND))
    taken = {key_of(row.id): Sent(NOW, "email")}
    sends.claim(row, ledger.claim(row, "me", NOW), situations.permit(row.customer), taken)
    stale = situations.permit(row.customer)
    both = {**taken, key_of(other.id): Sent(NOW, "email")}
    sends.claim(other, ledger.claim(other, "you", NOW), stale, both)
    sends.give_back(row.customer, row.id, stale)
    assert situations.permit(row.customer).sent == both
    sends.give_back(row.customer, row.id, situations.permit(row.customer))
    freed = situations.permit(row.customer)
    assert freed.sent == {key_of(other.id): Sent(NOW, "email")}
    sends.give_back(row.customer, row.id, freed)
    assert situations.permit(row.customer) == freed


def test_where_it_cannot_be_given_back_the_message_ends_all_the_same() -> None:
    at, row = world()

    class Deaf(SendStore):
        def give_back(self, customer: str, send: str, permit: object) -> None:
            raise Transient("the table does not answer")

    at.with_(sends=Deaf(at.db))
    at.mail.next = [Permanent("rejected")]
    assert at.dispatch(row) == Status.FAILED


class Two(Budgets):
    """Every journey has two euros, and every message costs them."""

    def limits(self, journey: str, now: datetime) -> Limits:
        return Limits(
            Budget.model_validate({"amount": 2, "currency": "EUR"}),
            Cost.model_validate({"per_message": 2, "currency": "EUR"}),
        )


class NoCoupons:
    """No message here has one."""

    def code(
        self, customer: str, campaign: str, journey: str, now: datetime, *, also: Sequence[str] = ()
    ) -> Code | NoCode:
        raise AssertionError("nobody asked for a code")


@pytest.mark.parametrize("ending", [Transient("throttled"), Held("sandbox")])
def test_a_message_is_paid_for_once_and_its_own_cost_does_not_hold_it(ending: Exception) -> None:
    at, row = world()
    budgets = Two(at.db)
    at.with_(purse=Purse(budgets, NoCoupons(), lambda customer: [customer]))
    at.mail.next = [ending, ending]
    for _ in range(2):
        at.dispatch(row)
        at.wait(ledger.HOLD)
    assert at.dispatch(row) == Status.SENT
    spending = budgets.spending(row.journey, at.now)
    assert spending is not None
    assert spending.messages == 1
    assert budgets.reached(row.journey, at.now) == REACHED
