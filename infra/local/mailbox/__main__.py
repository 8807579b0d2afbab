"""``python -m infra.local.mailbox --port 4580 --file mail.sqlite --aws http://127.0.0.1:4566``: run until
told to stop."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from infra.local.mailbox.box import Box
from infra.local.mailbox.kept import Ledger
from infra.local.mailbox.mailbox import Mailbox
from infra.local.mailbox.publish import SnsPublisher
from infra.local.mailbox.server import Server


def main() -> None:
    """Serve a mailbox until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="mailbox", description="A double of Amazon SES v2 with an inbox page, on loopback."
    )
    parser.add_argument("--port", type=int, default=4580)
    parser.add_argument("--file", type=Path, required=True, help="where the messages are kept (SQLite)")
    parser.add_argument("--aws", required=True, help="endpoint of the cloud whose SNS topics receive the events")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument(
        "--topic", help="an SNS topic for the events of configuration sets without a destination of their own"
    )
    parser.add_argument("--ledger", help="the ledger's table, for what does not leave: tasks, on-site messages")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    options.file.parent.mkdir(parents=True, exist_ok=True)
    publisher = SnsPublisher(options.aws, region=options.region, topic=options.topic)
    ledger = Ledger(options.aws, options.ledger, options.region) if options.ledger else None
    mailbox = Mailbox(Box(options.file), publisher, lambda: datetime.now(UTC), ledger=ledger)
    server = Server(mailbox, options.port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    mailbox.start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    logging.info("mailbox at %s, kept in %s", server.address, options.file)
    _wait(stop, os.environ.get("PERENNIAL_OWNER"))
    server.shutdown()
    server.server_close()
    mailbox.close()


def _wait(stop: threading.Event, owner: str | None) -> None:
    """Until told to stop, or until the process that this mailbox was started for is gone."""
    with contextlib.suppress(ProcessLookupError):
        while not stop.wait(2.0 if owner else None):
            os.kill(int(owner or 0), 0)


if __name__ == "__main__":
    main()
