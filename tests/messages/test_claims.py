"""The writes that claim and save a row, on the fake and on DynamoDB: each demands what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.aws.database import ConditionFailed, Database
from chalicelib.customers.shards import due_shard
from chalicelib.errors import Transient
from chalicelib.journeys.send import Status
from chalicelib.messages import ledger
from chalicelib.messages.permission import Sent, key_of
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.store import Claim, SendStore
from tests.messages.samples import DAY, NOW, receipt, send
from tests.messages.world import World, world


def claimed_by(row: Any, owner: str) -> Any:
    return ledger.claim(row, owner, NOW)


def test_a_claim_holds_in_one_table_and_in_the_other(database: Database) -> None:
    """The claim on the fake and on DynamoDB: won, lost to another, lost to itself, lost to a changed permit."""
    sends, row = SendStore(database), send()
    at = World(db=database)
    at.customer()
    at.plan(row)
    permit = SituationStore(database).permit(row.customer)
    mine = claimed_by(row, "me")
    assert sends.claim(row, mine, permit, {key_of(row.id): Sent(NOW, "email")}) is Claim.MINE
    assert sends.claim(row, mine, permit, {key_of(row.id): Sent(NOW, "email")}) is Claim.MINE  # its answer was lost
    assert sends.claim(row, claimed_by(row, "you"), permit, {key_of(row.id): Sent(NOW, "email")}) is Claim.TAKEN
    assert SituationStore(database).permit(row.customer).sent == {key_of(row.id): Sent(NOW, "email")}
    other = at.plan(send(id="20261122T0901-second"))
    assert sends.claim(other, claimed_by(other, "me"), permit, {key_of(other.id): Sent(NOW, "email")}) is Claim.MOVED
    slip = at.plan(receipt(id="20261122T0902-receipt"))
    assert sends.claim(slip, claimed_by(slip, "me"), permit, None) is Claim.MOVED
    fresh = SituationStore(database).permit(row.customer)
    assert sends.claim(slip, claimed_by(slip, "me"), fresh, None) is Claim.MINE


def test_a_claim_without_a_permit_and_without_a_row(database: Database) -> None:
    sends, row = SendStore(database), send()
    none = SituationStore(database).permit(row.customer)
    assert sends.claim(row, claimed_by(row, "me"), none, None) is Claim.MOVED
    database.put(resources.SENDS, row.to_item())
    assert sends.claim(row, claimed_by(row, "me"), none, {key_of(row.id): Sent(NOW, "email")}) is Claim.MINE
    assert SituationStore(database).permit(row.customer).version == 1


def test_saving_demands_what_was_read(database: Database) -> None:
    sends, row = SendStore(database), send()
    database.put(resources.SENDS, row.to_item())
    held = ledger.postpone(row, "capped", NOW + DAY)
    assert sends.save(row, held)
    assert sends.save(row, held)  # its answer was lost
    assert not sends.save(row, ledger.skip(row, "no_consent"))
    assert sends.get(row.customer, row.id) == held
    assert sends.save(held, ledger.skip(held, "no_consent"))
    assert database.query_index(resources.SENDS, "due", due_shard(row.customer)).items == []


class Losing:
    """A table whose acknowledgements are lost: it does what it is told and then says that it does not know."""

    def __init__(self, db: Database, lost: int) -> None:
        self._db = db
        self.lost = lost

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._db, name)
        if name not in ("transact", "update"):
            return method

        def call(*arguments: Any, **named: Any) -> Any:
            answer = method(*arguments, **named)
            if self.lost > 0:
                self.lost -= 1
                raise Transient("the acknowledgement was lost")
            return answer

        return call


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_lost_acknowledgements_lose_no_mail_and_send_none_twice(lost: int) -> None:
    at, row = world()
    losing = Losing(at.db, 0)
    at.dispatcher = replace(at.dispatcher, sends=SendStore(losing))
    losing.lost = lost
    assert at.dispatch(row) == Status.SENT
    assert (len(at.mail.sent), at.row(row).status) == (1, Status.SENT)


def test_the_fake_refuses_what_dynamodb_refuses() -> None:
    at, row = world()
    with pytest.raises(ConditionFailed):
        at.db.update(resources.SENDS, row.customer, row.id, set={"v": 9}, when={"v": 7})
