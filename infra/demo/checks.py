"""What must hold after the replay. Each check says what it found; the first that does not hold ends everything."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import times
from chalicelib.lifecycle.stage import Stage
from chalicelib.messages.permission import NO_CONSENT
from infra.demo import letters, playbooks
from infra.demo.mirror import Mirror
from infra.demo.progress import Progress
from infra.demo.shift import Shift
from infra.demo.shop import Call
from infra.demo.visitors import NO_PERMISSION
from infra.http import Api, quoted

AFTERWARDS = timedelta(seconds=90)
"""How long after its moment a change of stage by time, and the mail that follows, may take at the most."""

_CHECKS_AGAIN = 5

Echo = Callable[[str], object]


class Failed(Exception):
    """A check does not hold; the text says which and by how much."""


@dataclass(frozen=True)
class Replayed:
    """What was replayed: where, which calls under which message ids (to their subjects), by which shift."""

    cloud: dict[str, Any]
    api: Api
    calls: list[Call]
    sent: dict[str, str]
    moved: Shift
    patience: float


def run(replayed: Replayed, progress: Progress, echo: Echo) -> dict[str, Any]:
    """Every check in turn; returns the summary without its seconds. Raises Failed."""
    mirror = Mirror(replayed.cloud)
    events = _every_event_is_stored(replayed, mirror)
    echo(f"  Events: {events} posted, {events} stored, each once")
    stages = _everybody_has_a_stage(replayed, progress)
    echo("  Stages: " + ", ".join(f"{stage} {count}" for stage, count in stages.items()))
    mails = _mails_came_out(replayed, progress)
    echo(f"  Mails: {len(mails)}, none of them for something that happened before today")
    runs = playbooks.runs(replayed.api)
    echo("  Runs: " + ", ".join(f"{name} {count}" for name, count in runs.items()))
    _silence_has_a_reason(replayed.api)
    echo("  Who gave no permission was sent nothing, and the ledger says why")
    letters.check_unsubscribing(replayed.api, mails)
    echo("  The unsubscribe link shows a page when opened, and acts when its button is pressed")
    checked = _facts_equal_the_fold(mirror, progress)
    echo(f"  Facts: those of all {checked} customers equal the fold of their stored events")
    return {
        "customers": sum(stages.values()),
        "events": events,
        "stages": stages,
        "mails": len(mails),
        "mails_by_journey": dict(sorted(Counter(letters.journey(mail) for mail in mails).items())),
        "runs_by_playbook": runs,
        "rebuild_check": {"customers": checked, "differences": 0},
    }


def _every_event_is_stored(replayed: Replayed, mirror: Mirror) -> int:
    stored = Counter(message for message in mirror.message_ids() if message.startswith("demo-"))
    missing, extra = set(replayed.sent) - set(stored), set(stored) - set(replayed.sent)
    twice = [message for message, count in stored.items() if count > 1]
    if missing or extra or twice:
        raise Failed(
            f"posted {len(replayed.sent)} events, stored {stored.total()}: {len(missing)} are missing, "
            f"{len(extra)} were not posted, {len(twice)} are stored more than once"
        )
    return stored.total()


def _everybody_has_a_stage(replayed: Replayed, progress: Progress) -> dict[str, int]:
    """Wait until everybody who did something has a stage. After a first replay each of the nine has somebody."""
    everybody = len(set(replayed.sent.values()))
    until = time.monotonic() + replayed.patience
    with progress.bar("customers judged", everybody) as advance_to:
        while True:
            report = replayed.api.get("/v1/reports/lifecycle")
            stages = {one["stage"]: int(one["customers"]) for one in report["stages"]}
            advance_to(min(sum(stages.values()), everybody))
            if sum(stages.values()) >= everybody:
                break
            if time.monotonic() > until:
                raise Failed(
                    f"{sum(stages.values())} of {everybody} customers have a stage after {replayed.patience} s"
                )
            time.sleep(0.5)
    empty = [str(stage) for stage in Stage if not stages.get(stage)]
    if empty and not replayed.moved.finished:  # nobody stays New for ever
        raise Failed(f"nobody stands in {', '.join(empty)}")
    return stages


def _mails_came_out(replayed: Replayed, progress: Progress) -> list[letters.Mail]:
    """Wait for the mails that must come; any other mail must have a change of stage since then as its reason."""
    wanted = letters.wanted(replayed.calls, set(replayed.moved.expected))
    moments = [times.parse(moment) for moment in replayed.moved.expected.values()]
    until = max([datetime.now(UTC), *moments]) + AFTERWARDS
    with progress.bar("mails out", len(wanted)) as advance_to:
        while True:
            mails = letters.inbox(replayed.cloud["mailbox"])
            missing = wanted - {(letters.address(mail), letters.journey(mail)) for mail in mails}
            advance_to(len(wanted) - len(missing))
            if not missing:
                break
            if datetime.now(UTC) > until:
                raise Failed(f"{len(missing)} of {len(wanted)} mails did not come out: {sorted(missing)[:5]}")
            time.sleep(0.5)
    for mail in mails:
        if (letters.address(mail), letters.journey(mail)) not in wanted:
            _expect_a_recent_cause(replayed, mail)
    return mails


def _expect_a_recent_cause(replayed: Replayed, mail: letters.Mail) -> None:
    subject = letters.subject_of(mail)
    customer = replayed.api.get(f"/v1/customers/{quoted(subject)}?timeline=200")
    began = replayed.moved.started
    if not any(entry["kind"] == "stage" and entry["at"] >= began for entry in customer["timeline"]):
        raise Failed(f"{letters.address(mail)} got a mail of {letters.journey(mail)!r} for something before {began}")


def _silence_has_a_reason(api: Api) -> None:
    timeline = api.get(f"/v1/customers/{NO_PERMISSION}")["timeline"]
    messages = [entry["details"] for entry in timeline if entry["kind"] == "message"]
    if len(messages) != 1 or messages[0]["status"] not in ("planned", "skipped") or messages[0]["reason"] != NO_CONSENT:
        raise Failed(f"{NO_PERMISSION} should have one message, kept back for want of consent: {messages}")


def _facts_equal_the_fold(mirror: Mirror, progress: Progress) -> int:
    """Fold everybody's stored events anew. Events may still be on their way through the streams: ask those again."""
    everybody = mirror.everybody()
    with progress.bar("facts checked", len(everybody)) as advance_to:
        found = mirror.differences(everybody, advance_to)
    for _ in range(_CHECKS_AGAIN):
        if not found:
            break
        time.sleep(3)
        found = mirror.differences(sorted({one.customer for one in found}), lambda _: None)
    if found:
        first, different = found[0], len({one.customer for one in found})
        raise Failed(
            f"{different} of {len(everybody)} customers differ from the fold of their events; "
            f"{first.customer}: {first.what} is {first.kept}, folded {first.folded}"
        )
    return len(everybody)
