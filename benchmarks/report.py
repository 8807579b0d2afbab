"""The figures as tables, in Markdown: printed, and written between two marks of docs/BENCHMARKS.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.costs import Cost
from benchmarks.cpu import Cpu
from benchmarks.imports import Imports
from benchmarks.inside import ALONE
from benchmarks.money import TARGET, Bill
from benchmarks.wire import Tally

DOCUMENT = Path(__file__).parent.parent / "docs" / "BENCHMARKS.md"
BEGIN, END = "<!-- made by `make bench` -->", "<!-- until here -->"
WRITE_UNITS = 1.6
"""Target: write units an event at batch 20, of events up to 1 KB as sent."""
IMPORT_RATIO = 1.5
"""Target: `import app` against the least that such a Lambda imports."""
CPU_RATIO = 4.0
"""Target: our own processor time for an event against json.loads and one pydantic model."""

WRITE_DOLLARS = 0.625  # per million units, us-east-1 on demand
READ_DOLLARS = 0.125


def events(costs: Sequence[Cost]) -> str:
    """Requests and units per 1,000 events."""
    rows = [
        [
            cost.scenario,
            _whole(cost.per_thousand(lambda tally: tally.service("api"))),
            _whole(cost.per_thousand(lambda tally: tally.service("dynamodb"))),
            *_units(cost),
        ]
        for cost in costs
    ]
    head = ["per 1,000 events", "HTTP requests", "DynamoDB requests", *_UNITS]
    return table(head, rows)


def sends(costs: Sequence[Cost]) -> str:
    """Requests and units per 1,000 journey sends."""
    rows = [
        [
            cost.scenario,
            *(_whole(cost.per_thousand(lambda tally, name=name: tally.service(name))) for name in _SERVICES),  # type: ignore[misc]
            *_units(cost),
        ]
        for cost in costs
    ]
    head = ["per 1,000 journey sends", "DynamoDB requests", "SQS requests", "SES requests", *_UNITS]
    return table(head, rows)


def parts(costs: Sequence[Cost]) -> str:
    """Where the write units go: per 1,000, by table and stage of the flow."""
    rows = [
        [cost.scenario, name, ", ".join(_by_table(tally, cost.count)) or "none"]
        for cost in costs
        for name, tally in cost.parts.items()
    ]
    return table(["scenario", "stage", "write units per 1,000, by table (+ indexes)"], rows)


def money(bills: Sequence[Bill]) -> str:
    """Dollars a million events."""
    rows = [
        [one.scenario, *(f"{part:.2f}" for part in (one.gateway, one.functions, one.writes, one.reads, one.total))]
        for one in bills
    ]
    return table(["$ per million events", "gateway", "functions", "writes", "reads", "all"], rows)


def cpu(measured: Cpu) -> str:
    """Processor time per event."""
    rows = [
        ["json.loads and one pydantic model (the floor)", f"{measured.floor:.0f}", "1.0"],
        *(
            [name, f"{value:.0f}", f"{value / measured.floor:.1f}"]
            for name, value in (
                ("parse: the body's JSON", measured.parse),
                ("validate: check, correct the clock, name", measured.validate),
                ("store: compress, encode, insert", measured.store),
                ("accept: these three, in the endpoint", measured.accept),
                ("project: decode, load, fold, judge, save", measured.project),
                *((f"— {name}", value) for name, value in measured.inside.items() if name != ALONE),
                ("all of our own", measured.ours),
                *((f"{name}, for all of these", value) for name, value in measured.inside.items() if name == ALONE),
                ("botocore, for each put", measured.put),
                ("botocore, for each get", measured.get),
            )
        ),
    ]
    return table(["processor time per event", "µs", "times the floor"], rows)


def imports(measured: Imports) -> str:
    """Seconds of importing, as ratios."""
    rows = [
        ["Chalice, pydantic and one botocore client (the floor)", f"{measured.floor * 1000:.0f}", "1.00"],
        ["`import app`", f"{measured.app * 1000:.0f}", f"{measured.ratio:.2f}"],
        [
            "`import app`, and the application with its first client",
            f"{measured.app_and_client * 1000:.0f}",
            f"{measured.ready_ratio:.2f}",
        ],
        *(
            [name, f"{value * 1000:.0f}", f"{value / measured.floor:.2f}"]
            for name, value in (
                ("`import app` in a function that serves no HTTP", measured.worker),
                ("the projector's function until it is ready", measured.projector),
                ("the same, if it imported the endpoints too", measured.projector_with_http),
                ("`import app`, if the package held no byte code", measured.uncompiled),
            )
        ),
    ]
    return table(["importing, in a fresh interpreter: processor time", "ms", "times the floor"], rows)


def missed(costs: Sequence[Cost], measured: Imports, bills: Sequence[Bill] = (), timed: Cpu | None = None) -> list[str]:
    """The targets that were not met, in words."""
    found = [
        f"{cost.scenario}: {cost.write_units_each:.2f} write units an event, more than {WRITE_UNITS}"
        for cost in costs
        if cost.targeted and cost.write_units_each > WRITE_UNITS
    ]
    found += [
        f"{one.scenario}: ${one.total:.2f} a million events, more than ${TARGET:.2f}"
        for one in bills
        if one.targeted and one.total > TARGET
    ]
    if timed is not None and timed.ours > CPU_RATIO * timed.floor:
        found.append(
            f"our own processor time is {timed.ours / timed.floor:.1f} times the floor, more than {CPU_RATIO:g}"
        )
    if measured.ratio > IMPORT_RATIO:
        found.append(f"import app takes {measured.ratio:.2f} times the floor, more than {IMPORT_RATIO}")
    return found


def write(tables: Sequence[str]) -> None:
    """Put the tables between the marks of the document. ValueError if the marks are not there."""
    before, begin, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT} has no place for the tables: {BEGIN} and {END}")
    DOCUMENT.write_text(before + BEGIN + "\n\n" + "\n".join(tables) + "\n" + END + after, encoding="utf-8")


_SERVICES = ("dynamodb", "sqs", "sesv2")
_UNITS = ["write units", "of them indexes", "read units", "DynamoDB, $ per million"]


def _units(cost: Cost) -> list[str]:
    writes = cost.per_thousand(lambda tally: tally.write_units)
    reads = cost.per_thousand(lambda tally: tally.read_units)
    dollars = (writes * WRITE_DOLLARS + reads * READ_DOLLARS) / 1000
    return [
        _whole(writes),
        _whole(cost.per_thousand(lambda tally: tally.index_writes.total())),
        _whole(reads),
        f"{dollars:.2f}",
    ]


def _by_table(tally: Tally, count: int) -> list[str]:
    return [
        f"{table} {1000 * writes / count:.0f}"
        + (f" + {1000 * tally.index_writes[table] / count:.0f}" if tally.index_writes[table] else "")
        for table, writes in sorted(tally.writes.items())
    ]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown: columns of figures stand to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    numeric = [column > 0 and all(_number(row[column]) for row in rows) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return (
            "| "
            + " | ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(cells, widths, numeric, strict=True)
            )
            + " |"
        )

    rule = "|" + "|".join(
        "-" * (width + 1) + (":" if right else "-") for width, right in zip(widths, numeric, strict=True)
    )
    return "\n".join([line(head), rule + "|", *map(line, rows)]) + "\n"


def _number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").isdigit()
