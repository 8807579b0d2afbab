"""Calls to others: to the one address that was examined, with the name in the certificate, and never any further."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chalicelib.aws import http
from chalicelib.aws.http import PinnedHttp
from chalicelib.aws.reach import Unreachable
from chalicelib.errors import Transient, Unanswered


class _Server(HTTPServer):
    heard: list[tuple[str, str, dict[str, str], bytes]]
    answer: int
    header: tuple[str, str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header(*self.server.header)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def server(answer: int = 200, header: tuple[str, str] = ("X-Nothing", "")) -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as made:
        made.heard, made.answer, made.header = [], answer, header
        worker = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
        worker.start()
        yield made
        made.shutdown()
        worker.join()


def call(port: int, caller: PinnedHttp | None = None, host: str = "127.0.0.1") -> http.Answer:
    return (caller or PinnedHttp(loopback=True)).call("POST", f"http://{host}:{port}/x?y=1", {"webhook-id": "1"}, b"{}")


def test_a_call_arrives_as_it_was_made() -> None:
    with server(202, ("Retry-After", "7")) as double:
        assert call(double.server_port).status == 202
        assert call(double.server_port).headers["retry-after"] == "7"
        command, path, headers, body = double.heard[0]
    assert (command, path, body) == ("POST", "/x?y=1", b"{}")
    assert headers["webhook-id"] == "1"
    assert headers["Host"] == f"127.0.0.1:{double.server_port}"


def test_a_redirect_is_not_followed() -> None:
    with server(302, ("Location", "http://127.0.0.1:1/")) as double:
        assert call(double.server_port).status == 302
        assert len(double.heard) == 1


def test_a_name_is_resolved_once_and_that_address_is_called() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with server() as double:
        call(double.server_port, PinnedHttp(loopback=True, resolve=resolve), "localhost")
        assert double.heard[0][2]["Host"] == f"localhost:{double.server_port}"
    assert asked == ["localhost"]


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], ["::ffff:10.0.0.1"]]
)
def test_a_name_with_an_address_that_is_not_public_is_not_called(addresses: list[str]) -> None:
    caller = PinnedHttp(resolve=lambda host, port: addresses)
    for attempt in (caller.check, lambda url: caller.call("POST", url, {}, b"")):
        with pytest.raises(Unreachable):
            attempt("https://crm.example.com/")


def test_this_machine_is_not_called_unless_it_is_said() -> None:
    with server() as double:
        with pytest.raises(Unreachable):
            call(double.server_port, PinnedHttp())
        assert double.heard == []


def test_a_name_that_is_not_known_and_a_port_that_is_closed_are_for_later() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(Transient, match="not_resolved"):
        PinnedHttp(resolve=unknown).check("https://crm.example.com/")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Transient, match="not_reached"):
        call(port)


def test_a_server_that_speaks_no_tls_is_for_later() -> None:
    with server() as double, pytest.raises(Transient, match="tls_failed"):
        PinnedHttp(loopback=True).call("POST", f"https://127.0.0.1:{double.server_port}/", {}, b"")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2", b"nonsense\r\n\r\n"])
def test_after_the_request_silence_is_nobodys_knowledge(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            connected, _ = listening.accept()
            with connected:
                connected.recv(10_000)
                connected.sendall(said)

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(Unanswered):
            call(listening.getsockname()[1])


def test_who_answers_byte_by_byte_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connected, _ = listening.accept()
            with connected:
                for _ in range(100):
                    try:
                        connected.sendall(b"H")
                    except OSError:
                        return
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Unanswered):
            call(listening.getsockname()[1], PinnedHttp(loopback=True, whole=0.3))
    assert time.monotonic() - began < 2
