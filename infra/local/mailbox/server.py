"""The mailbox over HTTP, on loopback: one thread per connection of the standard library's server."""

from __future__ import annotations

import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from infra.local.mailbox import desk, ses, switchboard
from infra.local.mailbox.http import Request, Response, answer, refused
from infra.local.mailbox.mailbox import ConnectionLost, Mailbox

_LOG = logging.getLogger(__name__)
_MOST_BYTES = 60 * 1024 * 1024
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Server(ThreadingHTTPServer):
    """Serves one mailbox. `port` 0 takes a free one; `address` says which."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, mailbox: Mailbox, port: int) -> None:
        handler = type("Handler", (_Handler,), {"mailbox": mailbox})
        super().__init__(("127.0.0.1", port), handler)

    @property
    def address(self) -> str:
        """http://127.0.0.1:port"""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    mailbox: ClassVar[Mailbox]
    protocol_version = "HTTP/1.1"
    server_version = "perennial-mailbox"
    sys_version = ""
    wbufsize = -1  # one write for head and body
    disable_nagle_algorithm = True
    timeout = 120

    def _serve(self) -> None:
        try:
            self._answer(self._response())
        except ConnectionLost:
            self.close_connection = True
        except ConnectionError:
            self.close_connection = True

    def _response(self) -> Response:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > _MOST_BYTES or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            return refused("send a Content-Length of at most 60 MB", 413)
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("host", "").rpartition(":")[0] not in ("127.0.0.1", "localhost"):
            return refused("this mailbox is for this machine only", 421)  # a name that was made to resolve to loopback
        request = Request.of(self.command, self.path, headers, body)
        try:
            if switchboard.takes(request):
                return switchboard.serve(self.mailbox, request)
            serve = ses.serve if request.path[:2] == ses.PREFIX else desk.serve
            return serve(self.mailbox, request)
        except ConnectionLost:
            raise
        except Exception:  # noqa: BLE001 - whatever breaks in a route is answered as a 500 and logged, not hung up on
            _LOG.exception("%s %s", self.command, self.path)
            return answer({"message": "the mailbox failed; see its log"}, 500)

    def _answer(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in {**_ALWAYS, "Content-Type": response.kind, **response.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a line per mail helps nobody, and failures are logged where they happen."""
