"""What a deployment costs: idle, and at 1,000, 10,000 and 100,000 contacts; prints the tables of docs/DEPLOY.md.

Everything is counted from list prices (us-east-1, on demand, no free tier) and the assumptions below, which are what
to change for another shop. Taxes, support plans, DNS, and data transfer (cents at these sizes) are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

DAYS: Final = 30.4  # in a month
MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Prices:
    """US dollars, us-east-1. M: a million. GB-s: a GB of memory for a second."""

    write_unit_m: float = 0.625
    read_unit_m: float = 0.125
    request_m: float = 3.50  # API Gateway, REST
    lambda_gb_s: float = 0.0000166667  # x86_64; arm64 is a fifth less
    lambda_m: float = 0.20
    sqs_m: float = 0.40
    sns_m: float = 0.50
    mail_k: float = 0.10  # SES, for 1,000
    alarm_month: float = 0.10
    table_gb_month: float = 0.25
    recovery_gb_month: float = 0.20  # point-in-time recovery
    logs_gb: float = 0.50


@dataclass(frozen=True)
class Assumptions:
    """What a contact does in a month, and what that makes the system do."""

    events: float = 20  # page views, baskets, orders: of a contact and month, averaged over active and silent ones
    events_per_request: float = 5  # servers batch 20 to 100, browsers mostly send one
    mails: float = 5  # four marketing, one transactional
    mail_events: float = 2.5  # of one mail: send, delivery, and some opens and clicks
    reviews: float = 1  # of a contact and month: a date fell due (stage, wait)
    months_kept: float = 13  # events and sends
    event_writes: float = 2.0  # units of one event: the worst row of docs/BENCHMARKS.md, as are those below
    event_reads: float = 1.0
    mail_writes: float = 15.0  # from the decision to what SES answered
    mail_reads: float = 7.0
    report_writes: float = 2.5  # of one SES event
    report_reads: float = 1.5
    review_writes: float = 10.0  # the state, then history, event and count of the change (docs/REPORTS.md)
    review_reads: float = 4.0
    endpoint_gb_s: float = 0.06  # of one request: 120 ms at 512 MB
    event_gb_s: float = 0.008  # of one event in the stream's functions
    mail_gb_s: float = 0.20  # of one mail: 400 ms at 512 MB, from plan to outcome
    queue_requests: float = 4.0  # of one mail or review
    refits: float = 4.35  # a month: one a week, each with a rescore of everybody
    refit_gb_s: float = 0.01  # of one contact: read, and fitted; beyond 50,000, where refits sample, it is less
    rescore_reads: float = 0.5  # of one contact
    rescore_writes: float = 1.5  # of one contact: half of all get another date or stage, at three units
    rescore_gb_s: float = 0.002
    census_gb_s: float = 0.0005  # of one contact and night; beyond 50,000, where a census samples, it is less
    event_kb: float = 1.0
    send_kb: float = 1.5
    contact_kb: float = 4.0
    log_kb: float = 0.6  # of one run of a function: Lambda's own three lines and one of counts


@dataclass(frozen=True)
class Standing:
    """What stands there, busy or not; a test holds alarms and queues to the packaged template."""

    alarms: int = 22
    queues: int = 6
    polls_a_minute: float = 15  # five pollers a queue, each waiting 20 seconds
    tick_queries: int = 208  # 64 shards of three indexes, and 16 of what many get at once, each minute
    tick_seconds: float = 1.0
    tick_gb: float = 0.25


def idle(standing: Standing = Standing(), prices: Prices = Prices()) -> dict[str, float]:
    """US dollars a month while nothing happens."""
    minutes = 60 * 24 * DAYS
    return {
        "alarms": standing.alarms * prices.alarm_month,
        "polling queues": standing.queues * standing.polls_a_minute * minutes * prices.sqs_m / MILLION,
        "the tick's reads": standing.tick_queries * 0.5 * minutes * prices.read_unit_m / MILLION,
        "the tick itself": minutes
        * (standing.tick_seconds * standing.tick_gb * prices.lambda_gb_s + prices.lambda_m / MILLION),
    }


def busy(contacts: int, a: Assumptions = Assumptions(), prices: Prices = Prices()) -> dict[str, float]:
    """US dollars a month that contacts add to idle."""
    events, reports = contacts * a.events, contacts * a.mails * a.mail_events
    requests, mails, reviews = contacts * a.events / a.events_per_request, contacts * a.mails, contacts * a.reviews
    runs = requests + (events + reports) / 5 + mails * 2 + reviews / 10
    writes = events * a.event_writes + mails * a.mail_writes + reports * a.report_writes + reviews * a.review_writes
    reads = events * a.event_reads + mails * a.mail_reads + reports * a.report_reads + reviews * a.review_reads
    seconds = requests * a.endpoint_gb_s + (events + reports) * a.event_gb_s + mails * a.mail_gb_s
    weekly = a.refits * contacts
    writes += weekly * a.rescore_writes
    reads += weekly * (a.rescore_reads + a.contact_kb / 8)  # a refit reads all of a contact, at half a unit for 4 KB
    seconds += weekly * (a.rescore_gb_s + a.refit_gb_s)
    reads += DAYS * contacts * (a.contact_kb / 8 + 0.02)  # the night's census, and the count of the index of stages
    seconds += DAYS * contacts * a.census_gb_s
    kept_kb = contacts * (a.contact_kb + a.months_kept * _written_kb(a))
    return {
        "SES": mails * prices.mail_k / 1000,
        "tables: writes": writes * prices.write_unit_m / MILLION,
        "tables: reads": reads * prices.read_unit_m / MILLION,
        "tables: storage, recovery": kept_kb / MILLION * (prices.table_gb_month + prices.recovery_gb_month),
        "endpoint": requests * prices.request_m / MILLION,
        "functions": seconds * prices.lambda_gb_s + runs * prices.lambda_m / MILLION,
        "queues, topic": ((mails + reviews) * a.queue_requests * prices.sqs_m + reports * prices.sns_m) / MILLION,
        "logs": runs * a.log_kb / MILLION * prices.logs_gb,
    }


def tables() -> str:
    """The two tables of docs/DEPLOY.md, in Markdown."""
    return f"{_table(['idle', 'a day', 'a month'], _idle_rows())}\n\n{_table(['contacts', *_SIZE_NAMES], _size_rows())}"


def assumptions() -> str:
    """The assumptions that a reader should know, in one sentence."""
    a = Assumptions()
    return (
        f"{a.events:g} events, {a.mails:g} mails and {a.reviews:g} due date a contact and month, "
        f"{a.events_per_request:g} events a request, {a.mail_events:g} SES events a mail, "
        f"everything kept {a.months_kept:g} months"
    )


_SIZES: Final = (1_000, 10_000, 100_000)
_SIZE_NAMES: Final = [f"{size:,}" for size in _SIZES]


def _written_kb(a: Assumptions) -> float:
    return (a.events + a.mails * a.mail_events + a.reviews) * a.event_kb + a.mails * a.send_kb


def _idle_rows() -> list[list[str]]:
    parts = idle()
    total = sum(parts.values())
    rows = [[name, f"${value / DAYS:.3f}", f"${value:.2f}"] for name, value in parts.items()]
    return [*rows, ["**all**", f"**${total / DAYS:.3f}**", f"**${total:.2f}**"]]


def _size_rows() -> list[list[str]]:
    columns: list[Mapping[str, float]] = [{"idle": sum(idle().values()), **busy(size)} for size in _SIZES]
    rows = [[name, *(f"${column[name]:.2f}" for column in columns)] for name in columns[0]]
    totals = [sum(column.values()) for column in columns]
    return [
        *rows,
        ["**a month**", *(f"**${total:,.2f}**" for total in totals)],
        ["each 1,000 contacts", *(f"${total / size * 1000:.2f}" for total, size in zip(totals, _SIZES, strict=True))],
    ]


def _table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def main() -> int:
    """The command."""
    print(tables())
    print(f"\nAssumed: {assumptions()}. All of it:")
    for field in fields(Assumptions):
        print(f"  {field.name}: {getattr(Assumptions(), field.name):g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
