"""Somebody with a telephone, a keyboard or a screen reader in front of a real page, and the shop behind it.

The shop is the whole application over fakes, behind what a browser needs of a web server; everything that a page wants
of anybody else ends in a trap.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

from tests.fakes.gateway import Gateway
from tests.sdks.chromium import Chromium, Page
from tests.sdks.trap import Trap

STAGE: Final = "/api"  # pages stand below a path, as they do behind API Gateway
WIDTH, HEIGHT = 320, 640  # CSS pixels: the narrowest telephone that anybody still has

AUDIT: Final = (Path(__file__).parent / "browser" / "audit.js").read_text(encoding="utf-8")
"""What is wrong with the page, as one sentence each."""


@contextmanager
def served(gateway: Gateway) -> Iterator[str]:
    """The application as a server on a port of its own; one request after the other."""
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"gateway": gateway}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{STAGE}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def telephone(browser: Chromium, *, dark: bool = False, language: str = "en") -> Iterator[tuple[Page, Trap]]:
    """A tab as narrow as a telephone, and where whatever it wants elsewhere ends."""
    with Trap() as trap:
        page = browser.page(trap.url)
        page.command("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=2, mobile=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.command("Emulation.setEmulatedMedia", features=[scheme])
        page.command("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        yield page, trap
        page.close()


def visit(page: Page, url: str) -> None:
    """Open an address and wait until it is there."""
    page.go(url)
    arrive(page)


def arrive(page: Page) -> None:
    """Wait until the page is there."""
    page.until("document.readyState === 'complete' && document.title")


def press(page: Page, key: str) -> None:
    """A key of the keyboard: Tab, Enter, or a space."""
    known = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "ArrowDown": (40, "")}
    code, text = known[key]
    said = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
    page.command("Input.dispatchKeyEvent", type="keyDown", **said, **({"text": text} if text else {}))
    page.command("Input.dispatchKeyEvent", type="keyUp", **said)


def heard(page: Page) -> list[tuple[str, str]]:
    """What a screen reader is told, in order: roles with their names."""
    nodes = page.command("Accessibility.getFullAXTree")["nodes"]
    told = ((node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"])
    return [one for one in told if one[0] not in ("InlineTextBox", "none", "generic")]


def picture(page: Page, file: Path) -> None:
    """A picture of the whole page."""
    shot = page.command("Page.captureScreenshot", captureBeyondViewport=True)
    file.write_bytes(base64.b64decode(shot["data"]))


class _Handler(BaseHTTPRequestHandler):
    gateway: Gateway

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
        path = self.path.removeprefix(STAGE)
        answer = self.gateway.request(self.command, path, headers=headers, body=body)
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
