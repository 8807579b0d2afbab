"""The webhook channel: the contract of channels, what receivers can verify, and how the ledger tries again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.http import Answer
from chalicelib.aws.reach import Unreachable
from chalicelib.errors import Permanent, Transient, Unanswered
from chalicelib.journeys.send import Send, Status
from chalicelib.messages import signing
from chalicelib.messages.calls import SignedCalls
from chalicelib.messages.channels import Message, Unsendable
from chalicelib.tracking.sources.standard import plugin as standard
from chalicelib.tracking.webhook import Delivery
from tests.fakes.http import MemoryHttp
from tests.messages.channel_contract import SENDER, ChannelContract, message
from tests.messages.samples import DAY, MINUTE, NOW, send
from tests.messages.world import World

URL = "https://crm.example.com/hooks"
CALL: dict[str, Any] = {"id": "20261122T0900-1", "url": URL, "method": "POST", "body": {"a": "ä"}}


def webhook(**changes: Any) -> Send:
    """A row that calls."""
    content = {"url": URL, "method": "POST", **changes.pop("content", {})}
    return send(**{"channel": "webhook", "template": None, "content": content, "deadline": NOW + DAY, **changes})


class TestWebhook(ChannelContract):
    name = "webhook"
    address = ""

    def message(self, **changes: Any) -> Message:
        said = {"url": URL, "method": "POST", "body": {"stage": "lead"}}
        return message("", **{"words": None, "unsubscribe_url": None, "said": said, **changes})

    def test_a_message_without_words_is_refused_before_the_call(self) -> None:
        with pytest.raises(Unsendable):
            self.channel.prepare(self.message(said=None), SENDER)

    def test_it_reaches_no_person_and_may_be_repeated(self) -> None:
        assert self.channel.reaches(webhook()) is None
        assert self.channel.repeatable
        assert not self.channel.worded


@pytest.mark.parametrize("secret", ["newest", "previous"])
def test_whoever_has_a_live_secret_can_verify_it(secret: str) -> None:
    http = MemoryHttp()
    assert SignedCalls(http, lambda: ("newest", "previous"), lambda: NOW).send(CALL) == "answer_200"
    (method, url, headers, body) = http.calls[0]
    assert (method, url, json.loads(body)) == ("POST", URL, {"a": "ä"})
    arrived = Delivery(body, {name.lower(): value for name, value in headers.items()})
    assert standard.verify(arrived, [signing.shown(secret)], NOW) is None
    assert standard.verify(arrived, [signing.shown("another")], NOW) == "wrong_signature"
    assert standard.verify(arrived, [signing.shown(secret)], NOW + 6 * MINUTE) == "out_of_time"
    assert standard.verify(replace(arrived, body=body + b" "), [signing.shown(secret)], NOW) == "wrong_signature"


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Answer(204), "answer_204"),
        (Answer(301, {"location": "http://10.0.0.1/"}), Permanent("answer_301")),
        (Answer(400), Permanent("answer_400")),
        (Answer(410), Permanent("answer_410")),
        (Answer(408), Transient("answer_408")),
        (Answer(429, {"retry-after": "90"}), Transient("answer_429", timedelta(seconds=90))),
        (Answer(429, {"retry-after": "999999999"}), Transient("answer_429", timedelta(hours=6))),
        (Answer(429, {"retry-after": "tomorrow"}), Transient("answer_429")),
        (Answer(500), Unanswered("answer_500")),
        (Answer(503), Unanswered("answer_503")),
        (Transient("not_reached"), Transient("not_reached")),
        (Unanswered("timeout"), Unanswered("timeout")),
        (Unreachable("private"), Permanent("address_not_public")),
    ],
)
def test_how_a_call_ends(ending: Any, expected: str | Exception) -> None:
    http = MemoryHttp()
    http.next = [ending]
    calls = SignedCalls(http, lambda: ("s",), lambda: NOW)
    if isinstance(expected, str):
        assert calls.send(CALL) == expected
        return
    with pytest.raises(type(expected), match=str(expected)) as ended:
        calls.send(CALL)
    assert getattr(ended.value, "retry_after", None) == getattr(expected, "retry_after", None)
    assert URL not in str(ended.value)


def world(**changes: Any) -> tuple[World, Send]:
    """A customer who agreed to nothing, and a call about her."""
    made = World(**changes)
    made.customer(consent=None)
    return made, made.plan(webhook())


def test_a_call_says_what_happened() -> None:
    at, row = world()
    assert at.dispatch(row) == Status.SENT
    (method, url, headers, body) = at.http.calls[0]
    assert (method, url, headers["webhook-id"]) == ("POST", URL, row.id)
    said = json.loads(body)
    assert (said["type"], said["timestamp"]) == ("journey.step", "2026-11-22T09:00:00.000Z")
    assert said["data"]["customer"] == "u#ada"
    assert (said["data"]["journey"], said["data"]["step"], said["data"]["stage"]) == ("welcome", "hello", "lead")
    assert said["data"]["traits"]["first_name"] == "Ada"
    assert at.row(row).provider_id == "answer_200"


def test_or_what_the_step_says_and_no_value_leaves_its_place() -> None:
    at = World()
    at.customer(consent=None, first_name='Ada", "admin": "yes{{ 1 }}')
    body = {"n": 1, "who": ["{{ customer.first_name }}"], "stage": "{{ stage }}", "{{ x }}": None}
    row = at.plan(webhook(content={"method": "PUT", "body": body}))
    assert at.dispatch(row) == Status.SENT
    assert at.http.calls[0][0] == "PUT"
    said = json.loads(at.http.calls[0][3])
    assert said == {"n": 1, "who": ['Ada", "admin": "yes{{ 1 }}'], "stage": "lead", "{{ x }}": None}


def test_a_text_that_cannot_be_rendered_skips_the_call() -> None:
    at = World()
    at.customer()
    row = at.plan(webhook(content={"body": {"a": "{{ 1 | divided_by: 0 }}"}}))
    assert at.dispatch(row) == Status.SKIPPED
    assert (at.row(row).reason, at.http.calls) == ("template_error", [])


def test_a_call_needs_no_consent_and_counts_for_no_cap() -> None:
    at, row = world()
    at.says(consent=True)
    for number in range(3):
        assert at.dispatch(at.plan(webhook(id=f"20261122T0900-{number}"))) == Status.SENT
    assert at.dispatch(at.plan(send(id="20261122T0900-mail"))) == Status.SENT
    assert at.dispatch(row) == Status.SENT, "and a mail holds up no call"


@pytest.mark.parametrize("ending", [Unanswered("timeout"), Answer(500), Answer(429), Transient("not_reached")])
def test_what_may_be_called_again_is_under_the_same_id(ending: Any) -> None:
    at, row = world()
    at.http.next = [ending]
    assert at.dispatch(row) == Status.RETRY
    assert at.dispatch(row) == "not_due"
    at.wait(MINUTE)
    assert at.dispatch(row) == Status.SENT
    assert {headers["webhook-id"] for _, _, headers, _ in at.http.calls} == {row.id}
    assert len({body for *_, body in at.http.calls}) == 1


def test_a_receiver_that_never_answers_is_given_up_when_it_is_too_late() -> None:
    at, row = world()
    at.http.next = [Unanswered("timeout")] * 1_000
    for _ in range(1_000):
        at.dispatch(row)
        if at.row(row).due_at is None:
            break
        at.now = max(at.now, at.row(row).due_at or at.now)
    assert (at.row(row).status, at.row(row).reason) == (Status.SKIPPED, "too_late")
    assert 40 < len(at.http.calls) < 80, "with growing pauses, for a day"


def test_a_worker_that_died_calling_is_found_and_the_call_made_again() -> None:
    at, row = world()
    at.http.next = [KeyError("a mistake of ours")]
    with pytest.raises(KeyError):
        at.dispatch(row)
    assert at.row(row).status == Status.CLAIMED
    at.wait(timedelta(minutes=20))
    assert at.dispatch(row) == Status.SENT
    assert len(at.http.calls) == 1


def test_a_final_answer_is_a_failure_and_says_which() -> None:
    at, row = world()
    at.http.next = [Answer(404)]
    assert at.dispatch(row) == Status.FAILED
    assert at.row(row).reason == "answer_404"


def test_who_left_the_journey_is_no_longer_told_of() -> None:
    at, row = world()
    late = at.plan(webhook(id="late", deadline=NOW))
    assert at.dispatch(late) == Status.SKIPPED
    assert at.row(late).reason == "too_late"
    assert at.dispatch(row) == Status.SENT
