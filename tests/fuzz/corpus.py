"""What hostile clients send: recorded payloads of every dialect, bent, and requests made of them. Deterministic for a
given seed, as hypothesis is."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

from chalicelib import api
from chalicelib.api.http import Endpoint
from tests.fakes.gateway import Answer
from tests.fakes.world import World

PAYLOADS: Final = Path(__file__).parent.parent / "tracking" / "sources"

NASTY: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e",
    "=1+1",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "../../etc/passwd",
    "u#",
    "a#",
    "email:0",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999+14:00",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"": {}},
    ["a", 1, None],
)
WRITE: Final = "WRITE"
SECRET: Final = "SECRET"
KEYS: Final = (WRITE, WRITE, WRITE, WRITE, SECRET, "pk_unknown", "", "\u00e9\x00", "x" * 300)
PLACES: Final = ("user", "user", "password", "header", "query", "bearer", "bare", "broken", "none")
SOURCES: Final = ("shopify", "stripe", "woocommerce", "standard", "segment")
PARTS: Final = (
    WRITE,
    WRITE,
    *SOURCES,
    "42",
    "u#42",
    "analytics.min.js",
    "..",
    "%00",
    "%ff",
    "\u00e9",
    "a b",
    "x" * 400,
)
ODD_HEADERS: Final = (
    "X-Shopify-Topic",
    "X-Shopify-Hmac-Sha256",
    "Stripe-Signature",
    "webhook-signature",
    "webhook-timestamp",
    "webhook-id",
    "X-WC-Webhook-Signature",
    "Origin",
    "Referer",
    "User-Agent",
    "SentAt",
    "AnonymousId",
)
NAMES: Final = ("type", "event", "userId", "anonymousId", "messageId", "timestamp", "properties", "traits", "context")
TYPES: Final = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "text/plain;charset=UTF-8",
    "application/octet-stream",
    "multipart/form-data; boundary=x",
    "",
)


@dataclass(frozen=True)
class Sent:
    """One request. `key` is the text of a key, or WRITE or SECRET for a world's own; `place` is where it stands."""

    method: str
    path: str
    key: str
    place: str
    headers: dict[str, str]
    body: bytes

    def through(self, world: World) -> Answer:
        """The world's answer."""
        own = {WRITE: world.write_key, SECRET: world.secret_key}
        key = own.get(self.key, self.key)
        held, query = _placed(self.place, key)
        path = self.path.replace(WRITE, world.write_key)
        return world.http.request(self.method, path, query=query, headers={**self.headers, **held}, body=self.body)


@cache
def recorded() -> tuple[Any, ...]:
    """Every payload that the tests of the sources hold."""
    files = sorted(path for path in PAYLOADS.glob("*/*.json") if not path.name.endswith(".expected.json"))
    found = [json.loads(path.read_text()) for path in files]
    return tuple(one["payload"] for one in found if "payload" in one)


@cache
def public() -> tuple[Endpoint, ...]:
    """Whatever may be called without a secret key."""
    return tuple(endpoint for endpoint in api.endpoints() if endpoint.scope is None)


def values() -> st.SearchStrategy[Any]:
    """JSON, nasty or ordinary, shallow or deep."""
    leaves = st.one_of(
        st.sampled_from(NASTY).map(deepcopy), st.text(max_size=20), st.integers(), st.floats(), st.booleans()
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=10)), inner, max_size=4),
        ),
        max_leaves=8,
    )


@st.composite
def payloads(draw: st.DrawFn) -> Any:
    """A recorded payload with some of its places bent; now and then anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(values())
    payload = json.loads(json.dumps(draw(st.sampled_from(recorded()))))
    for _ in range(draw(st.integers(0, 4))):
        payload = _bent(draw, payload)
    return payload


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """A request to something public: a right or a wrong key in any place, any label, any bytes."""
    endpoint = draw(st.sampled_from(public()))
    headers = {"Content-Type": draw(st.sampled_from(TYPES))}
    if draw(st.integers(0, 9)) == 0:
        headers |= draw(st.dictionaries(st.sampled_from(ODD_HEADERS), st.text(max_size=30), max_size=3))
    return Sent(
        endpoint.method,
        _path(draw, endpoint),
        draw(st.sampled_from(KEYS)),
        draw(st.sampled_from(PLACES)),
        headers,
        b"" if endpoint.method == "GET" else draw(_bodies()),
    )


def _bent(draw: st.DrawFn, payload: Any) -> Any:
    """`payload` with one place of it replaced, removed, doubled or wrapped."""
    places = list(_places(payload))
    if not places:
        return draw(values())
    holder, key = draw(st.sampled_from(places))
    draw(st.sampled_from(_BENDS))(draw, holder, key)
    return payload


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


def _replace(draw: st.DrawFn, holder: Any, key: Any) -> None:
    holder[key] = draw(values())


def _remove(draw: st.DrawFn, holder: Any, key: Any) -> None:
    del holder[key]


def _double(draw: st.DrawFn, holder: Any, key: Any) -> None:
    holder[key] = [holder[key]] * draw(st.integers(2, 40))


def _bury(draw: st.DrawFn, holder: Any, key: Any) -> None:
    for _ in range(draw(st.integers(1, 60))):
        holder[key] = {"in": holder[key]}


_BENDS: Final[tuple[Callable[[st.DrawFn, Any, Any], None], ...]] = (
    _replace,
    _replace,
    _replace,
    _remove,
    _double,
    _bury,
)


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    kind = draw(st.sampled_from(["json"] * 7 + ["gzip", "gzip", "cut", "bytes", "form", "repeated"]))
    if kind == "bytes":
        return draw(st.binary(max_size=200))
    body = json.dumps(draw(payloads())).encode()
    if kind == "gzip":
        packed = gzip.compress(body)
        return packed[: draw(st.sampled_from([len(packed), len(packed) // 2, 3]))]
    if kind == "cut":
        return body[: draw(st.integers(0, len(body)))]
    if kind == "form":
        return b"data=" + quote(body).encode()
    return body * 3 if kind == "repeated" else body


def _placed(place: str, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """A key where clients put it: (headers, query)."""
    if place == "query":
        return {}, {"writeKey": key}
    authorization = {
        "user": f"Basic {b64encode(f'{key}:'.encode()).decode()}",
        "password": f"Basic {b64encode(f'site:{key}'.encode()).decode()}",
        "bearer": f"Bearer {key}",
        "bare": "Basic",
        "broken": "Basic Og=\u00e9",
    }
    if place in authorization:
        return {"Authorization": authorization[place]}, {}
    return ({"X-Write-Key": key}, {}) if place == "header" else ({}, {})


def _path(draw: st.DrawFn, endpoint: Endpoint) -> str:
    """The endpoint's path, its parameters filled in with what might stand there, and with what should not."""
    parts = endpoint.path.split("/")
    return "/".join(quote(draw(st.sampled_from(PARTS)), safe="%") if part[:1] == "{" else part for part in parts)
