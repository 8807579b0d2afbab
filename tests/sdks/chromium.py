"""A real Chromium without a window, driven by its own protocol over a pair of pipes: nothing to install but itself.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE: Final = 30.0  # seconds for one command
_QUIET: Final = (  # as little of its own accord as can be
    "--headless",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-features=AutofillServerCommunication",
    "--proxy-server=http://127.0.0.1:9",  # what it wants for itself, and not for a page, gets nowhere
)

_MOVED: Final = ("navigated or closed", "context was destroyed", "Cannot find context")

# Chromium reads commands from descriptor 3 and writes to 4, whatever the pipes are called here.
_AT_3_AND_4: Final = """
import fcntl, os, sys
reading, writing = (fcntl.fcntl(int(descriptor), fcntl.F_DUPFD_CLOEXEC, 10) for descriptor in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Moved(AssertionError):
    """The page went elsewhere before it had answered."""


@dataclass
class Page:
    """One tab with cookies and storage of its own.

    asked:    every address that it requested. answered: the addresses that answered, each with its status.
    said:     what stood in its console, for whoever looks for a failure.
    """

    _browser: Chromium
    _target: str
    _session: str
    asked: list[str] = field(default_factory=list)
    answered: list[tuple[str, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def prepare(self, script: str) -> None:
        """Run a script in every document of the tab before its own."""
        self._browser.ask("Page.addScriptToEvaluateOnNewDocument", {"source": script}, self._session)

    def go(self, url: str) -> None:
        """Open an address, as if typed: the page before is unloaded."""
        answer = self._browser.ask("Page.navigate", {"url": url}, self._session)
        assert "errorText" not in answer, f"{url}: {answer['errorText']}"

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page, as JSON has it."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        answer = self._browser.ask("Runtime.evaluate", asked, self._session)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str, within: float = _PATIENCE) -> Any:
        """What the expression is, as soon as that is true: in this document, or in one that comes meanwhile."""
        end = time.monotonic() + within
        while not (value := self._unless_moved(expression)):
            assert time.monotonic() < end, f"waited {within:.0f} s in vain for {expression}; console: {self.said}"
            time.sleep(0.05)
        return value

    def _unless_moved(self, expression: str) -> Any:
        try:
            return self.evaluate(expression)
        except Moved:
            return None

    def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the protocol to this tab, and its result."""
        return self._browser.ask(method, parameters, self._session)

    def press(self, key: str) -> None:
        """Press one key: `Escape`, `Tab`, `Enter`, or one that writes itself."""
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        codes = {"Escape": 27, "Tab": 9, "Enter": 13}
        said = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0), **({"text": text} if text else {})}
        for kind in ("keyDown", "keyUp"):
            self._browser.ask("Input.dispatchKeyEvent", {"type": kind, **said}, self._session)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self._browser.ask("Input.insertText", {"text": text}, self._session)

    def click(self, x: float, y: float) -> None:
        """A click at a place of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            said = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            self._browser.ask("Input.dispatchMouseEvent", said, self._session)

    def prefers(self, feature: str, value: str) -> None:
        """What the person has set: `prefers-reduced-motion`, `reduce`."""
        media = {"features": [{"name": feature, "value": value}]}
        self._browser.ask("Emulation.setEmulatedMedia", media, self._session)

    def close(self) -> None:
        """Close the tab, as its cross does: the page is unloaded and nobody waits for it."""
        self._browser.ask("Page.close", {}, self._session)

    def abroad(self) -> list[str]:
        """What it requested from elsewhere than 127.0.0.1."""
        asked = [urlsplit(url) for url in self.asked]
        return [url.geturl() for url in asked if url.scheme not in ("data", "blob") and url.hostname != "127.0.0.1"]


class Chromium:
    """One browser while the block runs. Raises AssertionError, with what to do, where there is none."""

    def __init__(self, home: Path, pin: str) -> None:
        """home: where its profile and its log go. pin: the public key of the one certificate of ours that it trusts."""
        self._command = [
            executable(),
            *_QUIET,
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            f"--user-data-dir={home / 'profile'}",
            f"--ignore-certificate-errors-spki-list={pin}",
            "--remote-debugging-pipe",
        ]
        self._home = home
        self._lock = threading.Lock()
        self._last = 0
        self._answers: dict[int, Future[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}

    def __enter__(self) -> Chromium:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        log = (self._home / "chromium.log").open("wb")
        launcher = [sys.executable, "-c", _AT_3_AND_4, str(theirs_in), str(theirs_out), *self._command]
        with log:
            self._process = subprocess.Popen(
                launcher,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs_in, theirs_out),
                env=self._environment(),
            )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out = os.fdopen(ours_out, "wb", buffering=0)
        self._reader = threading.Thread(target=self._read, args=(ours_in,), daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            self.ask("Browser.close", {})
            self._process.wait(_PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()
            self._out.close()
            self._reader.join(_PATIENCE)

    def page(self, proxy: str) -> Page:
        """A new tab, as of somebody who was never here; whatever it wants of another host goes to that proxy."""
        context = self.ask("Target.createBrowserContext", {"proxyServer": proxy})["browserContextId"]
        wanted = {"url": "about:blank", "browserContextId": context}
        target = self.ask("Target.createTarget", wanted)["targetId"]
        session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        made = self._pages[session] = Page(self, target, session)
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable", {}, session)
        return made

    def ask(self, method: str, parameters: Mapping[str, object], session: str | None = None) -> dict[str, Any]:
        """One command of the protocol, and its result. Raises Moved if its page went elsewhere meanwhile."""
        answer: Future[dict[str, Any]] = Future()
        with self._lock:
            self._last += 1
            self._answers[self._last] = answer
            message = {"id": self._last, "method": method, "params": dict(parameters)}
            self._out.write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        told = answer.result(_PATIENCE)
        if "error" in told:
            moved = any(sign in str(told["error"]) for sign in _MOVED)
            said = f"{method}: {told['error']}; the log is {self._home / 'chromium.log'}"
            raise Moved(said) if moved else AssertionError(said)
        result: dict[str, Any] = told["result"]
        return result

    def _read(self, descriptor: int) -> None:
        waiting = b""
        with os.fdopen(descriptor, "rb", buffering=0) as pipe:
            while piece := pipe.read(1 << 16):
                *whole, waiting = (waiting + piece).split(b"\0")
                for message in whole:
                    self._hear(json.loads(message))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result({"error": "the browser ended"})

    def _hear(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers.pop(message["id"]).set_result(message)
            return
        page, told = self._pages.get(message.get("sessionId", "")), message.get("params", {})
        if page is None:
            return
        match message["method"]:
            case "Network.requestWillBeSent":
                page.asked.append(told["request"]["url"])
            case "Network.responseReceived" if told["type"] != "Preflight":
                page.answered.append((told["response"]["url"], told["response"]["status"]))
            case "Runtime.consoleAPICalled":
                page.said.append(" ".join(str(one.get("value", one.get("description"))) for one in told["args"]))
            case "Runtime.exceptionThrown":
                page.said.append(str(told["exceptionDetails"].get("exception", {}).get("description")))
            case "Log.entryAdded":
                page.said.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self._home), "LANG": "C.UTF-8"}


def executable() -> str:
    """Where Chromium is."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    assert found, "Chromium is missing: `make test-sdks` installs it, or apt-get install chromium"
    return found
