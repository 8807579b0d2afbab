"""A shop with on-site messages: the application over fakes behind one port, the shop's pages behind another, and
between them nothing but a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from chalicelib import resources
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.sdks.site import MODULES

POLICY = "default-src 'none'; script-src {api} {site}; connect-src {api}; base-uri 'none'; form-action 'none'"
"""What the pages allow: no style of their own, no inline script, nobody else."""


@dataclass
class Shopfront:
    """api, site: where they are. pages: by path, what stands in the body; whatever has no page is empty.
    broken: the API answers 500 for now. asked: what browsers asked of the API."""

    world: World
    api: str = ""
    site: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    asked: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def settle(self) -> None:
        """Let everything happen that follows from what was said."""
        with self.lock:
            self.world.settle()

    def says(self, call: str, **body: Any) -> None:
        """The shop's server, or another page, says something."""
        with self.lock:
            assert self.world.post(f"/v1/{call}", body).status == 200
            self.world.settle()

    def named(self, subject: str) -> list[str]:
        """The names of the events of a subject that came from messages, in the order of their names."""
        self.settle()
        found = self.world.items(resources.EVENTS)
        return sorted(item["name"] for item in found if item["pk"] == subject and "#onsite-" in item["sk"])


@contextmanager
def shopfront() -> Iterator[Shopfront]:
    """A shop while the block runs; its clock is the browser's."""
    with over_fakes() as world, ExitStack() as stack:
        world.now = datetime.now(UTC)
        made = Shopfront(world)
        made.api = stack.enter_context(_served(type("Api", (_Api,), {"shop": made})))
        made.site = stack.enter_context(_served(type("Pages", (_Pages,), {"shop": made})))
        yield made


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    shop: Shopfront

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class _Api(_Handler):
    def _ask(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.shop.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        if self.shop.broken and self.command != "OPTIONS":
            self.answer(500, {"Access-Control-Allow-Origin": "*"}, b"{}")
            return
        with self.shop.lock:
            self.shop.world.now = max(self.shop.world.now, datetime.now(UTC))
            answer = self.shop.world.http.request(self.command, self.path, headers=dict(self.headers), body=body)
        self.answer(answer.status, {k: v for k, v in answer.headers.items() if k != "content-length"}, answer.body)

    do_GET = do_POST = do_OPTIONS = _ask


class _Pages(_Handler):
    def do_GET(self) -> None:
        """A page of the shop, or a file of an SDK."""
        path = urlsplit(self.path).path
        if path.startswith("/node_modules/"):
            self.answer(200, {"Content-Type": "text/javascript"}, (MODULES.parent / path.lstrip("/")).read_bytes())
            return
        if path.endswith(".js"):
            self.answer(200, {"Content-Type": "text/javascript"}, self.shop.pages[path].encode())
            return
        text = f"<!doctype html><html lang=en><title>Shop</title><body>{self.shop.pages.get(path, '')}"
        policy = POLICY.format(api=self.shop.api, site=self.shop.site)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
        self.answer(200, headers, text.encode())
