"""Webhooks signed by Standard Webhooks (https://www.standardwebhooks.com), as their receivers verify them. Pure.

The signature is over the id, the time and the very bytes of the body. While a secret is being turned there are two live
ones, and a signature under each, so that a receiver may change over at any moment between.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chalicelib.tracking.signatures import mac

PURPOSE: Final = "webhook"
"""The name of the deployment's secrets that sign webhooks."""


def headers(id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers of a webhook that leaves at `at`. secrets: as the deployment holds them, newest first."""
    seconds = str(int(at.timestamp()))
    message = f"{id}.{seconds}.".encode() + body
    signatures = [f"v1,{b64encode(mac(secret.encode(), message)).decode()}" for secret in secrets]
    return {"webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": " ".join(signatures)}


def shown(secret: str) -> str:
    """A secret as a receiver is told it."""
    return f"whsec_{b64encode(secret.encode()).decode()}"
