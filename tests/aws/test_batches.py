"""What Lambda keeps of a batch: read, lessened, and written as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.aws import batches

RECORDS = [{"eventID": str(number), "dynamodb": {"Keys": {"pk": {"S": f"u#{number}"}}}} for number in range(3)]
SAID = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "timestamp": "2026-11-22T10:00:00.000Z"}
EVENT = {"Records": RECORDS}


@pytest.mark.parametrize("payload", [json.dumps(EVENT), EVENT], ids=["as text", "as JSON"])
def test_a_batch_without_some_of_its_records_is_a_batch_of_the_others(payload: Any) -> None:
    kept = SAID | {"payload": payload, "DDBStreamBatchInfo": {"batchSize": 3, "shardId": "shard"}}
    batch = batches.opened(json.dumps(kept))
    assert batch is not None
    assert batch.records == RECORDS
    less = json.loads(batch.holding(RECORDS[1:]).text())
    assert type(less["payload"]) is type(payload)
    again = batches.opened(json.dumps(less))
    assert again is not None
    assert again.event == {"Records": RECORDS[1:]}
    assert less == kept | {"payload": less["payload"], "DDBStreamBatchInfo": {"batchSize": 2, "shardId": "shard"}}


@pytest.mark.parametrize("text", ["", "[]", "{}", "no JSON", '{"requestContext": 7}'])
def test_what_is_none_of_lambda_s_is_no_batch(text: str) -> None:
    assert batches.opened(text) is None


@pytest.mark.parametrize("payload", [None, "cut off {", [], {"Records": 7}])
def test_a_batch_of_which_too_little_was_kept_has_no_records(payload: Any) -> None:
    batch = batches.opened(json.dumps(SAID | {"payload": payload}))
    assert batch is not None
    assert batch.records == []


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (RECORDS[1], "u#1"),
        ({}, None),
        ({"dynamodb": None}, None),
        ({"dynamodb": {"Keys": {}}}, None),
        ({"dynamodb": {"Keys": {"pk": {"B": "AA=="}}}}, None),
    ],
)
def test_a_record_says_under_which_key_its_item_stands(record: dict[str, Any], key: str | None) -> None:
    assert batches.hash_key(record) == key
