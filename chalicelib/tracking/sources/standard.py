"""Standard Webhooks (https://www.standardwebhooks.com), which Svix and many services send, and what is like it.

What a payload means is the marketer's to say, by a mapping (mapping.py); without one it is kept under the name of its
type, if it says whom it is about. How it is signed can be said, too:

    standard   webhook-id, webhook-timestamp, webhook-signature (or svix-...), scheme v1: HMAC-SHA256. Scheme v1a is an
               ed25519 signature, for which Python's library has nothing: it is not read, and needs a v1 beside it
    hmac       HMAC-SHA256 of the body alone in a header, in hex or base64. It says no time: replays are only harmless
               as far as the facts have ids
    token      the secret itself in a header, for tools that cannot sign
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chalicelib.tracking import signatures
from chalicelib.tracking.given import mapping, text
from chalicelib.tracking.mapping import compiled
from chalicelib.tracking.signatures import Fault
from chalicelib.tracking.told import Told
from chalicelib.tracking.webhook import Delivery, WebhookSource

_IDS: Final = ("userId", "user_id", "customerId", "customer_id")
_PLAIN: Final = compiled(
    {
        "topic": "$.type",
        "who": {
            "userId": {"first": [f"$.data.{name}" for name in _IDS]},
            "anonymousId": {"first": ["$.data.anonymousId", "$.data.anonymous_id"]},
            "email": {"first": ["$.data.email", "$.data.customer.email"]},
            "phone": {"first": ["$.data.phone", "$.data.customer.phone"]},
            "timestamp": "$.timestamp",
        },
    }
)


class Standard:
    """Verifies Standard Webhooks and its like."""

    def greeting(self, delivery: Delivery) -> bool:
        return False

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: datetime) -> Fault | None:
        match delivery.signature.get("kind", "standard"):
            case "hmac":
                return _hmac(delivery, secrets)
            case "token":
                return signatures.judged([_bearer(_header(delivery, delivery.signature["header"]))], secrets)
            case _:
                return _standard(delivery, secrets, now)

    def topic(self, delivery: Delivery, payload: object) -> str:
        return text(mapping(payload).get("type")) or ""

    def fact(self, delivery: Delivery) -> str | None:
        return _named(delivery, "id") or None if delivery.signature.get("kind", "standard") == "standard" else None

    def test(self, topic: str, payload: object) -> bool | None:
        return None

    def calls(self, route: str, payload: object) -> Told:
        return _PLAIN.calls(payload)


def _standard(delivery: Delivery, secrets: Sequence[str], now: datetime) -> Fault | None:
    id, at = _named(delivery, "id"), _named(delivery, "timestamp")
    message = f"{id}.{at}.".encode("utf-8", "surrogatepass") + delivery.body
    expected = [b64encode(signatures.mac(key, message)).decode() for key in _keys(secrets)]
    parts = [part.partition(",") for part in _named(delivery, "signature").split()]
    fault = signatures.judged([value for scheme, _, value in parts if scheme == "v1"], expected)
    return fault or (None if signatures.in_time(at, now) else "out_of_time")


def _hmac(delivery: Delivery, secrets: Sequence[str]) -> Fault | None:
    said = delivery.signature
    given = _header(delivery, said["header"]).strip().removeprefix(said.get("before", ""))
    if said.get("encoding", "hex") == "base64":
        return signatures.judged([given], signatures.in_base64(secrets, delivery.body))
    return signatures.judged([given.lower()], signatures.in_hex(secrets, delivery.body))


def _keys(secrets: Sequence[str]) -> list[bytes]:
    return [key for secret in secrets if (key := signatures.standard_secret(secret))]


def _bearer(value: str) -> str:
    scheme, _, rest = value.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else value.strip()


def _named(delivery: Delivery, name: str) -> str:
    return delivery.headers.get(f"webhook-{name}") or delivery.headers.get(f"svix-{name}") or ""


def _header(delivery: Delivery, name: str) -> str:
    return delivery.headers.get(name.lower()) or ""


plugin: WebhookSource = Standard()
