"""A receiver of webhooks for development: keeps every call as it came, says whether its signature is right, and answers
as it is told.

    python -m infra.local.receiver --port 9100 --secret whsec_...

Let a journey's step `webhook` call http://127.0.0.1:9100/anything, which only the local cloud allows. GET / lists the
calls, the newest first. A call to a path that ends with a number (/hooks/503) is answered with that status.
"""

from __future__ import annotations

import argparse
import json
from collections import deque
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from chalicelib.tracking.sources.standard import plugin as standard
from chalicelib.tracking.webhook import Delivery

MOST: Final = 200
LARGEST: Final = 1_000_000  # bytes


class Receiver(ThreadingHTTPServer):
    """Listens on this machine only. `calls`: the last of them, newest first."""

    def __init__(self, port: int, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.secrets = secrets
        self.calls: deque[dict[str, Any]] = deque(maxlen=MOST)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Keep a call; the status to answer it with."""
        fault = standard.verify(Delivery(body, headers), self.secrets, datetime.now(UTC))
        said = {"path": path, "signature": fault or "right", "headers": headers, "body": body.decode(errors="replace")}
        again = any(call["headers"].get("webhook-id") == headers.get("webhook-id") for call in self.calls)
        self.calls.appendleft(said | {"again": again})
        last = path.rpartition("/")[2]
        return int(last) if last.isdigit() and 200 <= int(last) <= 599 else 204


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        self._answer(200, json.dumps(list(self.server.calls), indent=2, ensure_ascii=False).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length") or 0), LARGEST))
        self._answer(self.server.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body))

    do_PUT = do_PATCH = do_POST

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Receive until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.receiver", description="Receives webhooks.")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--secret", action="append", default=[], help="of GET /v1/webhooks/secret")
    asked = parser.parse_args()
    print(f"http://127.0.0.1:{asked.port}/")
    Receiver(asked.port, tuple(asked.secret)).serve_forever()


if __name__ == "__main__":
    main()
