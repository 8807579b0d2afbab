"""`make demo`: a real shop's history goes in through an unmodified SDK, personal mails come out, and
everything is checked.

1. Playbooks are installed through the HTTP API, a call for each.
2. The history up to yesterday is posted, customer by customer, as an import would.
3. The last day is played live, in order, compressed into less than a minute.
4. The checks (checks.py) compare what arrived with what was sent.

Nothing here tells the application which events are old: that no mail goes out for the past is the
application's doing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib import times
from infra.demo import checks, history, playbooks, shift
from infra.demo.progress import Progress
from infra.demo.sender import UPLOADS, Sender
from infra.demo.shift import Shift
from infra.demo.shop import Call
from infra.http import Api, Unexpected

STATE = Path(__file__).parents[2] / ".local" / "demo.json"
LOADING = timedelta(seconds=60)
"""After so long the history is in, on two cores; what is to happen live is aimed at that moment."""
PLAYED = 40.0
"""Seconds into which the last day is compressed."""
RESUMABLE = timedelta(minutes=30)
"""How long an interrupted replay can be resumed: journeys take no trigger that is older than an hour."""
PATIENCE = 300.0
"""Seconds to wait for any one thing before calling it lost."""

Echo = Callable[[str], object]
Sent = dict[str, str]  # message id -> subject


def run(cloud: dict[str, Any], *, echo: Echo, stay: bool = False, state: Path = STATE) -> dict[str, Any]:
    """Replay the history into the local cloud that `cloud` describes (.local/cloud.json) and check what
    arrived.

    echo:    takes lines for the person who watches. stay: the cloud will stay up, so say what to look at.
    state:   where it is kept what was replayed, so that a second replay posts the very same messages.
    Returns: the summary; {customers, events, stages, mails, seconds, ...}. A failed check is told and is
             SystemExit(1).
    """
    started = time.monotonic()
    calls = history.calls()
    api = Api(cloud["endpoint"], cloud["secret_key"])
    progress = Progress()
    try:
        playbooks.install(api, echo)
        moved = _decide(calls, cloud, state, echo)
        sent = _replay(calls, moved, cloud, state, progress)
        summary = checks.run(checks.Replayed(cloud, api, calls, sent, moved, PATIENCE), progress, echo)
        moved.finished = True
        moved.save(state)
    except (Unexpected, checks.Failed) as problem:
        echo(f"The demonstration failed: {problem}")
        raise SystemExit(1) from problem
    finally:
        progress.close()
    summary["seconds"] = round(time.monotonic() - started, 1)
    if stay and moved.expected:
        echo(f"  At risk since the replay, by time alone: {', '.join(sorted(moved.expected))}")
    return summary


def _decide(calls: list[Call], cloud: dict[str, Any], state: Path, echo: Echo) -> Shift:
    """The shift of an earlier replay, or a new one."""
    now, found = times.utcnow(), shift.load(state, cloud["endpoint"])
    if found and not found.finished and found.age(now) > RESUMABLE:
        raise Unexpected(
            f"the replay that began here at {found.started} was interrupted; what it played as live is stale by now. "
            "Begin afresh with `make forget`."
        )
    if found:
        again = "is posted again and must add nothing" if found.finished else "was interrupted and goes on"
        echo(f"  The replay that began here at {found.started} {again}")
        return found
    made = shift.choose(calls, cloud["endpoint"], now, now + LOADING)
    made.save(state)
    return made


def _replay(calls: list[Call], moved: Shift, cloud: dict[str, Any], state: Path, progress: Progress) -> Sent:
    last_day = history.last_day(calls)
    past = [call for call in calls if call.at.date() < last_day]
    today = [call for call in calls if call.at.date() == last_day]
    importing = Sender(cloud["endpoint"], cloud["write_key"], uploads=UPLOADS)
    sent = _load(past, moved, importing, progress)
    _finish(importing)
    live = Sender(cloud["endpoint"], cloud["write_key"])
    sent |= _play(today, moved, live, state, progress)
    _finish(live)
    return sent


def _finish(sender: Sender) -> None:
    if not sender.drain(PATIENCE):
        raise Unexpected(f"{sender.waiting} events were not acknowledged within {PATIENCE:.0f} s")
    if problem := sender.problem():
        raise Unexpected(problem)


def _load(past: list[Call], moved: Shift, sender: Sender, progress: Progress) -> Sent:
    """Post the history, those first who change stage while the last day is played."""
    ordered = sorted(past, key=lambda call: (call.subject not in moved.expected, call.subject, call.at))
    sent: Sent = {}
    for call in ordered:
        message_id = call.message_id(moved.day)
        sent[message_id] = call.subject
        sender.post(call, moved.moved(call), message_id)
    with progress.bar("history in", len(ordered)) as advance_to:
        until = time.monotonic() + PATIENCE
        while sender.waiting and time.monotonic() < until:
            advance_to(len(ordered) - sender.waiting)
            time.sleep(0.1)
    return sent


def _play(today: list[Call], moved: Shift, sender: Sender, state: Path, progress: Progress) -> Sent:
    """Play the last day: its hours become PLAYED seconds. What was played before keeps its first moment."""
    sent: Sent = {}
    opened, length = today[0].at, (today[-1].at - today[0].at).total_seconds()
    started = time.monotonic()
    with progress.bar("today, live", len(today)) as advance_to:
        for number, call in enumerate(today):
            message_id = call.message_id(moved.day)
            sent[message_id] = call.subject
            if message_id not in moved.live:
                due = started + PLAYED * (call.at - opened).total_seconds() / length
                time.sleep(max(0.0, due - time.monotonic()))
                moved.live[message_id] = times.text(datetime.now(UTC))
                moved.save(state)
            sender.post(call, times.parse(moved.live[message_id]), message_id)
            advance_to(number + 1)
    return sent


def last_line(summary: dict[str, Any]) -> str:
    """The summary as the one JSON object that ends the output of `make demo`."""
    return json.dumps(summary, sort_keys=True)
