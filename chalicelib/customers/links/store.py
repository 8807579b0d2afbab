"""Where the graph of who belongs to whom is kept: two small items beside each subject's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib import times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Put, TransactionConflict, Update, Write
from chalicelib.customers.links import Node
from chalicelib.customers.shards import due_shard
from chalicelib.customers.state import STATE, State
from chalicelib.customers.store import PERMIT, Conflict
from chalicelib.resources import CUSTOMERS, SCHEMA_VERSION


class LinkStore:
    """The graph. Nothing is cached, and everything is read consistently: who decides sees what others have saved."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def node(self, subject: str) -> Node:
        """One subject, as it is now."""
        page = self._db.query(CUSTOMERS, subject, prefix="link", consistent=True)
        return Node.from_items(subject, page.items)

    def save_sources(self, node: Node) -> None:
        """Write who claimed the subject. Conflict if somebody was faster."""
        self._put(node.subject, node.linked_item(), node.linked_v)

    def save_claims(self, node: Node) -> None:
        """Write what the subject is claimed for. Conflict if somebody was faster."""
        self._put(node.subject, node.link_item(), node.v)

    def turn(self, after: State, marked: Sequence[State], reason: str, now: datetime, permit_to: str | None) -> None:
        """Write a subject's state, made from that of version `after.v - 1`, and mark these customers for rebuild as
        they were read: one transaction, or one write if there is nobody to mark. Conflict if somebody was faster.

        Marking raises the version, so whoever is just counting an event for one of them counts it anew.
        permit_to: the customer who takes over the sends that caps count. Whatever is about to leave under the old
        permit is then asked for again.
        """
        writes: list[Write] = [Put(CUSTOMERS, after.to_item(), _as_read(after.v - 1))]
        writes += [_mark(state, reason, now) for state in marked]
        if permit_to is not None:
            writes += self._joined_permits(after.customer, permit_to)
        try:
            if len(writes) == 1:
                self._db.put(CUSTOMERS, after.to_item(), when=_as_read(after.v - 1))
            else:
                self._db.transact(writes)
        except (ConditionFailed, TransactionConflict) as lost:
            raise Conflict(after.customer) from lost

    def _joined_permits(self, subject: str, customer: str) -> list[Write]:
        theirs, hers = (self._db.get(CUSTOMERS, each, PERMIT) for each in (subject, customer))
        sent = {**((hers or {}).get("sent") or {}), **((theirs or {}).get("sent") or {})}
        return [_raised(subject, theirs, {}), _raised(customer, hers, {"sent": sent} if sent else {})]

    def _put(self, subject: str, item: Mapping[str, Any], v: int) -> None:
        try:
            self._db.put(CUSTOMERS, dict(item), when={"v": v} if v else {"pk": ABSENT})
        except ConditionFailed as lost:
            raise Conflict(subject) from lost


def _as_read(v: int) -> dict[str, object]:
    return {"v": v} if v else {"pk": ABSENT}


def _mark(state: State, reason: str, now: datetime) -> Write:
    if not state.v:
        new = State(state.customer, v=1, rebuild=reason, due_at=now)
        return Put(CUSTOMERS, new.to_item(), _as_read(0))
    due = times.text(min(now, state.due_at) if state.due_at else now)
    marked = {"v": state.v + 1, "rebuild": reason, "due_at": due, "due_shard": due_shard(state.customer)}
    # The outbox was this item's last write; it must not leave again with this one.
    return Update(CUSTOMERS, state.customer, STATE, marked, ("fx",), _as_read(state.v))


def _raised(customer: str, standing: Mapping[str, Any] | None, sent: Mapping[str, Any]) -> Write:
    version = int(standing["version"]) if standing else 0
    raised = {"version": version + 1, "schema_v": SCHEMA_VERSION, **sent}
    return Update(CUSTOMERS, customer, PERMIT, raised, when={"version": version if standing else ABSENT})
