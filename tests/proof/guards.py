"""The guards of the protocol, each of which can be taken away, by ports and parts that differ: no code is patched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from chalicelib import resources
from chalicelib.aws.database import Check, Put
from chalicelib.customers.seen import Seen
from chalicelib.customers.state import STATE, State
from chalicelib.customers.store import PERMIT, CustomerStore
from chalicelib.errors import Transient, Unanswered
from chalicelib.journeys.send import Send
from chalicelib.messages.brake import Brake
from chalicelib.messages.dispatcher import Dispatcher
from chalicelib.messages.permission import Permit
from chalicelib.messages.permission.policy import Holdout
from chalicelib.messages.situation import Situation
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.store import Claim, SendStore


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Guards:
    """What stands between workers and the world; `ALL` leaves everything as it is. means: what comes
    of its lack. where: in which simulation that shows."""

    name: str = "all guards"
    means: str = ""
    where: Literal["messages", "intake"] = "messages"
    tables: Callable[[Any], Any] = _same
    customers: Callable[[Any], CustomerStore] = CustomerStore
    mail: Callable[[Any], Any] = _same
    token: Callable[[Callable[[], str]], Callable[[], str]] = _same
    dispatcher: Callable[[Dispatcher], Dispatcher] = _same


ALL = Guards()


class Unconditional:
    """Tables that write without looking at what stands there: in one table, or under one range key of it."""

    def __init__(self, db: Any, table: str, key: str | None = None) -> None:
        self._db = db
        self._table = table
        self._key = key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def put(self, table: str, item: Any, *, when: Any = None) -> Any:
        return self._db.put(table, item, when=None if self._ours(table, item["sk"]) else when)

    def update(self, table: str, pk: str, sk: str, **named: Any) -> Any:
        if self._ours(table, sk):
            named["when"] = None
        return self._db.update(table, pk, sk, **named)

    def transact(self, writes: Any) -> None:
        ours = {index for index, write in enumerate(writes) if self._ours(write.table, _range_key(write))}
        kept = [
            replace(write, when=None) if index in ours else write
            for index, write in enumerate(writes)
            if not (index in ours and isinstance(write, Check))
        ]
        self._db.transact(kept)

    def _ours(self, table: str, sk: str) -> bool:
        return table == self._table and self._key in (None, sk)


def _range_key(write: Any) -> str:
    return str(write.item["sk"] if isinstance(write, Put) else write.sk)


class Apart:
    """Tables to which what must follow from a customer's change is written after the change, by itself."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def put(self, table: str, item: Any, *, when: Any = None) -> None:
        self._db.put(table, _without_outbox(item), when=when)
        self._tell(item)

    def transact(self, writes: Any) -> None:
        self._db.transact(
            [replace(each, item=_without_outbox(each.item)) if isinstance(each, Put) else each for each in writes]
        )
        for each in writes:
            if isinstance(each, Put):
                self._tell(each.item)

    def _tell(self, item: Any) -> None:
        if "fx" in item:
            self._db.update(resources.CUSTOMERS, item["pk"], item["sk"], set={"fx": item["fx"]})


def _without_outbox(item: Any) -> Any:
    return {name: value for name, value in item.items() if name != "fx"}


class Torn:
    """Tables that keep a decision first, and then the messages that were decided."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def transact(self, writes: Any) -> None:
        self._db.transact([write for write in writes if write.table != resources.SENDS])
        for write in writes:
            if write.table == resources.SENDS:
                self._db.put(write.table, write.item)


class Unremembering(CustomerStore):
    """Customers of whom nobody knows which events were counted."""

    def load(self, customer: str, *, consistent: bool = True) -> State:
        return replace(super().load(customer, consistent=consistent), seen=Seen())


class Retrying:
    """A mail client as botocore is by default: silence is answered by asking again."""

    def __init__(self, mail: Any) -> None:
        self._mail = mail

    def send(self, request: Mapping[str, Any]) -> str:
        for _ in range(2):
            try:
                return str(self._mail.send(request))
            except Unanswered:
                continue
        return str(self._mail.send(request))


class Optimistic:
    """A mail client for which silence means that nothing happened."""

    def __init__(self, mail: Any) -> None:
        self._mail = mail

    def send(self, request: Mapping[str, Any]) -> str:
        try:
            return str(self._mail.send(request))
        except Unanswered as silence:
            raise Transient("timeout") from silence


class Reclaiming(SendStore):
    """A ledger in which a claim is no state: a row stays as it was, and whoever comes next claims it again."""

    def claim(self, old: Send, claimed: Send, *rest: Any) -> Claim:
        return super().claim(old, replace(claimed, status=old.status, due_at=old.due_at), *rest)


class Forgetful(SendStore):
    """A ledger that forgets when to look again at what it claimed."""

    def claim(self, old: Send, claimed: Send, *rest: Any) -> Claim:
        return super().claim(old, replace(claimed, due_at=None), *rest)


class Unasked(SituationStore):
    """Permission as it was when the message was planned."""

    def read(self, row: Send, *asked: Any) -> Situation:
        found = super().read(row, *asked)
        return replace(found, recipient=replace(found.recipient, consent="granted"))


class Uncounted(SituationStore):
    """A permit that remembers no message."""

    def permit(self, customer: str) -> Permit:
        return Permit(super().permit(customer).version)


REMOVED: tuple[Guards, ...] = (
    Guards(
        "owner token",
        "every worker takes any claim for its own, and two of them call",
        token=lambda fresh: lambda: "everybody",
    ),
    Guards("single attempt", "the client answers silence by asking again, as botocore does by default", mail=Retrying),
    Guards("unknown state", "silence counts as a refusal, and the message is tried again", mail=Optimistic),
    Guards(
        "condition on the row",
        "a row is written without looking at what stands there",
        tables=lambda db: Unconditional(db, resources.SENDS),
    ),
    Guards(
        "condition on the permit",
        "consent and caps may change between asking and calling",
        tables=lambda db: Unconditional(db, resources.CUSTOMERS, PERMIT),
    ),
    Guards("seen", "nobody knows which events were counted", where="intake", customers=Unremembering),
    Guards(
        "version condition",
        "facts are written without looking at what stands there",
        where="intake",
        tables=lambda db: Unconditional(db, resources.CUSTOMERS, STATE),
    ),
    Guards("outbox", "what must follow is written after the facts, by itself", where="intake", tables=Apart),
    Guards(
        "decision and messages together",
        "an enrolment is kept first, and then the messages that it decided",
        where="intake",
        tables=Torn,
    ),
    Guards(
        "lease",
        "a claim has no date at which somebody looks again",
        dispatcher=lambda at: replace(at, sends=Forgetful(at.sends._db)),
    ),
    Guards(
        "permission when sending",
        "consent is believed as it was when the message was planned",
        dispatcher=lambda at: replace(at, situations=Unasked(at.sends._db)),
    ),
    Guards(
        "cap window",
        "the permit remembers no message",
        dispatcher=lambda at: replace(at, situations=Uncounted(at.sends._db)),
    ),
    Guards("quiet hours", "every hour is as good", dispatcher=lambda at: _by(at, hours={})),
    Guards("words once", "what was said may be said again", dispatcher=lambda at: _by(at, repeat_after=None)),
    Guards("holdout", "nobody is held out", dispatcher=lambda at: _by(at, holdout=Holdout())),
    Guards("brake", "nobody asks whether marketing is paused", dispatcher=lambda at: replace(at, brake=Brake)),
)
"""Each guard that the protocol has, removed."""


def _by(at: Dispatcher, **changes: Any) -> Dispatcher:
    policy = replace(at.policy(), **changes)
    return replace(at, policy=lambda: policy)
