"""`make bench`: count requests and units on the wire, time our own code, and write the tables of docs/BENCHMARKS.md.

    python -m benchmarks

Starts a local cloud of its own on a free port. Ends with status 1 if a target is missed.
"""

from __future__ import annotations

from benchmarks import costs, cpu, imports, messages, money, refit, report, review, rules, segments
from benchmarks.targets import exit_status
from infra.local.steps import Steps


def main() -> int:
    """Measure everything; the exit status."""
    steps = Steps()
    with steps.step("Importing, in fresh interpreters"):
        imported = imports.measure()
    with steps.step("Processor time of our own code"):
        timed = cpu.measure()
    with steps.step("Rules, on the customer's item alone"):
        ruled = rules.measure()
    with steps.step("Events with live segments"):
        segmented = segments.measure()
    with steps.step("Messages, from the ledger's row to SES"):
        sent = messages.measure()
    with costs.started() as bench:
        with steps.step("Events, counted on the wire"):
            events = list(costs.events(bench))
        with steps.step("Journey sends, counted on the wire"):
            sends = list(costs.sends(bench))
    with steps.step("A minute of review at two sizes, counted on the wire; a few minutes"):
        reviews = review.alone()
    with steps.step("A refit of 50,000 customers"):
        refitted = refit.alone()
    bills = [money.bill(cost, timed) for cost in events]
    tables = [
        report.events(events),
        report.money(bills) + f"\n{money.assumptions()}\n",
        report.sends(sends),
        messages.shown(sent),
        report.parts([*events, *sends]),
        report.cpu(timed),
        report.imports(imported),
        rules.shown(ruled),
        segments.shown(segmented),
        review.shown(reviews),
        refit.shown(refitted),
    ]
    print("\n".join(tables))
    report.write(tables)
    missed = [*report.missed(events, imported, bills, timed), *rules.missed(ruled), *segments.missed(segmented)]
    missed += [*review.missed(reviews), *refit.missed(refitted), *messages.missed(sent)]
    return exit_status(missed)
