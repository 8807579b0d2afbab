"""From an event to the inbox, on the local cloud, with 20 journeys and 200 segments live.

    python -m benchmarks.latency [events]

Starts a local cloud of its own, with the real package behind the real template. One journey answers the event at once;
nineteen others and two hundred segments are live beside it. After a warm-up each event is posted by itself, as a
website posts it, and the time is taken from before the call until the mailbox has the mail. The local cloud runs its
functions as processes of this machine, so the figure is the machine's as much as ours. Ends with status 1 if the target
is missed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from infra.local.cloud import temporary
from infra.local.steps import Steps
from tests.cloud.asking import Api, ask

JOURNEYS: Final = 20
SEGMENTS: Final = 200
WARM_UP: Final = 8
EVENTS: Final = 60
TARGET: Final = 3.0  # seconds, the 95th percentile
_KNOWN: Final = 32.0  # seconds until every worker has read what was published
_PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Latency:
    """Seconds from posting an event to the mail in the mailbox, ascending."""

    seconds: tuple[float, ...]

    def at(self, share: float) -> float:
        """The figure below which this share lies."""
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def measure(events: int = EVENTS) -> Latency:
    """Set up, warm up, and post events one after the other."""
    with tempfile.TemporaryDirectory() as home, temporary(Path(home), Steps()) as cloud:
        described = cloud.described() or {}
        api = Api(*(described[name] for name in ("endpoint", "write_key", "secret_key")))
        _set_up(api)
        time.sleep(_KNOWN)
        taken = [_once(api, described["mailbox"], number) for number in range(WARM_UP + events)]
    return Latency(tuple(sorted(taken[WARM_UP:])))


def _set_up(api: Api) -> None:
    _put(api, "/v1/templates/receipt", {"class": "transactional", "subject": "Thank you", "text": "Thank you."})
    for number in range(SEGMENTS):
        name = f"segment-{number:03d}"
        _put(api, f"/v1/segments/{name}", {"title": name, "rule": _rule(number)})
    for number in range(JOURNEYS):
        name = f"journey-{number:02d}"
        _put(api, f"/v1/journeys/{name}", _journey(number))
        _ask(api, "POST", f"/v1/journeys/{name}/publish", {"version": 1})


def _rule(number: int) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {"fact": "order_count", "at_least": 1 + number % 9},
        {"trait": f"plan_{number % 40}", "equals": "pro"},
        {"event": f"Seen {number % 40}", "count": {"at_least": 2}},
        {"all": [{"stage": ["new"]}, {"event": f"Seen {number % 40}", "within": "P30D"}]},
    ]
    return kinds[number % len(kinds)]


def _journey(number: int) -> dict[str, Any]:
    """The first answers the event; the others wait for something else, each with a goal and an exit."""
    send = {"id": "thanks", "do": "send", "template": "receipt"}
    said: dict[str, Any] = {"title": "Answer", "class": "transactional", "re_entry": "always", "steps": [send]}
    if number == 0:
        return said | {"trigger": {"on": "event", "name": "Booked"}}
    return said | {
        "trigger": {"on": "event", "name": f"Seen {number}"},
        "goal": {"when": {"event": f"Done {number}"}},
        "exit_when": {"trait": f"plan_{number}", "equals": "pro"},
        "steps": [{"id": "day", "do": "wait", "for": "P1D"}, send],
    }


def _once(api: Api, mailbox: str, number: int) -> float:
    """Post one event of somebody new, and wait for the mail."""
    address = f"guest-{number}@people.example"
    now = time.time()
    batch = [
        {"type": "identify", "userId": f"guest-{number}", "messageId": f"i-{number}", "traits": {"email": address}},
        {"type": "track", "userId": f"guest-{number}", "messageId": f"b-{number}", "event": "Booked"},
    ]
    posted = api.track("/v1/batch", {"batch": batch})
    assert posted.status == 200, posted.text
    for mail in _mails(mailbox, address, now):
        return datetime.fromisoformat(mail["at"]).timestamp() - now
    raise RuntimeError(f"no mail for {address} within {_PATIENCE:.0f} s")


def _mails(mailbox: str, address: str, since: float) -> Iterator[dict[str, Any]]:
    while time.time() - since < _PATIENCE:
        found = ask("GET", f"{mailbox}/_mailbox/messages?to={address}").json()["messages"]
        yield from found[:1]
        time.sleep(0.1)


def _put(api: Api, path: str, body: dict[str, Any]) -> None:
    _ask(api, "PUT", path, body)


def _ask(api: Api, method: str, path: str, body: dict[str, Any]) -> None:
    answer = api.ask(method, path, body)
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path} was answered {answer.status}: {answer.text[:500]}")


def main() -> int:
    """Measure and print; the exit status."""
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS)
    print(f"{len(found.seconds)} events, {JOURNEYS} journeys and {SEGMENTS} segments live:")
    print(f"median {found.at(0.5):.2f} s, p95 {found.at(0.95):.2f} s, longest {found.seconds[-1]:.2f} s")
    if found.at(0.95) > TARGET:
        print(f"Target missed: p95 {found.at(0.95):.2f} s, more than {TARGET:.0f} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
