"""Functions are killed while a shop's history comes in: afterwards everything is as if nothing had happened."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from chalicelib.journeys.send import Send, Status
from chalicelib.lifecycle.stage import DEFAULT, judge
from tests.cloud.asking import eventually
from tests.cloud.deployed import Deployed
from tests.cloud.faults import address
from tests.cloud.people import crowd
from tests.cloud.website import Call, Website, folded

SIZE, EVENTS = 200, 10
NEWCOMERS = [f"newcomer-{number:02d}" for number in range(20)]
WHILE_POSTING, WHILE_COUNTING = 4, 3
PAUSE = 1.5

Said = Mapping[str, Sequence[Call]]
"""What was posted, by customer."""


def test_killed_workers_lose_nothing_and_repeat_nothing(deployed: Deployed) -> None:
    website = Website(deployed.api, uploads=4, batch=50)
    website.said(crowd(SIZE, EVENTS))
    for person in NEWCOMERS:
        website.track(person, "Subscribed", channel="email")
    for person in NEWCOMERS:
        website.identify(person, email=f"{person}@people.example")
    assert kill(deployed, WHILE_POSTING) > 0
    website.arrive(within=120)
    website.close()
    assert kill(deployed, WHILE_COUNTING) > 0

    said = by_customer(website.calls)
    assert len(website.calls) == SIZE * EVENTS + 2 * len(NEWCOMERS)
    differing = set(said)
    eventually("every event is counted", lambda: not still(deployed, differing), within=120, every=0.5)
    for customer, calls in said.items():
        stored = [id for id in deployed.stored(customer) if not id.startswith("ses-")]
        assert stored == sorted(call["messageId"] for call in calls)
    assert {customer: deployed.stage(customer) for customer in said} == undisturbed(said)
    assert_at_most_one_mail_each(deployed)
    assert deployed.dead_letters() == {}


def kill(deployed: Deployed, times: int) -> int:
    """End every worker, some times, with a pause before each; how many workers that were."""
    killed = 0
    for _ in range(times):
        time.sleep(PAUSE)
        killed += deployed.cloud.kill_workers()
    return killed


def by_customer(calls: Sequence[Call]) -> Said:
    found: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        found[f"u#{call['userId']}"].append(call)
    return found


def still(deployed: Deployed, differing: set[str]) -> set[str]:
    """Of those who differed, who still does by `rebuild --check`. What killed workers had taken is given to others."""
    deployed.cloud.pass_visibility_timeouts()
    differing &= {found.customer for found in deployed.differences(*differing)}
    return differing


def undisturbed(said: Said) -> dict[str, str]:
    """The stages that the calls come to when nothing happens while they are read and folded."""
    now = datetime.now(UTC)
    stages = {customer: str(judge(folded(calls), True, DEFAULT, now).stage) for customer, calls in said.items()}
    assert len(set(stages.values())) >= 6, "the crowd should be of many kinds"
    return stages


def assert_at_most_one_mail_each(deployed: Deployed) -> None:
    """Who was killed between claim and call sent nothing, and does not know; the row waits to be settled."""
    rows = eventually("no message waits", lambda: decided(deployed), within=90, every=0.5)
    mails = Counter(mail["tags"]["send"] for person in NEWCOMERS for mail in deployed.inbox(address(person)))
    assert all(count == 1 for count in mails.values()), mails
    assert mails.keys() <= {row.id for row in rows}
    assert mails.keys() >= {row.id for row in rows if row.status is Status.SENT}


def decided(deployed: Deployed) -> list[Send]:
    """The newcomers' messages, once there is one for each, and each is sent or lies with a worker that died."""
    deployed.cloud.pass_visibility_timeouts()
    rows = [row for person in NEWCOMERS for row in deployed.sends(f"u#{person}")]
    ends = {Status.SENT, Status.CLAIMED, Status.UNKNOWN}
    return rows if len(rows) == len(NEWCOMERS) and {row.status for row in rows} <= ends else []
