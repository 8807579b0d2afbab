"""What stands between an SDK and the API: it passes on, remembers, and where a test wants it, answers 503.

Like a custom domain it maps the root of a host to the API's stage. It mends nothing: what a client sends arrives as
it is, and what the API answers goes back as it is, CORS headers and all.
"""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

_OF_THE_CONNECTION: Final = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Fault(StrEnum):
    """What goes wrong with a request.

    REFUSED: it never arrives; a 503 without any header of the API, as from a balancer in front of it.
    UNHEARD: it arrives and takes effect, and the client is told 503 all the same.
    """

    REFUSED = "refused"
    UNHEARD = "unheard"


@dataclass(frozen=True)
class Seen:
    """One request as the client sent it, header names in lower case, and the status that it was told."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer: bytes

    @property
    def posts(self) -> bool:
        """Whether it carries calls; preflights, questions and what an SDK measures of itself do not."""
        return _posts(self.method, self.path)

    @property
    def encoding(self) -> str:
        """What the body really is: gzip, or nothing in particular."""
        return "gzip" if self.body.startswith(b"\x1f\x8b") else ""

    def calls(self) -> list[dict[str, Any]]:
        """The calls in it: those of a batch, or the one that it is."""
        if not self.body:
            return []
        content = json.loads(gzip.decompress(self.body) if self.encoding else self.body)
        return list(content["batch"]) if "batch" in content else [content]

    def __str__(self) -> str:
        sent = f"{self.headers.get('content-type', '')} {self.headers.get('content-encoding', '')}".strip()
        return f"{self.method} {self.path} [{sent}; {len(self.body)} bytes] -> {self.status} {self.answer[:200]!r}"


class Recorder:
    """A server on a port of its own in front of `endpoint`, while the block runs; https if it is given a context."""

    def __init__(self, endpoint: str, faults: Iterable[Fault] = (), tls: ssl.SSLContext | None = None) -> None:
        self._upstream = urlsplit(endpoint)
        self._faults = list(faults)
        self._seen: list[Seen] = []
        self._lock = threading.Condition()
        self._server = _Server(self._relay, tls)
        scheme = "https" if tls else "http"
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{scheme}://{self.host}"

    def __enter__(self) -> Recorder:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def seen(self) -> list[Seen]:
        """Everything that came, in the order in which it was answered."""
        with self._lock:
            return list(self._seen)

    @property
    def posts(self) -> list[Seen]:
        """What came with something in it."""
        return [seen for seen in self.seen if seen.posts]

    def acknowledged(self) -> list[dict[str, Any]]:
        """The calls that were answered with 200, again when they came again."""
        return [call for seen in self.posts if seen.status == 200 for call in seen.calls()]

    def wait(self, until: Callable[[], bool], within: float) -> bool:
        """Whether that became true in time; looked at whenever a request was answered."""
        with self._lock:
            return self._lock.wait_for(until, within)

    def _relay(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> _Answer:
        fault = self._fault() if _posts(method, path) else None
        answer = (
            _Answer(503, [], b"Service Unavailable")
            if fault is Fault.REFUSED
            else self._ask(method, path, headers, body)
        )
        if fault is Fault.UNHEARD:
            answer = _Answer(503, answer.headers, b'{"code": "try_again", "message": "Try again."}')
        sent = {name.lower(): value for name, value in headers}
        with self._lock:
            self._seen.append(Seen(method, path, sent, body, answer.status, answer.body))
            self._lock.notify_all()
        return answer

    def _fault(self) -> Fault | None:
        with self._lock:
            return self._faults.pop(0) if self._faults else None

    def _ask(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> _Answer:
        connection = HTTPConnection(self._upstream.hostname or "", self._upstream.port, timeout=60)
        try:
            connection.putrequest(method, self._upstream.path + path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", self._upstream.netloc)
            for name, value in headers:
                if name.lower() not in {*_OF_THE_CONNECTION, "host"}:
                    connection.putheader(name, value)
            if body or method in ("POST", "PUT"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OF_THE_CONNECTION]
            return _Answer(answer.status, kept, answer.read())
        finally:
            connection.close()


def _posts(method: str, path: str) -> bool:
    return method in ("POST", "PUT") and not path.endswith("/v1/m")


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


_Relay = Callable[[str, str, list[tuple[str, str]], bytes], _Answer]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, relay: _Relay, tls: ssl.SSLContext | None) -> None:
        self.relay = relay
        self._tls = tls
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread: a handshake that hangs must not hold up the others."""
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        with self._tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or does not trust us is no error of ours; what it did not get shows in the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.relay(self.command, self.path, self.headers.items(), body)
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _any

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the record says more."""
