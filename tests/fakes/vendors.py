"""Deliveries as vendors sign them, for tests: a second hand beside chalicelib/tracking/signatures.py."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from tests.fakes.gateway import Answer
from tests.fakes.world import World

SECRETS = {
    "shopify": "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",
    "woocommerce": "a long & winding secret <3",
    "stripe": "whsec_5WmT0aWn0tARealSecret00000000",
    "standard": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
}


@dataclass(frozen=True)
class Signed:
    """One POST, as a vendor makes it."""

    source: str
    headers: Mapping[str, str]
    body: bytes

    def to(self, world: World, source: str | None = None) -> Answer:
        """Deliver it to a source of a world."""
        return world.http.request("POST", f"/webhooks/{source or self.source}", headers=self.headers, body=self.body)


def _mac(secret: bytes, message: bytes) -> bytes:
    return hmac.new(secret, message, sha256).digest()


def shopify(topic: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """Shopify's headers."""
    return {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": b64encode(_mac(secret.encode(), body)).decode()}


def woocommerce(topic: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """WooCommerce's: the delivery's id is one second's."""
    signature = b64encode(_mac(secret.encode(), body)).decode()
    return {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-Delivery-ID": at.strftime("%S"),
    }


def stripe(topic: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """Stripe's, with a signature of the older scheme beside the valid one."""
    seconds = str(int(at.timestamp()))
    signature = _mac(secret.encode(), seconds.encode() + b"." + body).hex()
    return {"Stripe-Signature": f"t={seconds},v0={'0' * 64},v1={signature}"}


def standard(topic: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """Those of Standard Webhooks; the id is made of the body."""
    id, seconds = f"msg_{sha256(body).hexdigest()[:20]}", str(int(at.timestamp()))
    signature = b64encode(_mac(b64decode(secret.removeprefix("whsec_")), f"{id}.{seconds}.".encode() + body)).decode()
    return {"webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": f"v1,{signature}"}


SIGNERS: Mapping[str, Callable[[str, bytes, str, datetime], dict[str, str]]] = {
    "shopify": shopify,
    "woocommerce": woocommerce,
    "stripe": stripe,
    "standard": standard,
}


def signed(source: str, topic: str, payload: Any, at: datetime, secret: str | None = None) -> Signed:
    """A delivery signed at a moment; with the source's usual secret, if no other is given."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Signed(source, SIGNERS[source](topic, body, secret or SECRETS[source], at), body)


def entrust(world: World, source: str, *secrets: str) -> None:
    """Let a world know what a source signs with."""
    world.containers["api"].secrets.keep_source(source, secrets or (SECRETS[source],))
