"""The guards of the protocol, each of which can be taken away, by ports and parts that differ: no code is patched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import resources
from chalicelib.aws.database import Check, Update
from chalicelib.customers.store import PERMIT
from chalicelib.errors import Transient, Unanswered
from chalicelib.journeys.send import Send
from chalicelib.messages.dispatcher import Dispatcher
from chalicelib.messages.permission import Permit
from chalicelib.messages.store import Claim, SendStore, Situation, SituationStore


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Guards:
    """What stands between the dispatcher and the world; `ALL` leaves everything as it is."""

    name: str = "all guards"
    tables: Callable[[Any], Any] = _same
    mail: Callable[[Any], Any] = _same
    token: Callable[[Callable[[], str]], Callable[[], str]] = _same
    dispatcher: Callable[[Dispatcher], Dispatcher] = _same


ALL = Guards()


class Unconditional:
    """Tables that write without looking at what stands there: for rows of the ledger, or for permits."""

    def __init__(self, db: Any, table: str, key: str | None = None) -> None:
        self._db = db
        self._table = table
        self._key = key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def _ours(self, table: str, sk: str) -> bool:
        return table == self._table and self._key in (None, sk)

    def update(self, table: str, pk: str, sk: str, **named: Any) -> Any:
        if self._ours(table, sk):
            named["when"] = None
        return self._db.update(table, pk, sk, **named)

    def transact(self, writes: Any) -> None:
        kept = [
            replace(write, when=None) if isinstance(write, Update) and self._ours(write.table, write.sk) else write
            for write in writes
            if not (isinstance(write, Check) and self._ours(write.table, write.sk))
        ]
        self._db.transact(kept)


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
    Guards("owner token", token=lambda fresh: lambda: "everybody"),
    Guards("single attempt", mail=Retrying),
    Guards("unknown state", mail=Optimistic),
    Guards("condition on the row", tables=lambda db: Unconditional(db, resources.SENDS)),
    Guards("condition on the permit", tables=lambda db: Unconditional(db, resources.CUSTOMERS, PERMIT)),
    Guards("lease", dispatcher=lambda at: replace(at, sends=Forgetful(at.sends._db))),
    Guards("permission when sending", dispatcher=lambda at: replace(at, situations=Unasked(at.sends._db))),
    Guards("cap window", dispatcher=lambda at: replace(at, situations=Uncounted(at.sends._db))),
)
"""Each guard that the protocol has, removed."""
