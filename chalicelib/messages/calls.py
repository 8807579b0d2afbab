"""Webhooks leave: one signed request each, and its end sorted into what the ledger understands.

    the status        2xx: the receiver took it
    Transient         not reached, or "later" (408, 425, 429)
    Permanent         any other answer, a redirect included; or an address that is not public
    Unanswered        no answer, or 5xx: the receiver may have done it. It is asked again under the same id, by which it
                      can tell (channels/webhook.py)

Reasons are without the URL, which may hold a key. Tasks have their gateway here, too: they do not leave at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.aws.http import Answer, Http
from chalicelib.aws.reach import Unreachable
from chalicelib.errors import Permanent, Transient, Unanswered
from chalicelib.messages import signing
from chalicelib.messages.channels import Request

AGENT: Final = "Perennial-Webhooks/1"
LONGEST_PAUSE: Final = timedelta(hours=6)
_LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True)
class SignedCalls:
    """A gateway of webhooks. secrets: the live ones, newest first."""

    http: Http
    secrets: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]

    def send(self, request: Request) -> str:
        """One call; the status of its answer. Raises as the module says."""
        body = json.dumps(request["body"], separators=(",", ":"), ensure_ascii=False).encode()
        signed = signing.headers(request["id"], self.clock(), body, self.secrets())
        headers = {"content-type": "application/json", "user-agent": AGENT, **signed}
        try:
            answer = self.http.call(request["method"], request["url"], headers, body)
        except Unreachable as refused:
            raise Permanent("address_not_public") from refused
        return _sorted(answer)


class TaskList:
    """A gateway of what the row itself is, a task or a message on the site: nothing leaves. That the row is marked as
    sent is all there is to do."""

    def send(self, request: Request) -> str:
        """The row's own id."""
        return str(request["id"])


def _sorted(answer: Answer) -> str:
    said = f"answer_{answer.status}"
    if 200 <= answer.status < 300:
        return said
    if answer.status in _LATER:
        raise Transient(said, _pause(answer.headers.get("retry-after", "")))
    if answer.status >= 500:
        raise Unanswered(said)
    raise Permanent(said)


def _pause(seconds: str) -> timedelta | None:
    """What the receiver asks for, within reason; dates are not read."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 9):
        return None
    return min(timedelta(seconds=int(seconds)), LONGEST_PAUSE)
