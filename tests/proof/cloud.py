"""`make prove-cloud`: many mails on the local cloud, while its workers are killed and SES misbehaves.

    python -m tests.proof.cloud [--mails N] [--seed SEED] [--seconds N]

The real package, deployed by its real template into an emulator. A website posts people who subscribe and say who they
are, so that a welcome is planned for each. Meanwhile, as the seed decides: every worker is killed at once and started
again, SES throttles, answers late, loses requests and answers, fails, and loses and doubles its reports. When every
message is decided, twenty minutes are let pass for what nobody knows the end of, and the auditor reads what is in the
tables and in the mailbox. Ends with status 1 if anything was lost, or left twice, or waits for nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from chalicelib import resources, times
from chalicelib.aws.database import ConditionFailed
from infra.local.steps import Steps
from tests.cloud.deployed import Deployed
from tests.proof.auditor import UNDECIDED, Left, Verdict, audit_ended

MAILS: Final = 2_000
SECONDS: Final = 480.0
"""How long all of it may take; for two thirds of that workers are killed."""

BETWEEN: Final = 60
"""So many messages are decided between two times of killing, on average."""

LONGEST: Final = 45.0
"""Seconds after which workers are killed however little was done."""

_BATCH: Final = 100
_PATIENCE: Final = 60  # attempts to post a batch
_QUIET: Final = 45.0  # seconds in which reports come in after the last kill

WORKERS: Final = (
    *("api", "tick", "project-events", "start-journeys", "send-journeys", "send-transactional", "take-feedback"),
    *("walk-due", "review-due"),
)
"""The functions that may be spared when others are killed, each by its own dice."""

Faults = Mapping[str, tuple[int, int]]
FAULTS: Final[Faults] = {
    "throttle": (0, 8),
    "lose_request": (0, 1),
    "lose_acknowledgement": (0, 3),
    "server_error": (0, 1),
    "delay": (0, 3),
    "lose_events": (0, 4),
    "duplicate_events": (0, 10),
}
"""What the mailbox is asked to do wrong with its next requests and reports, each time anew: from so many to so many."""


@dataclass
class Storm:
    """What goes wrong, and how often it did."""

    deployed: Deployed
    dice: Random
    counts: Counter[str] = field(default_factory=Counter)

    _killed_at: tuple[int, float] = (0, 0.0)

    def blow(self, decided: int) -> None:
        """Something goes wrong now, and what was taken from queues is soon seen again. Workers are killed once some
        more messages are decided, or after a while, so that also a slow machine gets on."""
        asked = {name: self.dice.randint(*span) for name, span in FAULTS.items()}
        self.deployed.mailbox("POST", "faults", {**asked, "seconds": self.dice.choice([0.2, 1.0, 2.5])})
        self.counts.update({f"SES: {name}": count for name, count in asked.items() if count})
        before, at = self._killed_at
        if decided - before >= self.dice.randint(10, 2 * BETWEEN) or time.monotonic() - at > LONGEST:
            self._killed_at = decided, time.monotonic()
            spared = [name for name in WORKERS if self.dice.random() < 0.3]
            self.counts["workers killed"] += self.deployed.cloud.kill_workers(spare=spared)
        self.deployed.cloud.pass_visibility_timeouts()
        self.tick()

    def tick(self) -> None:
        """The minute's schedule, now; whoever was killed meanwhile is not asked again."""
        try:
            self.deployed.tick()
        except AssertionError:
            self.counts["ticks that died"] += 1

    def lie(self) -> None:
        """Nothing goes wrong any more."""
        self.deployed.mailbox("POST", "faults", dict.fromkeys(FAULTS, 0))


def people(count: int) -> list[str]:
    """Who is welcomed."""
    return [f"reader-{number:05d}" for number in range(count)]


def post(deployed: Deployed, names: Sequence[str]) -> int:
    """Post what people say until it is answered with 200, in batches side by side; how many attempts failed."""
    batches = [names[first : first + _BATCH] for first in range(0, len(names), _BATCH)]
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(lambda batch: _until_answered(deployed, batch), batches))


def _until_answered(deployed: Deployed, names: Sequence[str]) -> int:
    body = {"batch": [call for name in names for call in _said(name)]}
    for failed in range(_PATIENCE):
        try:
            if deployed.api.track("/v1/batch", body).status == 200:
                return failed
        except OSError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"{names[0]} and others were not taken in {_PATIENCE} attempts")


def _said(name: str) -> Iterator[dict[str, Any]]:
    at = times.text(datetime.now(UTC))
    said = {"userId": name, "timestamp": at}
    yield {**said, "type": "track", "event": "Subscribed", "messageId": f"{name}-1", "properties": {"channel": "email"}}
    yield {**said, "type": "identify", "messageId": f"{name}-2", "traits": {"email": f"{name}@people.example"}}


def rows(deployed: Deployed) -> list[dict[str, Any]]:
    """The whole ledger."""
    found: list[dict[str, Any]] = []
    start = None
    while True:
        page = deployed.database.scan(resources.SENDS, start=start)
        found += page.items
        start = page.next
        if start is None:
            return found


def mails(deployed: Deployed) -> list[Left]:
    """Everything in the mailbox."""
    found: list[Left] = []
    before = ""
    while True:
        page = deployed.mailbox("GET", f"messages?brief=1&limit=500{before}")["messages"]
        found += [Left(mail["tags"]["send"], bool(mail["acknowledged"])) for mail in page]
        if not page:
            return found
        before = f"&before={page[-1]['seq']}"


def run(deployed: Deployed, count: int, seed: int, seconds: float, say: Callable[[str], None]) -> tuple[Verdict, Storm]:
    """Welcome so many people through a storm; what the auditor says."""
    storm, names = Storm(deployed, Random(seed)), people(count)
    answer = deployed.api.ask("POST", "/v1/playbooks/welcome/install", {"publish": True})
    if answer.status != 200:
        raise RuntimeError(f"the welcome could not be installed: {answer.text[:500]}")
    with ThreadPoolExecutor(1) as aside:
        posting = aside.submit(post, deployed, names)
        end = time.monotonic() + seconds * 2 / 3
        decided = 0
        while time.monotonic() < end:
            storm.blow(decided)
            time.sleep(storm.dice.uniform(1.0, 4.0))
            found = rows(deployed)
            states = Counter(row["status"] for row in found)
            decided = len(found) - sum(states[name] for name in UNDECIDED)
            say(f"{len(found)} planned: {', '.join(f'{n} {state}' for state, n in sorted(states.items()))}")
            if posting.done() and len(found) >= count and not states.keys() & {"planned", "retry", "held"}:
                break
        storm.counts["posts that were not answered"] += posting.result()
    storm.lie()
    _settle(storm, count, end + seconds / 3, say)
    before = audit_ended(names, rows(deployed), mails(deployed))
    say("Twenty minutes pass for what nobody knows the end of")
    let_pass(storm)
    after = audit_ended(names, rows(deployed), mails(deployed), settled=True)
    return Verdict([*before.wrong, *after.wrong], before.counts + after.counts), storm


def _settle(storm: Storm, count: int, end: float, say: Callable[[str], None]) -> None:
    """What still waits leaves, and reports come in."""
    deployed = storm.deployed
    quiet = time.monotonic() + _QUIET / 2
    while time.monotonic() < end:
        deployed.cloud.pass_visibility_timeouts()
        storm.tick()
        time.sleep(2)
        found = rows(deployed)
        waiting = [row for row in found if row["status"] in UNDECIDED]
        if len(found) >= count and not waiting and time.monotonic() > quiet:
            return
        say(f"{len(found)} planned, {len(waiting)} still wait")


def let_pass(storm: Storm) -> None:
    """Move the dates of what is claimed or unknown to now, as if the time had passed, and let the senders look."""
    deployed = storm.deployed
    table = deployed.database
    uncertain = [row for row in rows(deployed) if row["status"] in ("claimed", "unknown")]
    for row in uncertain:
        now = times.text(datetime.now(UTC))
        with suppress(ConditionFailed):  # a report was faster
            table.update(resources.SENDS, row["pk"], row["sk"], set={"due_at": now}, when={"v": row["v"]})
    end = time.monotonic() + _QUIET
    while time.monotonic() < end and any(row["status"] in ("claimed", "unknown") for row in rows(deployed)):
        storm.tick()
        time.sleep(2)


def shown(verdict: Verdict, storm: Storm) -> str:
    """As lines."""
    lines = [f"{count:6d} {name}" for name, count in sorted(storm.counts.items())]
    lines += ["", *(f"{count:6d} {name}" for name, count in sorted(verdict.counts.items()))]
    kinds = ("lost", "double", "late")
    found = (f"{sum(each.startswith(kind) for each in verdict.wrong)} {kind}" for kind in kinds)
    return "\n".join([*lines, "", ", ".join(found), ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.cloud", description="Prove it on the local cloud.")
    parser.add_argument("--mails", type=int, default=MAILS)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what the storm is made of")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long it takes at most")
    asked = parser.parse_args(arguments)
    sys.stdout.write(f"seed {asked.seed}\n")
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:4.0f} s  {line}\n")

    with tempfile.TemporaryDirectory(prefix="perennial-proof-") as home:
        deployed = Deployed(Path(home), Steps())
        try:
            deployed.start()
            verdict, storm = run(deployed, asked.mails, asked.seed, asked.seconds, say)
        finally:
            deployed.close()
    sys.stdout.write(shown(verdict, storm))
    sys.stderr.writelines(f"WRONG {each}\n" for each in verdict.wrong[:20])
    sys.stdout.write(f"{json.dumps({'seed': asked.seed, 'wrong': len(verdict.wrong)})}\n")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
