"""Webhooks as they leave, received by the double for development over real sockets: signed, and the same again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from chalicelib import times
from chalicelib.aws.http import PinnedHttp
from chalicelib.errors import Permanent, Unanswered
from chalicelib.messages import signing
from chalicelib.messages.calls import SignedCalls
from chalicelib.settings import on_local_cloud
from infra.local.receiver import Receiver

SECRET = "a secret of the deployment"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(0, (signing.shown(SECRET),)) as made:
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


def request(receiver: Receiver, path: str) -> dict[str, object]:
    url = f"http://127.0.0.1:{receiver.server_port}{path}"
    return {"id": "20261122T0900-1", "url": url, "method": "POST", "body": {"name": "Zoë"}}


def calls(secret: str = SECRET) -> SignedCalls:
    return SignedCalls(PinnedHttp(loopback=True), lambda: (secret,), times.utcnow)


def test_a_webhook_arrives_signed_and_is_known_again(receiver: Receiver) -> None:
    for _ in range(2):
        assert calls().send(request(receiver, "/hooks")) == "answer_204"
    with urlopen(f"http://127.0.0.1:{receiver.server_port}/") as answer:
        kept = json.load(answer)
    assert [(call["signature"], call["again"], json.loads(call["body"])["name"]) for call in kept] == [
        ("right", True, "Zoë"),
        ("right", False, "Zoë"),
    ]


def test_a_wrong_secret_shows(receiver: Receiver) -> None:
    calls("another").send(request(receiver, "/hooks"))
    assert receiver.calls[0]["signature"] == "wrong_signature"


def test_it_answers_as_it_is_told(receiver: Receiver) -> None:
    with pytest.raises(Unanswered, match="answer_503"):
        calls().send(request(receiver, "/hooks/503"))
    with pytest.raises(Permanent, match="answer_302"):
        calls().send(request(receiver, "/hooks/302"))


def test_where_this_machine_is_not_to_be_called_it_is_not(receiver: Receiver) -> None:
    deployed = SignedCalls(PinnedHttp(), lambda: (SECRET,), times.utcnow)
    with pytest.raises(Permanent, match="address_not_public"):
        deployed.send(request(receiver, "/hooks"))
    assert not receiver.calls


@pytest.mark.parametrize(
    ("stage", "endpoint", "here"),
    [
        ("local", "http://127.0.0.1:4566", True),
        ("local", "http://localhost:4566", True),
        ("local", "", False),
        ("local", "https://dynamodb.eu-west-1.amazonaws.com", False),
        ("local", "http://127.0.0.1.evil.example:4566", False),
        ("prod", "http://127.0.0.1:4566", False),
        ("dev", "", False),
    ],
)
def test_it_may_be_called_only_where_aws_itself_is_on_this_machine(stage: str, endpoint: str, here: bool) -> None:
    assert on_local_cloud(stage, {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}) is here
