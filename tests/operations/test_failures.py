"""What was given up: found wherever it lies, done again by whoever gave it up, or forgotten."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib import resources
from chalicelib.aws.functions import LambdaFunctions
from chalicelib.aws.letters import DeadLetters, Letter, SqsLetters
from chalicelib.errors import Permanent
from chalicelib.operations.failure import of_batch, of_letter
from chalicelib.operations.store import LOOKED_AT, Behind, FailureStore, NotReplayable, Unknown
from tests.fakes.files import MemoryFiles
from tests.fakes.operations import MemoryFunctions, MemoryLetters
from tests.messages.samples import MINUTE, NOW

ROW = {"customer": "u#ada", "send": "20261122T0900-a"}
KEY = "aws/lambda/6c0b/shardId-01/2026-11-22T10.00.00-7f"


def letter(source: str | None, text: str) -> Letter:
    return Letter("m-1", text, source, NOW, "handle")


def batch(function: str = "project-events", records: int = 2, **changes: Any) -> str:
    """What Lambda writes into the bucket for a batch of a stream."""
    payload = {"Records": [{"eventID": str(number)} for number in range(records)]}
    kept = {
        "requestContext": {
            "requestId": "r-1",
            "functionArn": f"arn:aws:lambda:eu-west-1:123456789012:function:perennial-dev-{function}",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 101,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "DDBStreamBatchInfo": {"shardId": "shardId-01", "batchSize": records, "streamArn": "arn"},
        "payload": json.dumps(payload),
        **changes,
    }
    return json.dumps(kept)


class Place:
    """The queue and the bucket, in memory."""

    def __init__(self) -> None:
        self.letters, self.bucket, self.functions = MemoryLetters(), MemoryFiles(), MemoryFunctions()
        self.store = FailureStore(self.letters, self.bucket, self.functions)


@pytest.fixture
def place() -> Place:
    return Place()


def seen(place: Place, of: str | None = None) -> list[str]:
    """The ids of the letters that are listed."""
    return [failure.id for failure in place.store.letters(of).letters]


@pytest.mark.parametrize(
    ("source", "text", "of", "replayable"),
    [
        ("walks", '{"customer": "u#ada", "enrolment": "welcome#1"}', "walks", True),
        ("bulk", '{"shard": "07", "until": "2026-11-22T10:00:00Z"}', "bulk", True),
        (None, '{"eventType": "Bounce", "mail": {}}', "feedback", True),  # SNS could not deliver it
        (None, '{"shard": "07"}', None, False),
        ("feedback", "Successfully validated SNS topic", "feedback", False),
    ],
)
def test_a_letter_says_which_queue_gave_it_up(source: str | None, text: str, of: str | None, replayable: bool) -> None:
    found = of_letter(letter(source, text))
    assert (found.place, found.of, found.replayable) == ("letters", of, replayable)


@pytest.mark.parametrize("function", ["project_events", "start_journeys", "work_jobs", "refit"])
def test_a_batch_says_which_function_gave_it_up_and_holds_its_records(function: str) -> None:
    found = of_batch(KEY, batch(function.replace("_", "-")))
    assert found is not None
    assert (found.of, found.count, found.at, found.replayable) == (function, 2, found.at, True)
    assert found.why == "RetryAttemptsExhausted, tried 101 times"


def test_what_lies_in_the_bucket_and_is_none_of_lambda_s_is_no_failure() -> None:
    for text in ("", "[]", "{}", "no JSON", '{"requestContext": 7}'):
        assert of_batch(KEY, text) is None


def test_letters_are_listed_the_oldest_first_and_stay_to_be_seen(place: Place) -> None:
    second = place.letters.given_up("walks", ROW, NOW)
    first = place.letters.given_up("bulk", ROW, NOW - MINUTE)
    for _ in range(2):
        assert seen(place) == [first, second]
    assert seen(place, of="walks") == [second]
    assert not place.store.letters().more


def test_a_letter_that_is_replayed_goes_to_its_queue_and_nowhere_else(place: Place) -> None:
    wanted, other = (place.letters.given_up(queue, ROW, NOW) for queue in ("walks", "bulk"))
    place.store.replay_letter(wanted)
    assert place.letters.sent == [("walks", json.dumps(ROW))]
    assert seen(place) == [other]
    with pytest.raises(Unknown):
        place.store.replay_letter(wanted)


def test_a_letter_that_is_discarded_is_done_nowhere(place: Place) -> None:
    place.store.discard_letter(place.letters.given_up("walks", ROW, NOW))
    assert (place.letters.held, place.letters.sent) == ({}, [])


def test_a_letter_that_nobody_can_do_again_stays_until_it_is_discarded(place: Place) -> None:
    greeting = place.letters.given_up("feedback", "Successfully validated SNS topic", NOW)
    with pytest.raises(NotReplayable):
        place.store.replay_letter(greeting)
    assert place.store.replay_letters(10, None).outcomes == [
        (greeting, "Nobody says which queue gave it up, or it is no message of ours.")
    ]
    assert seen(place) == [greeting]
    assert place.store.discard_letters(10, None).outcomes == [(greeting, None)]
    assert place.letters.held == {}


def test_many_letters_are_replayed_the_oldest_first_and_only_those_asked_for(place: Place) -> None:
    for number in range(5):
        place.letters.given_up("bulk", {**ROW, "send": str(number)}, NOW - number * MINUTE)
    place.letters.given_up("walks", ROW, NOW)
    done = place.store.replay_letters(3, "bulk")
    assert (len(done.outcomes), done.more) == (3, True)
    assert [json.loads(text)["send"] for _, text in place.letters.sent] == ["4", "3", "2"]
    assert [failure.of for failure in place.store.letters().letters] == ["bulk", "bulk", "walks"]
    assert not place.store.replay_letters(3, "bulk").more


def test_what_nobody_can_do_again_stands_in_no_letter_s_way(place: Place) -> None:
    for number in range(3):
        place.letters.given_up(None, "hello", NOW - number * MINUTE)
    place.letters.given_up("walks", ROW, NOW)
    first, second = place.store.replay_letters(2, None), place.store.replay_letters(2, None)
    assert [why is None for _, why in first.outcomes] == [True, False]
    assert [why is None for _, why in second.outcomes] == [False, False]
    assert place.letters.sent == [("walks", json.dumps(ROW))]


def test_of_more_letters_than_one_look_takes_it_is_said_that_there_are_more(place: Place) -> None:
    for _ in range(LOOKED_AT):
        place.letters.given_up("bulk", ROW, NOW)
    hidden = place.letters.given_up("walks", ROW, NOW)
    assert (place.store.letters("walks").letters, place.store.letters("walks").more) == ([], True)
    for act in (place.store.replay_letters, place.store.discard_letters):
        with pytest.raises(Behind, match=r"none of the 500 that were looked at is of walks. Replay or discard .* bulk"):
            act(10, "walks")
    assert place.store.discard_letters(10, "bulk").more
    assert seen(place, of="walks") == [hidden]


def test_batches_are_listed_by_pages(place: Place) -> None:
    for number in range(5):
        place.bucket.write(f"{KEY}{number}", batch("refit" if number == 3 else "project-events").encode())
    place.bucket.write("a stranger's", b"hello")
    first, after = place.store.batches(3)
    assert [failure.id for failure in first] == [f"{KEY}{number}" for number in range(3)]
    assert after is not None
    second, after = place.store.batches(3, after)
    assert ([failure.id for failure in second], after) == ([f"{KEY}3", f"{KEY}4"], None)
    assert [failure.id for failure in place.store.batches(9, of="refit")[0]] == [f"{KEY}3"]


def test_batches_that_fail_again_stand_in_nobody_s_way(place: Place) -> None:
    for number in range(30):
        place.bucket.write(f"{KEY}{number:02}", batch("start-journeys" if number < 15 else "project-events").encode())
    failing = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    place.functions.answer = lambda function, event: failing if function == "start_journeys" else {}
    done = place.store.replay_batches(10, None, lambda: True)
    assert [why is None for _, why in done.outcomes] == [False] * 15 + [True] * 10
    assert done.more
    assert not place.store.replay_batches(10, None, lambda: True).more
    assert len(place.bucket.held) == 15


def test_whoever_runs_out_of_time_says_that_there_is_more(place: Place) -> None:
    for number in range(3):
        place.bucket.write(f"{KEY}{number}", batch().encode())
    left = iter([True, True, False])
    done = place.store.discard_batches(10, None, lambda: next(left))
    assert ([why for _, why in done.outcomes], done.more) == ([None, None], True)


@pytest.mark.parametrize(("function", "waited"), [("project-events", True), ("start-journeys", True), ("refit", False)])
def test_a_batch_is_done_again_by_its_function_and_then_forgotten(place: Place, function: str, waited: bool) -> None:
    place.bucket.write(KEY, batch(function).encode())
    place.store.replay_batch(KEY)
    ((called, event, was_waited_for),) = place.functions.called
    assert (called, len(event["Records"]), was_waited_for) == (function.replace("-", "_"), 2, waited)
    assert place.bucket.held == {}


def test_a_batch_that_fails_again_stays(place: Place) -> None:
    place.bucket.write(KEY, batch().encode())
    place.functions.answer = lambda function, event: {"batchItemFailures": [{"itemIdentifier": "1"}]}
    with pytest.raises(Permanent, match="1 of 2 records failed again"):
        place.store.replay_batch(KEY)
    assert list(place.bucket.held) == [KEY]


@pytest.mark.parametrize("kept", [batch(payload=None), batch("another-function"), batch(records=0)])
def test_a_batch_of_which_nothing_is_left_can_only_be_discarded(place: Place, kept: str) -> None:
    place.bucket.write(KEY, kept.encode())
    with pytest.raises(NotReplayable):
        place.store.replay_batch(KEY)
    place.store.discard_batch(KEY)
    with pytest.raises(Unknown):
        place.store.discard_batch(KEY)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Any:
    """SQS, with a queue that gives up after one try, and where its letters go."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


def test_sqs_says_from_which_queue_a_letter_came(sqs: Any) -> None:
    dead = sqs.create_queue(QueueName="test-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1"})
    walks = sqs.create_queue(QueueName="test-walks", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    sqs.send_message(QueueUrl=walks, MessageBody=json.dumps(ROW))
    for _ in range(2):
        sqs.receive_message(QueueUrl=walks, VisibilityTimeout=0)
    letters: DeadLetters = SqsLetters(sqs, {resources.DEAD: dead, resources.WALKS: walks})
    (found,) = letters.take(20)
    assert (found.text, found.source in ("walks", None)) == (json.dumps(ROW), True)
    assert letters.take(20) == [], "hidden"
    letters.put_back([found])
    (again,) = letters.take(20)
    assert again.id == found.id
    letters.send_again(again, resources.WALKS)
    letters.forget(again)
    assert letters.take(20) == []
    assert sqs.receive_message(QueueUrl=walks)["Messages"][0]["Body"] == json.dumps(ROW)


class Lambda:
    """A client that answers what it is told to."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer, self.asked = answer, list[dict[str, Any]]()

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return self.answer


class Body:
    def __init__(self, text: str) -> None:
        self._text = text

    def read(self) -> bytes:
        return self._text.encode()


def test_a_function_is_called_by_its_name_and_says_what_went_wrong() -> None:
    well = Lambda({"Payload": Body('{"batchItemFailures": []}')})
    assert LambdaFunctions(well, "perennial-dev").call("project_events", {"Records": []}) == {"batchItemFailures": []}
    assert well.asked[0]["FunctionName"] == "perennial-dev-project-events"
    badly = Lambda({"FunctionError": "Unhandled", "Payload": Body('{"errorType": "KeyError", "errorMessage": "pk"}')})
    with pytest.raises(Permanent, match="project_events failed: KeyError: pk"):
        LambdaFunctions(badly, "perennial-dev").call("project_events", {})
