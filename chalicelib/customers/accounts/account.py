"""An account as stored: its traits, its facts, and the stage that they give. Pure.

v                      raised by every write; every write demands the version it has read
facts                  of its members together (union.py), packed
traits                 by name, as they were last written by anybody whose word counts
members, partial       how many there are; whether there are more than are looked at
first_at               receipt of the first call that named the account
stage, stage_since, rule, next_at, next_stage, rules_v     as for a customer
stage_shard            of the `stage` index, under a name of its own, so that accounts are no customers
due_shard, due_at      the `due` index
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.accounts.share import ACCOUNT
from chalicelib.customers.facts import Facts
from chalicelib.customers.packing import pack, unpack
from chalicelib.customers.prices import Prices
from chalicelib.customers.shards import due_shard, stage_shard, stage_shards
from chalicelib.customers.shown import rounded
from chalicelib.resources import SCHEMA_VERSION

RECORD: Final = "account"  # the range key
MOST_MEMBERS: Final = 1_000
"""Members that an account's facts are made of; those whose ids sort first."""


@dataclass(frozen=True)
class Account:
    """One account; `Account(id)` is one of which nothing is stored. Times are aware UTC."""

    id: str
    v: int = 0
    facts: Facts = field(default_factory=Facts)
    traits: Mapping[str, Any] = field(default_factory=dict)
    members: int = 0
    partial: bool = False
    first_at: datetime | None = None
    stage: str | None = None
    stage_since: datetime | None = None
    rule: str | None = None
    next_at: datetime | None = None
    next_stage: str | None = None
    rules_v: int = 0
    due_at: datetime | None = None
    overdue_at: datetime | None = None
    reactivated_at: datetime | None = None

    def to_item(self) -> dict[str, Any]:
        """The stored item; what is None is left out, so the indexes stay sparse."""
        key = ACCOUNT + self.id
        item: dict[str, Any] = {
            "pk": key,
            "sk": RECORD,
            "v": self.v,
            "schema_v": SCHEMA_VERSION,
            "facts": pack(self.facts),
            "traits": json.dumps(self.traits, separators=(",", ":")),
            "members": self.members,
            "partial": self.partial,
            "rules_v": self.rules_v,
        }
        optional = {
            "first_at": _text(self.first_at),
            "stage": self.stage,
            "stage_since": _text(self.stage_since),
            "stage_shard": stage_shard(listed_as(self.stage), key) if self.stage else None,
            "rule": self.rule,
            "next_at": _text(self.next_at),
            "next_stage": self.next_stage,
            "due_at": _text(self.due_at),
            "overdue_at": _text(self.overdue_at),
            "reactivated_at": _text(self.reactivated_at),
            "due_shard": due_shard(key) if self.due_at else None,
        }
        return item | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Account:
        """What `to_item` wrote, or what marking left where nothing stood."""
        return cls(
            id=str(item["pk"]).removeprefix(ACCOUNT),
            v=int(item["v"]),
            facts=unpack(item["facts"]) if "facts" in item else Facts(),
            traits=json.loads(item.get("traits", "{}")),
            members=int(item.get("members", 0)),
            partial=bool(item.get("partial", False)),
            first_at=_time(item.get("first_at")),
            stage=item.get("stage"),
            stage_since=_time(item.get("stage_since")),
            rule=item.get("rule"),
            next_at=_time(item.get("next_at")),
            next_stage=item.get("next_stage"),
            rules_v=int(item.get("rules_v", 0)),
            due_at=_time(item.get("due_at")),
            overdue_at=_time(item.get("overdue_at")),
            reactivated_at=_time(item.get("reactivated_at")),
        )

    def renewed(self, **changes: Any) -> Account:
        """The next version."""
        return replace(self, v=self.v + 1, **changes)


def listed_as(stage: str) -> str:
    """What a stage of accounts is called in the `stage` index."""
    return f"account:{stage}"


def shards(stage: str) -> tuple[str, ...]:
    """Every hash key under which accounts of a stage are listed."""
    return stage_shards(listed_as(stage))


def as_rules_see(account: Account, prices: Prices) -> dict[str, Any]:
    """What the rule `account` may ask for."""
    return {
        "id": account.id,
        "stage": account.stage,
        "subscription": account.facts.subscriptions.status,
        "members": account.members,
        "order_count": account.facts.order_count,
        "revenue": rounded(prices.total(account.facts).amount),
        "traits": dict(account.traits),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else times.text(moment)


def _time(text: str | None) -> datetime | None:
    return None if text is None else times.parse(text)
