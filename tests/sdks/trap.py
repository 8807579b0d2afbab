"""A web proxy that lets nothing through and remembers whom it was asked for: nothing may leave this machine."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Trap:
    """Stands on a port of its own while the block runs; `asked` names the hosts that somebody wanted to reach."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"asked": self.asked}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Trap:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def _refuse(self) -> None:
        self.asked.append(self.path)
        self.send_error(502, "Nothing leaves this machine")

    do_CONNECT = do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = _refuse

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `asked` says it."""
