"""Was everything right? Judged from what is stored, what is in the mailbox, and what customers said when.

Written apart from the code under test: it knows the ledger's stored form and the promises, not how they are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from chalicelib.customers.facts import Facts
from chalicelib.customers.state import State

RUN = timedelta(seconds=60)
"""A worker lives no longer: so much later than its claim may a mail leave."""

SKEW = timedelta(minutes=5)
"""Workers' clocks disagree by no more."""

ANSWER_IN = timedelta(minutes=20)
CAPS = ((1, timedelta(days=1)), (3, timedelta(days=7)))
REPEATED = timedelta(days=7)
"""So long the same words are not said twice."""

BELIEVED = timedelta(seconds=5)
"""How long a worker believes what it knows of a pause."""

ENDED = {"sent", "skipped", "failed"}


@dataclass(frozen=True)
class Mail:
    """One mail in somebody's mailbox, or one call to another system, which has a `body`."""

    send: str
    customer: str
    marketing: bool
    at: datetime
    body: str = ""
    words: str = ""


@dataclass(frozen=True)
class Rules:
    """What the workspace and its customers said, as somebody would note it who stands beside.

    withdrawn: when consent ended. hours: from which hour to which, in UTC, marketing may leave; None: always.
    held_out: nobody gets marketing. pauses: while marketing was paused.
    """

    withdrawn: Mapping[str, datetime] = field(default_factory=dict)
    hours: tuple[int, int] | None = None
    held_out: bool = False
    pauses: Sequence[tuple[datetime, datetime]] = ()


@dataclass
class Verdict:
    """`wrong` lists broken promises, one sentence each. `counts` says how the rest went."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def audit(planned: Iterable[str], rows: Sequence[Mapping[str, Any]], mails: Sequence[Mail], rules: Rules) -> Verdict:
    """planned: the ids that were ever planned. rows: the items of the ledger."""
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
    marketing = [mail for mail in mails if mail.marketing]
    _permission(marketing, rules, verdict)
    _caps(marketing, verdict)
    _repeated(marketing, verdict)
    return verdict


@dataclass(frozen=True)
class Posted:
    """What a website said: the name of the event, and whether it was told that it is stored."""

    name: str
    acknowledged: bool


def audit_intake(
    customer: str, posted: Mapping[str, Posted], tables: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Verdict:
    """posted: by message id. tables: all items of each. What journeys are there: a mail and, a day later, another to
    whoever is identified, and one for each order."""
    verdict = Verdict()
    stored = Counter(str(item["sk"]).rpartition("#")[2] for item in tables["events"] if item["pk"] == customer)
    stored = Counter({id: count for id, count in stored.items() if id in posted})  # and not what we said ourselves
    _stored(posted, stored, verdict)
    _counted(customer, Counter(posted[id].name for id in stored), tables["customers"], verdict)
    _decided(Counter(posted[id].name for id in stored), tables["sends"], verdict)
    for item in tables["enrolments"]:
        if item.get("status") == "active" and "due_at" not in item:
            verdict.wrong.append(f"stuck: {item['sk']} waits for nothing")
        if item.get("status") == "active":
            verdict.wrong.append(f"late: {item['sk']} has not ended")
    return verdict


def _stored(posted: Mapping[str, Posted], stored: Counter[str], verdict: Verdict) -> None:
    for id, each in posted.items():
        if each.acknowledged and id not in stored:
            verdict.wrong.append(f"lost: {id} was acknowledged and is not stored")
        verdict.counts["acknowledged" if each.acknowledged else "given up"] += 1
    for id, count in stored.items():
        if count > 1:
            verdict.wrong.append(f"double: {id} is stored {count} times")


def _counted(customer: str, happened: Counter[str], items: Sequence[Mapping[str, Any]], verdict: Verdict) -> None:
    """Facts equal what is stored, by plain counting."""
    state = next((item for item in items if item["pk"] == customer and item["sk"] == "state"), None)
    facts = State.from_item(state).facts if state else Facts()
    kept = {name: times.total for name, times in facts.happenings.by_name.items()}
    for name, count in happened.items():
        if kept.get(name, 0) != count:
            verdict.wrong.append(f"miscounted: {name} happened {count} times, and {kept.get(name, 0)} are counted")
    if facts.order_count != happened["Order Completed"]:
        verdict.wrong.append(f"miscounted: {facts.order_count} orders of {happened['Order Completed']}")
    if (facts.consent_status("email") == "granted") != bool(happened["Subscribed"]):
        verdict.wrong.append(f"miscounted: consent is {facts.consent_status('email')}")


def _decided(happened: Counter[str], rows: Sequence[Mapping[str, Any]], verdict: Verdict) -> None:
    """Each thing that a journey waits for led to its messages, once."""
    planned = Counter(row["step"] for row in rows)
    known = int(happened["Identify"] > 0)
    for step, expected in (("hello", known), ("more", known), ("thanks", happened["Order Completed"])):
        if planned[step] != expected:
            kind = "lost" if planned[step] < expected else "double"
            verdict.wrong.append(f"{kind}: {planned[step]} messages of step {step} were planned instead of {expected}")
    verdict.counts["planned"] += planned.total()
    verdict.counts["mislaid"] += sum("due_at" not in row for row in rows)


UNDECIDED = {"planned", "retry", "held"}


@dataclass(frozen=True)
class Left:
    """One mail in a mailbox, by the id of its send, and whether whoever sent it was told so."""

    send: str
    acknowledged: bool


def audit_ended(
    people: Sequence[str], rows: Sequence[Mapping[str, Any]], mails: Sequence[Left], *, settled: bool = False
) -> Verdict:
    """One marketing mail was to be planned for each of some people, and time was given for all to leave. settled: and
    also for what nobody knew the end of. `counts` says what is unknown, and why."""
    verdict, planned = Verdict(), Counter(str(row["pk"]).removeprefix("u#") for row in rows)
    left = Counter(mail.send for mail in mails)
    told = {mail.send for mail in mails if mail.acknowledged}
    verdict.wrong += [f"lost: nothing was planned for {name}" for name in people if not planned[name]]
    verdict.wrong += [f"double: {name} has {count} messages" for name, count in planned.items() if count > 1]
    verdict.wrong += [f"double: {send} left {count} times" for send, count in left.items() if count > 1]
    known = {row["sk"] for row in rows}
    verdict.wrong += [f"lost: {send} left and is not in the ledger" for send in left if send not in known]
    for row in rows:
        _ended(row, left[row["sk"]], row["sk"] in told, verdict, settled)
    return verdict


def _ended(row: Mapping[str, Any], left: int, told: bool, verdict: Verdict, settled: bool) -> None:
    name, status, reason = row["sk"], row["status"], row.get("reason")
    prefix = "then: " if settled else ""
    if status == "sent" and reason == "assumed_sent":
        verdict.counts[f"{prefix}assumed to have left, {'rightly' if left else 'wrongly'}"] += 1
    elif status == "sent":
        verdict.counts[f"{prefix}sent"] += 1
        if not left:
            verdict.wrong.append(f"lost: {name} is called sent and never left")
    elif status in ("claimed", "unknown") and not settled:
        if "due_at" not in row:
            verdict.wrong.append(f"lost: {name} is {status}, and nobody will look at it")
        verdict.counts[f"unknown: {_why(status, left, told)}"] += 1
    elif status in UNDECIDED and "due_at" in row:
        verdict.wrong.append(f"late: {name} is still {status} ({reason}), and waits until {row['due_at']}")
    else:
        verdict.wrong.append(f"lost: {name} is {status} ({reason})")


def _why(status: str, left: int, told: bool) -> str:
    """Why nobody knows whether a message left, as one sees who stands beside."""
    if left:
        return "it left, and its answer and its reports were lost" if not told else "it left, and its sender died"
    return "its sender died before the call" if status == "claimed" else "its request was lost, or SES failed"


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


def _permission(mails: Sequence[Mail], rules: Rules, verdict: Verdict) -> None:
    for mail in mails:
        since = rules.withdrawn.get(mail.customer)
        if since is not None and mail.at > since + RUN:
            verdict.wrong.append(f"unpermitted: {mail.send} left {mail.at - since} after consent was withdrawn")
        if rules.held_out:
            verdict.wrong.append(f"unpermitted: {mail.send} left for somebody who is held out")
        if rules.hours is not None and not _within(rules.hours, mail.at):
            verdict.wrong.append(f"unpermitted: {mail.send} left at {mail.at:%H:%M}")
        for began, ended in rules.pauses:
            if began + BELIEVED + RUN < mail.at < ended:
                verdict.wrong.append(f"unpermitted: {mail.send} left while marketing was paused")


def _within(hours: tuple[int, int], at: datetime) -> bool:
    """Whether somebody's clock may have shown one of these hours."""
    first, last = (at.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in hours)
    return first - SKEW <= at < last + SKEW + RUN


def _caps(mails: Sequence[Mail], verdict: Verdict) -> None:
    for customer, moments in _by_customer(mails, lambda mail: "").items():
        for most, within in CAPS:
            for first, last in zip(moments, moments[most:], strict=False):
                if last - first < within - SKEW - RUN:
                    verdict.wrong.append(f"unpermitted: {customer[0]} got {most + 1} in {last - first}")


def _repeated(mails: Sequence[Mail], verdict: Verdict) -> None:
    for (customer, words), moments in _by_customer(mails, lambda mail: mail.words).items():
        for first, last in pairwise(moments):
            if last - first < REPEATED - SKEW - RUN:
                verdict.wrong.append(f"unpermitted: {customer} was told {words} again after {last - first}")


def _by_customer(mails: Sequence[Mail], of: Callable[[Mail], str]) -> dict[tuple[str, str], list[datetime]]:
    found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for mail in mails:
        found[mail.customer, of(mail)].append(mail.at)
    for moments in found.values():
        moments.sort()
    return found
