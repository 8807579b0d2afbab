"""`make restore`: tables as they were at a moment, beside those of now; a deploy then puts them in their place.

    python -m infra.restore --stage prod --table customers --to 2026-11-22T09:30:00Z

Nothing is overwritten: point-in-time recovery makes a new table, which this gives what recovery leaves out (stream,
expiry, recovery, protection from deletion). The line it prints goes into the stage's file; the next deploy adopts it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib import resources
from infra import stages
from infra.aws import Account, Stopped, account, explained
from infra.report import Report, terminal

EXPIRY: Final = {"Enabled": True, "AttributeName": "expires"}


@dataclass(frozen=True)
class Wanted:
    """One table to restore. moment: aware; None for the last restorable one (a few minutes ago)."""

    table: str
    source: str
    target: str
    moment: datetime | None


def restore(target: Account, wanted: Sequence[Wanted], report: Report, *, pause: float = 10.0) -> None:
    """Make the tables and wait until they can be used. Recovery takes from minutes to hours, by size."""
    client = target.client("dynamodb")
    for each in wanted:
        _check(client, each)
    for each in wanted:
        moment = {"RestoreDateTime": each.moment} if each.moment else {"UseLatestRestorableTime": True}
        client.restore_table_to_point_in_time(
            SourceTableName=each.source, TargetTableName=each.target, BillingModeOverride="PAY_PER_REQUEST", **moment
        )
        report.say(f"Restoring {each.source} into {each.target}")
    for done, each in enumerate(wanted, start=1):
        _wait(client, each.target, pause)
        _complete(client, each, pause)
        report.progress(each.target, done, len(wanted))


def plan(
    tables: Sequence[str], moment: datetime | None, now: datetime, prefix: str, current: Mapping[str, str]
) -> list[Wanted]:
    """What to restore: `customers` to `{prefix}-customers-20261122t0930`, named after the moment. Raises Stopped."""
    unknown = sorted(set(tables) - set(resources.TABLES))
    if unknown or not tables:
        raise Stopped(
            f"--table takes one or more of {', '.join(resources.TABLES)}; not {', '.join(unknown) or 'none'}."
        )
    if moment is not None and moment >= now:
        raise Stopped("--to must lie in the past.")
    suffix = (moment or now).astimezone(UTC).strftime("%Y%m%dt%H%M%S")
    return [Wanted(table, current[table], f"{prefix}-{table}-{suffix}", moment) for table in dict.fromkeys(tables)]


def advice(stage: str, wanted: Sequence[Wanted]) -> str:
    """What the operator does next."""
    lines = "\n".join(f"  {each.table}: {each.target}" for each in wanted)
    back = "\n".join(f"  {each.table}: {each.source}" for each in wanted)
    return (
        f"Look into the restored tables. To put them in place, write this into infra/stages/{stage}.yaml\n"
        f"RestoredTables:\n{lines}\n"
        f"and run `make deploy STAGE={stage}`: it lets go of the tables of now (they stay) and adopts these.\n"
        "What was written since the restored moment is in the old tables only. If customers was restored, have the "
        f"facts folded again: python -m infra.operate rebuild --all --stage {stage}\n"
        f"To go back, name the tables of before instead:\nRestoredTables:\n{back}"
    )


def _check(client: Any, each: Wanted) -> None:
    found = client.describe_continuous_backups(TableName=each.source)["ContinuousBackupsDescription"]
    recovery = found.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise Stopped(f"{each.source} has no point-in-time recovery; it cannot be restored.")
    earliest, latest = recovery.get("EarliestRestorableDateTime"), recovery.get("LatestRestorableDateTime")
    if each.moment and earliest and latest and not earliest <= each.moment <= latest:
        raise Stopped(
            f"{each.source} can be restored from {earliest:%Y-%m-%dT%H:%M:%SZ} to {latest:%Y-%m-%dT%H:%M:%SZ}."
        )


def _complete(client: Any, each: Wanted, pause: float) -> None:
    """What recovery does not bring along: the stream, expiry, recovery itself, protection."""
    source = client.describe_table(TableName=each.source)["Table"]
    protected = source.get("DeletionProtectionEnabled", False)
    if "StreamSpecification" in source:
        client.update_table(TableName=each.target, StreamSpecification=source["StreamSpecification"])
        _wait(client, each.target, pause)
    client.update_table(TableName=each.target, DeletionProtectionEnabled=protected)
    _wait(client, each.target, pause)
    client.update_time_to_live(TableName=each.target, TimeToLiveSpecification=EXPIRY)
    client.update_continuous_backups(
        TableName=each.target, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def _wait(client: Any, name: str, pause: float) -> None:
    while client.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(pause)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("give the zone too: 2026-11-22T09:30:00Z")
    return moment


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description="Tables as they were at a moment.")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--prefix")
    parser.add_argument("--table", action="append", default=[], help="a table's short name; repeat for more")
    parser.add_argument(
        "--to", type=_moment, help="RFC 3339, within the last 35 days; the last restorable moment if absent"
    )
    parser.add_argument("--region")
    parser.add_argument("--profile")
    options, report = parser.parse_args(arguments), terminal()
    try:
        prefix = options.prefix or f"perennial-{options.stage}"
        current = stages.table_names(options.stage, prefix)
        wanted = plan(options.table, options.to, datetime.now(UTC), prefix, current)
        with explained():
            restore(account(options.profile, options.region), wanted, report)
    except Stopped as stop:
        print(stop, file=sys.stderr)
        return 1
    report.say(advice(options.stage, wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
