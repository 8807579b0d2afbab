"""The website that the browsers visit: pages of ours, with the SDKs as npm installed them."""

from __future__ import annotations

import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
PAGES: Final = HERE / "browser"
MODULES: Final = HERE / "node" / "node_modules"
_SNIPPET: Final = "/* snippet */"


class Site:
    """A server on a port of its own while the block runs. `snippet` goes into the pages that have a place for it."""

    def __init__(self, snippet: str = "") -> None:
        handler = type("Handler", (_Handler,), {"snippet": snippet})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Site:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    snippet: str

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, directory=str(MODULES.parent))

    def do_GET(self) -> None:
        """A page, or a file of a package."""
        path = self.path.partition("?")[0]
        if not path.endswith(".html"):
            super().do_GET()
            return
        text = (PAGES / Path(path).name).read_text(encoding="utf-8").replace(_SNIPPET, self.snippet).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
