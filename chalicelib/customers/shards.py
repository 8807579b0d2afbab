"""Under which hash keys the indexes hold what is a customer's, so that no partition takes it all. Pure."""

from __future__ import annotations

from chalicelib import ids
from chalicelib.resources import BULK_SHARDS, DUE_SHARDS, STAGE_SHARDS


def due_shard(customer: str) -> str:
    """The shard of every `due` index that holds this customer's items: "00" to "63"."""
    return f"{ids.shard(customer, DUE_SHARDS):02d}"


def bulk_shard(customer: str) -> str:
    """The shard of the `due` index that holds what a schedule decided for this customer and many others: "b00"."""
    return f"b{ids.shard(customer, BULK_SHARDS):02d}"


def stage_shard(stage: str, customer: str) -> str:
    """The hash key of the `stage` index: `at_risk#3`."""
    return f"{stage}#{ids.shard(customer, STAGE_SHARDS)}"


def stage_shards(stage: str) -> tuple[str, ...]:
    """Every hash key under which customers of a stage are listed."""
    return tuple(f"{stage}#{number}" for number in range(STAGE_SHARDS))
