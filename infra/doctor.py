"""What is wrong with a deployment, and what to do about it: `make doctor STAGE=prod`.

It says what `GET /v1/doctor` says, and also when the endpoint does not answer: it asks AWS itself, by ordinary
credentials, which need to read and no more. `--stage local` is the local cloud. Ends with status 1 if anything is bad.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import resources, times
from chalicelib.aws.database import Database
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.files import S3Files
from chalicelib.aws.instruments import AwsInstruments
from chalicelib.errors import Permanent
from chalicelib.jobs.store import JobStore
from chalicelib.lifecycle.store import FitStore
from chalicelib.messages.brake.store import BrakeStore
from chalicelib.operations.doctor.diagnosis import Finding, diagnose, worst
from chalicelib.operations.doctor.store import ReadingStore
from infra import stages
from infra.aws import Account, Stopped, account, explained
from infra.operate import LOCAL, local_account
from infra.stack import Stack

SIGNS: Final = {"bad": "BAD", "unknown": "?", "watch": "look", "well": "well"}


@dataclass(frozen=True)
class Missing:
    """In place of a bucket whose name nobody knows: whoever reads it is told why."""

    why: str

    def keys(self, prefix: str) -> Iterator[str]:
        """Permanent, always."""
        raise Permanent(self.why)


def readings(
    target: Account,
    stage: str,
    prefix: str,
    clock: Callable[[], datetime] = times.utcnow,
    failures: S3Files | Missing | None = None,
) -> ReadingStore:
    """What the doctor of a stage looks at. failures: the bucket, where it is not to be looked up in the stack."""
    client = cache(target.client)
    db: Database = DynamoDatabase(client("dynamodb"), stages.table_names(stage, prefix))
    bucket: Any = failures or _bucket(target, prefix, client)
    instruments = AwsInstruments(client, _queues(client("sqs"), prefix), prefix)
    return ReadingStore(db, instruments, bucket, BrakeStore(db, clock), FitStore(db), JobStore(db))


def told(findings: Sequence[Finding], at: datetime) -> Iterator[str]:
    """The page, line by line."""
    yield f"{at:%Y-%m-%d %H:%M} UTC: {worst(findings)}"
    for one in findings:
        yield f"{SIGNS[one.state]:>5}  {one.subject}: {one.says}"
        if one.do:
            yield f"         -> {one.do}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        with explained():
            target = local_account() if asked.stage == LOCAL else account(asked.profile, asked.region)
            now = times.utcnow()
            found = diagnose(readings(target, asked.stage, asked.prefix or f"perennial-{asked.stage}").read(now))
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    print("\n".join(told(found, now)))
    return 1 if worst(found) == "bad" else 0


def _queues(sqs: Any, prefix: str) -> Mapping[str, str]:
    """The URLs of those that there are: a deploy that went wrong may lack some."""
    found = {}
    for queue in (*resources.QUEUES, resources.DEAD):
        try:
            found[queue] = sqs.get_queue_url(QueueName=f"{prefix}-{queue}")["QueueUrl"]
        except ClientError as gone:
            raise Stopped(f"There is no queue {prefix}-{queue} in this account and region: is it deployed?") from gone
    return found


def _bucket(target: Account, prefix: str, client: Callable[[str], Any]) -> S3Files | Missing:
    try:
        name = Stack(target, prefix).outputs().get("FailuresBucket")
    except (ClientError, BotoCoreError, Stopped) as unknown:
        return Missing(f"the stack's outputs: {type(unknown).__name__}")
    return S3Files(client("s3"), name) if name else Missing("the stack names no bucket of failures")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.doctor", description="What is wrong, and what to do.")
    parser.add_argument("--stage", required=True, help="local, dev, prod...")
    parser.add_argument("--prefix", help="if it is not perennial-{stage}")
    parser.add_argument("--profile", help="of the AWS configuration")
    parser.add_argument("--region")
    return parser


if __name__ == "__main__":
    sys.exit(main())
