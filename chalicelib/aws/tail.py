"""Reading a table's stream by hand, now and then, beside the function that follows it.

A stream is a tree of shards: each holds some hours of changes of some keys and is followed by its children. Whoever
reads holds a position in each shard. AWS keeps 24 hours, and lets two read a shard at one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chalicelib.aws import clients
from chalicelib.aws.streams import Record
from chalicelib.aws.values import decode_item

MOST: Final = 1_000  # records in one reading; AWS gives no more


@dataclass(frozen=True)
class Shard:
    """One shard. parent: whose child it is. ended: nothing is written to it any more."""

    id: str
    parent: str | None
    ended: bool


@dataclass(frozen=True)
class Reading:
    """Records in their order, and the iterator to go on with; None at the end of a shard that has ended."""

    records: Sequence[Record]
    next: str | None


class Lost(Exception):
    """The position does not exist any more: it was more than 24 hours old, or an iterator of more than 15 minutes."""


class Stream(Protocol):
    """The stream of one table, of which only insertions are shown. Any call may raise Transient."""

    def shards(self) -> list[Shard]:
        """Every shard that AWS still keeps."""
        ...

    def latest(self, shard: str) -> str:
        """The iterator for what comes from now on."""
        ...

    def oldest(self, shard: str) -> str:
        """The iterator for everything that is kept."""
        ...

    def after(self, shard: str, sequence: str) -> str:
        """The iterator for what comes after a record. Lost if that is not kept any more."""
        ...

    def read(self, iterator: str, limit: int) -> Reading:
        """At most `limit` records. Lost for an iterator that has expired."""
        ...


class DynamoStream:
    """`Stream` on DynamoDB Streams."""

    def __init__(self, tables: Any, streams: Any, table: str) -> None:
        """Clients of DynamoDB and of its streams, and the table's real name."""
        self._tables = tables
        self._streams = streams
        self._table = table
        self._arn = ""

    def shards(self) -> list[Shard]:
        found: list[Shard] = []
        more: dict[str, str] = {}
        while True:
            answer = self._call("describe_stream", StreamArn=self._stream(), **more)["StreamDescription"]
            found += [_shard(shard) for shard in answer["Shards"]]
            if not answer.get("LastEvaluatedShardId"):
                return found
            more = {"ExclusiveStartShardId": answer["LastEvaluatedShardId"]}

    def latest(self, shard: str) -> str:
        return self._iterator(shard, ShardIteratorType="LATEST")

    def oldest(self, shard: str) -> str:
        return self._iterator(shard, ShardIteratorType="TRIM_HORIZON")

    def after(self, shard: str, sequence: str) -> str:
        return self._iterator(shard, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=sequence)

    def read(self, iterator: str, limit: int) -> Reading:
        answer = self._call("get_records", ShardIterator=iterator, Limit=min(limit, MOST))
        return Reading([_record(record) for record in answer["Records"]], answer.get("NextShardIterator"))

    def _stream(self) -> str:
        if not self._arn:
            with clients.sorted_errors():
                self._arn = str(self._tables.describe_table(TableName=self._table)["Table"]["LatestStreamArn"])
        return self._arn

    def _iterator(self, shard: str, **kind: str) -> str:
        return str(self._call("get_shard_iterator", StreamArn=self._stream(), ShardId=shard, **kind)["ShardIterator"])

    def _call(self, operation: str, **request: Any) -> Any:
        from botocore.exceptions import ClientError

        try:
            with clients.sorted_errors():
                return getattr(self._streams, operation)(**request)
        except ClientError as error:
            if clients.code(error) in _LOST:
                raise Lost(clients.code(error)) from error
            raise


_LOST: Final = frozenset({"ExpiredIteratorException", "TrimmedDataAccessException", "ResourceNotFoundException"})


def _shard(shard: Any) -> Shard:
    ended = "EndingSequenceNumber" in shard.get("SequenceNumberRange", {})
    return Shard(shard["ShardId"], shard.get("ParentShardId"), ended)


def _record(record: Any) -> Record:
    """A record; its item is empty if the change was no insertion."""
    change = record["dynamodb"]
    image = change["NewImage"] if record["eventName"] == "INSERT" and "NewImage" in change else {}
    return Record(decode_item(image), str(change["SequenceNumber"]), change.get("ApproximateCreationDateTime"))
