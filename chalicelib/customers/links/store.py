"""Where the graph of who belongs to whom is kept: two small items beside each subject's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.database import ABSENT, ConditionFailed, Database
from chalicelib.customers.links import Node
from chalicelib.customers.store import Conflict
from chalicelib.resources import CUSTOMERS


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

    def _put(self, subject: str, item: Mapping[str, Any], v: int) -> None:
        try:
            self._db.put(CUSTOMERS, dict(item), when={"v": v} if v else {"pk": ABSENT})
        except ConditionFailed as lost:
            raise Conflict(subject) from lost
