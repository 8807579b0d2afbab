"""What does not leave, because its row of the ledger is the message: tasks, and what waits on the site. Read from the
local cloud's ledger whenever somebody looks."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CHANNELS = ("task", "onsite")


class Ledger:
    """The ledger's table. `kept` is empty while the cloud does not answer."""

    def __init__(self, endpoint: str, table: str, region: str = "us-east-1") -> None:
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5)
        self._client: Any = session.client("dynamodb", endpoint_url=endpoint, config=config)
        self._table = table

    def kept(self) -> list[dict[str, Any]]:
        """Tasks and on-site messages, newest first."""
        values = {f":{channel}": {"S": channel} for channel in CHANNELS}
        asked = {
            "TableName": self._table,
            "FilterExpression": f"channel IN ({', '.join(values)})",
            "ExpressionAttributeValues": values,
        }
        try:
            items = [item for page in self._client.get_paginator("scan").paginate(**asked) for item in page["Items"]]
        except (ClientError, BotoCoreError):
            return []
        rows = [{name: next(iter(value.values())) for name, value in item.items()} for item in items]
        return sorted((_shown(row) for row in rows), key=lambda row: str(row["id"]), reverse=True)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    said = json.loads(row.get("said") or row.get("content") or "{}")
    return {
        "id": row["sk"],
        "channel": row["channel"],
        "customer": row["pk"],
        "journey": row["journey"],
        "status": row["status"],
        "due": row.get("due_at"),
        "said": said,
    }
