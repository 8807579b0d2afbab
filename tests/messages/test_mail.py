"""The SES client against a server of our own: one call is one request, and every end is sorted into its family."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config

from chalicelib.aws.mail import Allowance, SesMailer
from chalicelib.aws.once import IDLE
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.messages.channels import channel
from tests.messages.channel_contract import SENDER, message

REQUEST = dict(channel("email").prepare(message("ada@example.com"), SENDER))


class FakeSes:
    """A server that answers as told and counts the requests it was sent. `answer` None: it hangs up instead."""

    def __init__(self) -> None:
        self.answer: tuple[int, dict[str, Any], str] | None = (200, {"MessageId": "ses-1"}, "")
        self.delay = 0.0
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self.url = ""

    @contextmanager
    def listening(self) -> Iterator[FakeSes]:
        ses = self
        hold = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                ses.connections += 1
                super().setup()

            def do_POST(self) -> None:
                ses.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.respond()

            def do_GET(self) -> None:
                self.respond()

            def respond(self) -> None:
                if hold.wait(ses.delay) or ses.answer is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                status, body, code = ses.answer
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                if code:
                    self.send_header("x-amzn-ErrorType", code)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            hold.set()
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.fixture
def ses() -> Iterator[FakeSes]:
    with FakeSes().listening() as fake:
        yield fake


def client(url: str, attempts: int = 1, *, patience: float = 30.0) -> Any:
    return boto3.client(
        "sesv2",
        region_name="eu-west-1",
        endpoint_url=url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(
            retries={"total_max_attempts": attempts, "mode": "standard"}, connect_timeout=10, read_timeout=patience
        ),
    )


def test_a_mail_that_ses_takes(ses: FakeSes) -> None:
    assert SesMailer(client(ses.url)).send(REQUEST) == "ses-1"
    (arrived,) = ses.requests
    assert arrived == REQUEST


def test_a_client_that_retries_is_refused() -> None:
    with pytest.raises(Permanent, match="attempt once"):
        SesMailer(client("http://127.0.0.1:1", attempts=3))


@pytest.mark.parametrize("attempts", [2, 3])
def test_why_a_client_that_retries_is_refused(ses: FakeSes, attempts: int) -> None:
    ses.answer = None
    with pytest.raises(Exception, match=r"closed|aborted"):
        client(ses.url, attempts).send_email(**REQUEST)
    assert len(ses.requests) == attempts  # so many mails, and not one success reported


def test_an_answer_that_is_lost_leaves_one_request_and_no_knowledge(ses: FakeSes) -> None:
    ses.answer = None
    with pytest.raises(Unanswered):
        SesMailer(client(ses.url)).send(REQUEST)
    assert len(ses.requests) == 1


def test_an_answer_that_is_late_leaves_one_request_and_no_knowledge(ses: FakeSes) -> None:
    ses.delay = 5.0
    with pytest.raises(Unanswered):
        SesMailer(client(ses.url, patience=0.5)).send(REQUEST)
    assert len(ses.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "message", "family", "reason"),
    [
        (429, "TooManyRequestsException", "Maximum sending rate exceeded.", Transient, "throttled"),
        (400, "Throttling", "Daily message quota exceeded.", Transient, "quota"),
        (400, "LimitExceededException", "", Transient, "throttled"),
        (400, "MessageRejected", "Email address is not verified. The following identities failed the check in "
         "region EU-WEST-1: ada@example.com", Held, "sandbox"),
        (400, "MessageRejected", "Email address is not verified. The following identities failed the check in "
         "region EU-WEST-1: Hello@Shop.example, shop.example", Held, "sender_not_verified"),
        (400, "MessageRejected", "Illegal content", Permanent, "rejected"),
        (400, "MailFromDomainNotVerifiedException", "", Held, "mail_from_not_verified"),
        (400, "SendingPausedException", "", Held, "sending_paused"),
        (400, "AccountSuspendedException", "", Held, "account_suspended"),
        (404, "NotFoundException", "Configuration set <x> does not exist.", Held, "configuration_set_missing"),
        (403, "AccessDeniedException", "", Held, "not_authorised"),
        (403, "ExpiredTokenException", "", Held, "not_authorised"),
        (400, "BadRequestException", "Invalid tag value", Permanent, "bad_request"),
        (500, "InternalFailure", "", Unanswered, "answer 500"),
        (503, "ServiceUnavailable", "", Unanswered, "answer 503"),
        (502, "", "", Unanswered, "answer 502"),
    ],
)  # fmt: skip
def test_every_answer_has_its_family(
    ses: FakeSes, status: int, code: str, message: str, family: type[Exception], reason: str
) -> None:
    ses.answer = (status, {"message": message}, code)
    with pytest.raises(family) as raised:
        SesMailer(client(ses.url)).send(REQUEST)
    assert str(raised.value) == reason
    assert len(ses.requests) == 1
    assert "ada@" not in str(raised.value)


def test_the_daily_quota_asks_for_a_long_wait(ses: FakeSes) -> None:
    ses.answer = (429, {"message": "Daily message quota exceeded"}, "TooManyRequestsException")
    with pytest.raises(Transient) as raised:
        SesMailer(client(ses.url)).send(REQUEST)
    assert raised.value.retry_after is not None
    assert raised.value.retry_after.total_seconds() >= 600


def test_a_server_that_is_not_there_was_not_reached() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(Transient, match="not_reached"):
            SesMailer(client(url)).send(REQUEST)


def test_a_request_that_botocore_refuses_never_left(ses: FakeSes) -> None:
    with pytest.raises(Permanent, match="bad_request"):
        SesMailer(client(ses.url)).send({**REQUEST, "EmailTags": "none"})
    assert ses.requests == []


def test_a_connection_that_may_have_died_in_a_freeze_is_not_used(ses: FakeSes) -> None:
    now = [0.0]
    mailer = SesMailer(client(ses.url), clock=lambda: now[0])
    mailer.send(REQUEST)
    mailer.send(REQUEST)
    assert ses.connections == 1
    now[0] += IDLE + 1
    mailer.send(REQUEST)
    assert ses.connections == 2


def test_the_allowance_is_the_account_s(ses: FakeSes) -> None:
    for said, allowed in (
        ({}, Allowance(14.0)),
        ({"Max24HourSend": -1.0, "SentLast24Hours": 10.0}, Allowance(14.0)),
        ({"Max24HourSend": 200.0, "SentLast24Hours": 150.0}, Allowance(14.0, 200.0, 50.0)),
        ({"Max24HourSend": 200.0, "SentLast24Hours": 201.0}, Allowance(14.0, 200.0, 0.0)),
    ):
        ses.answer = (200, {"SendQuota": {"MaxSendRate": 14.0, **said}}, "")
        assert SesMailer(client(ses.url)).allowance() == allowed
    ses.answer = (403, {"message": "no"}, "AccessDeniedException")
    with pytest.raises(Transient):
        SesMailer(client(ses.url)).allowance()


def test_the_sender_s_display_name_does_not_confuse(ses: FakeSes) -> None:
    assert SENDER.address.startswith("Shop <")
    ses.answer = (400, {"message": "Email address is not verified. failed: shop.example"}, "MessageRejected")
    with pytest.raises(Held, match="sender_not_verified"):
        SesMailer(client(ses.url)).send(REQUEST)
