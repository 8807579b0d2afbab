"""The names that code, template and tests share. Strings only: app.py's decorators read them at import."""

from __future__ import annotations

from typing import Final

EVENTS: Final = "events"
CUSTOMERS: Final = "customers"
ENROLMENTS: Final = "enrolments"
SENDS: Final = "sends"
CATALOG: Final = "catalog"
WORK: Final = "work"
TABLES: Final = (EVENTS, CUSTOMERS, ENROLMENTS, SENDS, CATALOG, WORK)

DUE: Final = "due"  # index: due_shard, due_at
STAGE: Final = "stage"  # index: stage_shard, stage_since
DUE_SHARDS: Final = 64  # one partition takes 1,000 writes a second, and a million may be due at nine
BULK_SHARDS: Final = 16  # beside them, of the table sends: whoever looks for a receipt does not walk past a broadcast
STAGE_SHARDS: Final = 8

RECOMPUTE: Final = "recompute"
WALKS: Final = "walks"
TRANSACTIONAL: Final = "transactional"
JOURNEYS: Final = "journeys"
BULK: Final = "bulk"
FEEDBACK: Final = "feedback"
SENDING: Final = (TRANSACTIONAL, JOURNEYS, BULK)  # what somebody waits for, what concerns one, what thousands get
QUEUES: Final = (RECOMPUTE, WALKS, *SENDING, FEEDBACK)
DEAD: Final = "dead"  # where a message of any queue goes that was given up

SCHEMA_VERSION: Final = 1


def table_variable(table: str) -> str:
    """The environment variable that names a table: `EVENTS_TABLE`."""
    return f"{table.upper()}_TABLE"


def queue_variable(queue: str) -> str:
    """The environment variable that holds a queue's URL: `WALKS_QUEUE_URL`."""
    return f"{queue.upper()}_QUEUE_URL"


def placeholder_stream(table: str) -> str:
    """An ARN to satisfy Chalice's decorator; infra/resources.yaml puts the table's stream in its place."""
    return f"arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/placeholder"


def placeholder_queue(queue: str) -> str:
    """An ARN to satisfy Chalice's decorator; infra/resources.yaml puts the queue's own ARN in its place."""
    return f"arn:aws:sqs:us-east-1:000000000000:{queue}"
