"""Dead letters as the fake and SQS (in moto) keep them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib import resources
from chalicelib.aws import clients
from chalicelib.aws.letters import DeadLetters, SqsLetters
from tests.fakes.operations import MemoryLetters
from tests.messages.samples import NOW

Queue = tuple[DeadLetters, Callable[[str], object]]
"""The letters, and what gives one up."""


@pytest.fixture(params=["memory", "moto"])
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    if request.param == "memory":
        letters = MemoryLetters()
        yield letters, lambda text: letters.given_up("walks", text, NOW)
        return
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        clients.client.cache_clear()
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="test-dead")["QueueUrl"]
        yield (
            SqsLetters(clients.client("sqs"), {resources.DEAD: url}),
            lambda text: sqs.send_message(QueueUrl=url, MessageBody=text),
        )
        clients.client.cache_clear()


def test_whoever_holds_them_they_are_counted(queue: Queue) -> None:
    letters, give_up = queue
    for number in range(12):
        give_up(json.dumps({"customer": f"u#{number}"}))
    assert letters.count() == 12
    taken = letters.take(5, hidden=120)
    assert (len(taken), letters.count()) == (5, 12)
    letters.forget(taken[0])
    assert letters.count() == 11
    rest = letters.take(100)
    assert len(rest) == 7, "what is taken is hidden"
    assert letters.take(100) == []
    letters.put_back([*taken[1:], *rest])
    assert len(letters.take(100)) == letters.count() == 11
