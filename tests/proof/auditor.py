"""Was everything right? Judged from what is stored, what is in the mailbox, and what customers said when.

Written apart from the code under test: it knows the ledger's stored form and the promises, not how they are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

RUN = timedelta(seconds=60)
"""A worker lives no longer: so much later than its claim may a mail leave."""

SKEW = timedelta(minutes=5)
"""Workers' clocks disagree by no more."""

ANSWER_IN = timedelta(minutes=20)
CAPS = ((1, timedelta(days=1)), (3, timedelta(days=7)))
ENDED = {"sent", "skipped", "failed"}


@dataclass(frozen=True)
class Mail:
    """One mail in somebody's mailbox, or one call to another system, which has a `body`."""

    send: str
    customer: str
    marketing: bool
    at: datetime
    body: str = ""


@dataclass
class Verdict:
    """`wrong` lists broken promises, one sentence each. `counts` says how the rest went."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def audit(
    planned: Iterable[str], rows: Sequence[Mapping[str, Any]], mails: Sequence[Mail], withdrawn: Mapping[str, datetime]
) -> Verdict:
    """planned: the ids that were ever planned. rows: the items of the ledger. withdrawn: when consent ended."""
    verdict = Verdict()
    by_send: dict[str, list[Mail]] = defaultdict(list)
    for mail in mails:
        by_send[mail.send].append(mail)
    by_id = {row["sk"]: row for row in rows}
    for send in planned:
        row = by_id.get(send)
        if row is None:
            verdict.wrong.append(f"lost: {send} is not in the ledger")
        else:
            _judge(row, by_send[send], verdict)
    _permission(mails, withdrawn, verdict)
    _caps(mails, verdict)
    return verdict


def _judge(row: Mapping[str, Any], mails: Sequence[Mail], verdict: Verdict) -> None:
    """One row against its mails."""
    name, status, reason = row["sk"], row["status"], row.get("reason")
    resent = "resent_at" in row["outcomes"]
    verdict.counts[f"{status}:{reason}" if reason else status] += 1
    if status not in ENDED:
        verdict.wrong.append(f"lost: {name} is still {status} ({reason})")
    if row["channel"] == "webhook":
        _judge_call(name, status, reason, mails, verdict)
        return
    if len(mails) > 1:
        explained = row["class"] == "transactional" and resent and len(mails) == 2
        if explained and mails[1].at - mails[0].at >= ANSWER_IN - SKEW - RUN:
            verdict.counts["second receipt, explained"] += 1
        else:
            verdict.wrong.append(f"double: {name} left {len(mails)} times")
    if status == "sent" and not mails:
        if reason == "assumed_sent":
            verdict.counts["assumed, never left"] += 1
        else:
            verdict.wrong.append(f"lost: {name} is called sent and never left")
    if status in ("skipped", "failed") and mails and not resent:
        verdict.wrong.append(f"untrue: {name} is called {status} ({reason}) and left")


def _judge_call(name: str, status: str, reason: str | None, calls: Sequence[Mail], verdict: Verdict) -> None:
    """A call may be made again, as the same one: its receiver can tell by the id that it has had it."""
    if len({call.body for call in calls}) > 1:
        verdict.wrong.append(f"double: {name} said different things under one id")
    if len(calls) > 1:
        verdict.counts["calls made again under their id"] += 1
    if status == "sent" and not calls:
        verdict.wrong.append(f"lost: {name} is called sent and was never made")
    if status in ("skipped", "failed") and calls and reason != "too_late":
        verdict.wrong.append(f"untrue: {name} is called {status} ({reason}) and was made")


def _permission(mails: Sequence[Mail], withdrawn: Mapping[str, datetime], verdict: Verdict) -> None:
    for mail in mails:
        since = withdrawn.get(mail.customer)
        if mail.marketing and since is not None and mail.at > since + RUN:
            verdict.wrong.append(f"unpermitted: {mail.send} left {mail.at - since} after consent was withdrawn")


def _caps(mails: Sequence[Mail], verdict: Verdict) -> None:
    by_customer: dict[str, list[datetime]] = defaultdict(list)
    for mail in mails:
        if mail.marketing:
            by_customer[mail.customer].append(mail.at)
    for customer, moments in by_customer.items():
        moments.sort()
        for most, within in CAPS:
            for first, last in zip(moments, moments[most:], strict=False):
                if last - first < within - SKEW - RUN:
                    verdict.wrong.append(f"capped: {customer} got {most + 1} in {last - first}")
