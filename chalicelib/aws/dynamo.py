"""`Database` on DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property
from typing import Any, Final

from chalicelib.aws import clients
from chalicelib.aws.conditions import expression
from chalicelib.aws.database import (
    ABSENT,
    INDEX_KEYS,
    Check,
    ConditionFailed,
    Delete,
    Index,
    Item,
    Page,
    Put,
    TransactionConflict,
    Update,
    When,
    Write,
)
from chalicelib.aws.values import decode_item, encode, encode_item
from chalicelib.errors import Transient

_INSERTS_AT_ONCE = 8
_BATCH_ROUNDS = 3  # DynamoDB answers part of a batch where it is pressed


class DynamoDatabase:
    """The tables of one deployment. `tables` maps logical names to the real ones."""

    def __init__(self, client: Any, tables: Mapping[str, str]) -> None:
        self._client = client
        self._tables = tables

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        answer = self._call("get_item", TableName=self._tables[table], Key=_key(pk, sk), ConsistentRead=consistent)
        return decode_item(answer["Item"]) if "Item" in answer else None

    def get_all(self, table: str, keys: Sequence[tuple[str, str]]) -> list[Item]:
        name, found = self._tables[table], list[Item]()
        asked: Any = {name: {"Keys": [_key(pk, sk) for pk, sk in dict.fromkeys(keys)]}} if keys else {}
        for _ in range(_BATCH_ROUNDS):
            if not asked:
                return found
            answer = self._call("batch_get_item", RequestItems=asked)
            found += map(decode_item, answer["Responses"].get(name, ()))
            asked = answer.get("UnprocessedKeys")
        if asked:
            raise Transient("a batch of items was not answered whole")
        return found

    def put(self, table: str, item: Item, *, when: When | None = None) -> None:
        self._call("put_item", **self._put(Put(table, item, when)), **_on_failure(when))

    def update(
        self,
        table: str,
        pk: str,
        sk: str,
        *,
        set: Item,
        remove: Sequence[str] = (),
        when: When | None = None,
    ) -> Item:
        request = self._update(Update(table, pk, sk, set, tuple(remove), when))
        answer = self._call("update_item", **request, ReturnValues="ALL_NEW", **_on_failure(when))
        return decode_item(answer["Attributes"])

    def add(self, table: str, pk: str, sk: str, numbers: Mapping[str, int], *, set: Item | None = None) -> Item:
        request = self._update(Update(table, pk, sk, set or {}, add=numbers))
        answer = self._call("update_item", **request, ReturnValues="ALL_NEW")
        return decode_item(answer["Attributes"])

    def delete(self, table: str, pk: str, sk: str, *, when: When | None = None) -> None:
        self._call("delete_item", **self._delete(Delete(table, pk, sk, when)), **_on_failure(when))

    def insert_all(self, table: str, items: Sequence[Item]) -> list[bool]:
        if len(items) < 2:
            return self._insert_each(table, items)
        shares = min(_INSERTS_AT_ONCE, len(items))  # one task for a share of the items, not for each: tasks cost more
        working = [self._pool.submit(self._insert_each, table, items[share::shares]) for share in range(1, shares)]
        inserted = [False] * len(items)
        try:
            inserted[0::shares] = self._insert_each(table, items[0::shares])
        finally:
            wait(working)  # whatever fails: nothing may go on behind an answer, or Lambda freezes it in the middle
        for share, done in enumerate(working, start=1):
            inserted[share::shares] = done.result()
        return inserted

    def query(
        self,
        table: str,
        pk: str,
        *,
        prefix: str = "",
        after: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        start: Item | None = None,
        consistent: bool = False,
    ) -> Page:
        condition, values = "pk = :pk", {":pk": encode(pk)}
        if prefix:
            condition, values = f"{condition} AND begins_with(sk, :sk)", {**values, ":sk": encode(prefix)}
        elif after is not None:
            condition, values = f"{condition} AND sk > :sk", {**values, ":sk": encode(after)}
        return self._page(
            "query",
            limit,
            start,
            TableName=self._tables[table],
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=not descending,
            ConsistentRead=consistent,
        )

    def query_index(
        self,
        table: str,
        index: Index,
        hash: str,
        *,
        until: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        start: Item | None = None,
    ) -> Page:
        request = self._index_request(table, index, hash, until)
        return self._page("query", limit, start, **request, ScanIndexForward=not descending)

    def count_index(self, table: str, index: Index, hash: str) -> int:
        request = self._index_request(table, index, hash, None)
        request["Select"] = "COUNT"
        total = 0
        while True:
            answer = self._call("query", **request)
            total += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return total
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def scan(
        self, table: str, *, segment: int = 0, segments: int = 1, start: Item | None = None, sk: str | None = None
    ) -> Page:
        request: dict[str, Any] = {"TableName": self._tables[table], "Segment": segment, "TotalSegments": segments}
        if sk is not None:
            request |= {"FilterExpression": "sk = :sk", "ExpressionAttributeValues": {":sk": encode(sk)}}
        return self._page("scan", None, start, **request)

    def transact(self, writes: Sequence[Write]) -> None:
        # botocore adds an idempotency token of its own, so a lost acknowledgement does not fail against itself.
        self._call("transact_write_items", TransactItems=[self._transacted(write) for write in writes])

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Kept: to start threads for every batch would cost more than the batch."""
        return ThreadPoolExecutor(max_workers=_INSERTS_AT_ONCE, thread_name_prefix="insert")

    def _insert_each(self, table: str, items: Sequence[Item]) -> list[bool]:
        from botocore.exceptions import ClientError

        inserted = []
        with clients.sorted_errors():
            for item in items:
                try:
                    self._client.put_item(TableName=self._tables[table], Item=encode_item(item), **_IF_NEW)
                    inserted.append(True)
                except ClientError as error:
                    if clients.code(error) != "ConditionalCheckFailedException":
                        raise _translated(error) from error
                    inserted.append(False)
        return inserted

    def _transacted(self, write: Write) -> dict[str, Any]:
        match write:
            case Put():
                request = {"Put": self._put(write)}
            case Update():
                request = {"Update": self._update(write)}
            case Delete():
                request = {"Delete": self._delete(write)}
            case Check():
                key = {"TableName": self._tables[write.table], "Key": _key(write.pk, write.sk)}
                request = {"ConditionCheck": key | _condition(write.when)}
        for inner in request.values():
            inner.update(_on_failure(write.when))
        return request

    def _put(self, write: Put) -> dict[str, Any]:
        return {"TableName": self._tables[write.table], "Item": encode_item(write.item)} | _condition(write.when)

    def _delete(self, write: Delete) -> dict[str, Any]:
        return {"TableName": self._tables[write.table], "Key": _key(write.pk, write.sk)} | _condition(write.when)

    def _update(self, write: Update) -> dict[str, Any]:
        names = {f"#s{place}": name for place, name in enumerate(write.set)}
        values = {f":s{place}": encode(value) for place, value in enumerate(write.set.values())}
        gone = {f"#r{place}": name for place, name in enumerate(write.remove)}
        counted = {f"#n{place}": name for place, name in enumerate(write.add)}
        numbers = {f":n{place}": encode(number) for place, number in enumerate(write.add.values())}
        sets = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
        adds = ", ".join(f"{name} {number}" for name, number in zip(counted, numbers, strict=True))
        clauses = [
            f"SET {sets}" if sets else "",
            f"REMOVE {', '.join(gone)}" if gone else "",
            f"ADD {adds}" if adds else "",
        ]
        request: dict[str, Any] = {
            "TableName": self._tables[write.table],
            "Key": _key(write.pk, write.sk),
            "UpdateExpression": " ".join(clause for clause in clauses if clause),
        }
        condition = _condition(write.when)
        if "ConditionExpression" in condition:
            request["ConditionExpression"] = condition["ConditionExpression"]
        all_values = values | numbers | condition.get("ExpressionAttributeValues", {})
        request["ExpressionAttributeNames"] = names | gone | counted | condition.get("ExpressionAttributeNames", {})
        return request | ({"ExpressionAttributeValues": all_values} if all_values else {})

    def _index_request(self, table: str, index: Index, hash: str, until: str | None) -> dict[str, Any]:
        shard, moment = INDEX_KEYS[index]
        names, values, condition = {"#h": shard}, {":h": encode(hash)}, "#h = :h"
        if until is not None:
            names, values = {**names, "#r": moment}, {**values, ":r": encode(until)}
            condition = f"{condition} AND #r <= :r"
        return {
            "TableName": self._tables[table],
            "IndexName": index,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    def _page(self, operation: str, limit: int | None, start: Item | None, **request: Any) -> Page:
        if limit is not None:
            request["Limit"] = limit
        if start is not None:
            request["ExclusiveStartKey"] = encode_item(start)
        answer = self._call(operation, **request)
        last = answer.get("LastEvaluatedKey")
        return Page([decode_item(item) for item in answer["Items"]], decode_item(last) if last else None)

    def _call(self, operation: str, **request: Any) -> Any:
        from botocore.exceptions import ClientError

        with clients.sorted_errors():
            try:
                return getattr(self._client, operation)(**request)
            except ClientError as error:
                raise _translated(error) from error


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _condition(when: When | None) -> dict[str, Any]:
    if not when:
        return {}
    clause, names, values = expression(when)
    request: dict[str, Any] = {"ConditionExpression": clause, "ExpressionAttributeNames": names}
    return request | ({"ExpressionAttributeValues": values} if values else {})


def _on_failure(when: When | None) -> dict[str, Any]:
    return {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if when else {}


def _translated(error: Any) -> Exception:
    match clients.code(error):
        case "ConditionalCheckFailedException":
            return ConditionFailed(_item(error.response))
        case "TransactionConflictException" | "TransactionInProgressException":
            return TransactionConflict(str(error))
        case "TransactionCanceledException":
            return _cancelled(error.response.get("CancellationReasons", []), str(error))
        case _:
            return error if isinstance(error, Exception) else Transient(str(error))


def _cancelled(reasons: Sequence[Mapping[str, Any]], message: str) -> Exception:
    for reason in reasons:
        if reason.get("Code") == "ConditionalCheckFailed":
            return ConditionFailed(_item(reason))
    codes = {reason.get("Code") for reason in reasons} - {"None", None}
    if codes <= {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}:
        return TransactionConflict(message)
    return ValueError(message)


def _item(answer: Mapping[str, Any]) -> Item | None:
    return decode_item(answer["Item"]) if answer.get("Item") else None


_IF_NEW: Final = _condition({"pk": ABSENT})
