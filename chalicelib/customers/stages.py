"""The history of stages: one item for each change, beside what it is the history of. Pure.

stage#<time of the cause>#<version>#<new stage>     from, to, cause, since, v; reason as JSON, for it has fractions
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.aws.database import ABSENT, Check, Item, Put
from chalicelib.customers.state import STATE
from chalicelib.resources import CUSTOMERS, SCHEMA_VERSION

HISTORY: Final = "stage#"  # how the range keys begin


@dataclass(frozen=True)
class StageChange:
    """One entry of the history of the stages of a customer, or of an account.

    stage_from: None for the first. at: the time of the cause. v: the version of the write that made the change.
    since:      when the new stage began, which is later than `at` where old events arrived late.
    reason:     the rule that gave the new stage, with its values and thresholds; None where that was not kept.
    """

    stage_from: str | None
    stage_to: str
    cause: str
    at: datetime
    v: int
    since: datetime | None = None
    reason: Mapping[str, Any] | None = None


def kept_once(pk: str, change: StageChange) -> Put:
    """The write that keeps a change of stage under a hash key. Its condition fails if it is kept already."""
    item: Item = {
        "pk": pk,
        "sk": f"{HISTORY}{times.text(change.at)}#{change.v}#{change.stage_to}",
        "schema_v": SCHEMA_VERSION,
        "to": change.stage_to,
        "cause": change.cause,
        "v": change.v,
    }
    optional = {
        "from": change.stage_from,
        "since": times.text(change.since) if change.since and change.since != change.at else None,
        "reason": json.dumps(change.reason, separators=(",", ":")) if change.reason else None,  # it has fractions
    }
    held = {name: value for name, value in optional.items() if value is not None}
    return Put(CUSTOMERS, item | held, when={"pk": ABSENT})


def is_there(customer: str) -> Check:
    """In a transaction: only if the customer has not been erased meanwhile."""
    return Check(CUSTOMERS, customer, STATE, when={"pk": customer})


def stage_change(item: Mapping[str, Any]) -> StageChange:
    """What `kept_once` wrote."""
    at = times.parse(item["sk"].removeprefix(HISTORY).partition("#")[0])
    return StageChange(
        stage_from=item.get("from"),
        stage_to=item["to"],
        cause=item["cause"],
        at=at,
        v=int(item["v"]),
        since=times.parse(item["since"]) if "since" in item else at,
        reason=json.loads(item["reason"]) if "reason" in item else None,
    )
