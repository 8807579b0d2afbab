"""Bytes to JSON, and the key: whatever labels a client puts on its body."""

from __future__ import annotations

import base64
import gzip
import json
import math
import tracemalloc
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Refused
from chalicelib.tracking import envelope

KEY = "pk_test_write_key"
SECRET = "sk_test_secret_key"


def read(raw: bytes) -> object:
    return envelope.read(envelope.unpack(raw))


def basic(user: str, password: str = "") -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (gzip.compress(b'{"a": 1}', mtime=0), {"a": 1}),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"7", 7),
        ('"é€😀"'.encode(), "é€😀"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"cut \\ud83d"', "cut �"),
        (b'"\\uDE00\\uD83D"', "��"),
        (b'{"\\ud800": "\\\\ud800"}', {"�": "\\ud800"}),
        (b'"a\\u0000b"', "a�b"),
        (b'"\\\\u0000"', "\\u0000"),
        (b"1e999", math.inf),
        (str(10**400).encode(), 10**400),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_what_can_be_read_is_read(raw: bytes, value: object) -> None:
    assert read(raw) == value


def test_nan_is_read() -> None:
    value: Any = read(b'{"a": NaN, "b": [-Infinity]}')
    assert math.isnan(value["a"])
    assert value["b"] == [-math.inf]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"{",
        b"writeKey=pk",
        b"<html>",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'{"a": 1} trailing',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        gzip.compress(b'{"a": 1}', mtime=0)[:-9],
        gzip.compress(b"{", mtime=0),
        b"\x1f\x8b",
        b"\x1f\x8bnot gzip at all",
        b"9" * 5_000,
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_cannot_be_read_is_an_error_of_the_client(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(raw)
    assert (refused.value.status, refused.value.code) == (400, "invalid_json")
    assert len(refused.value.message) < 300


def test_a_small_body_that_unpacks_to_a_huge_one_is_stopped_before_it_does() -> None:
    packing = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join([*(packing.compress(b" " * 1024 * 1024) for _ in range(200)), packing.flush()])
    assert len(bomb) < 300_000
    tracemalloc.start()
    with pytest.raises(Refused) as refused:
        read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (refused.value.status, refused.value.code) == (413, "body_too_long")
    assert peak < 3 * envelope.LONGEST_BODY


def test_eleven_megabytes_are_too_long_and_six_are_not() -> None:
    with pytest.raises(Refused) as refused:
        read(json.dumps({"batch": ["x" * 1_000] * 11_000}).encode())
    assert (refused.value.status, refused.value.code) == (413, "body_too_long")
    assert read(gzip.compress(json.dumps(["x" * 1_000] * 6_000).encode()))


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_be_refused(raw: bytes) -> None:
    for body in (raw, b"\x1f\x8b" + raw, gzip.compress(raw, mtime=0), b'"' + raw + b'"', b'{"batch":[' + raw + b"]}"):
        with suppress(Refused):
            read(body)


@pytest.mark.parametrize(
    ("headers", "query", "payload", "key"),
    [
        pytest.param({"authorization": basic(KEY)}, {}, {"writeKey": KEY}, KEY, id="python 2.4, node 3.1, next 1.84"),
        pytest.param({}, {}, {"writeKey": KEY, "batch": []}, KEY, id="python 2.3, node 2.1, next 1.70: body only"),
        pytest.param(
            {"authorization": basic(KEY)}, {}, {"batch": []}, KEY, id="python 2.2, node 1.1, rudder: header only"
        ),
        pytest.param({}, {"writeKey": KEY}, {"batch": []}, KEY, id="rudder's beacon: query"),
        pytest.param({"x-write-key": KEY}, {}, {}, KEY, id="jitsu: X-Write-Key"),
        pytest.param({"authorization": f"Bearer {KEY}"}, {}, {}, KEY, id="bearer"),
        pytest.param({"authorization": f"basic  {basic(KEY)[6:]}"}, {}, [], KEY, id="other case"),
        pytest.param(
            {"authorization": basic(KEY).rstrip("=")}, {}, {"writeKey": KEY}, KEY, id="no padding, key in the body"
        ),
        pytest.param({"authorization": "Basic !!!"}, {}, {"writeKey": KEY}, KEY, id="no base64, key in the body"),
        pytest.param({"authorization": "Digest x"}, {}, {"writeKey": KEY}, KEY, id="another scheme"),
        pytest.param({"authorization": basic("")}, {"writeKey": f" {KEY} "}, {"writeKey": 7}, KEY, id="empty places"),
        pytest.param({"authorization": basic("site", KEY)}, {}, {}, KEY, id="customer.io: the api_key is the key"),
        pytest.param({"authorization": basic(KEY, "api_key")}, {}, {}, KEY, id="customer.io: the site_id is the key"),
        pytest.param({"authorization": basic("pk_site", SECRET)}, {}, {}, SECRET, id="customer.io: both are keys"),
        pytest.param({"authorization": basic(SECRET, "pk_key")}, {}, {}, SECRET, id="the secret one is believed"),
        pytest.param(
            {"x-write-key": f"{KEY}:secret"}, {}, {"writeKey": f"{KEY}:***"}, KEY, id="jitsu: the id is the key"
        ),
        pytest.param({"x-write-key": f"id:{KEY}"}, {}, {"writeKey": "id:***"}, KEY, id="jitsu: the secret is the key"),
        pytest.param({"x-write-key": KEY}, {}, {"writeKey": "***"}, KEY, id="jitsu: masked in the body"),
        pytest.param({"authorization": KEY}, {}, {"batch": []}, KEY, id="dittofeed: the bare key"),
        pytest.param({"authorization": f"Basic {KEY}"}, {}, {"batch": []}, KEY, id="dittofeed: Basic and the bare key"),
        pytest.param({"authorization": f"Token  {KEY} "}, {}, {}, KEY, id="dittofeed: any word before it"),
        pytest.param({}, {}, {"api_key": KEY, "batch": []}, KEY, id="posthog: api_key in the body"),
        pytest.param(
            {"authorization": basic("someone", "else")}, {"writeKey": KEY}, {}, KEY, id="somebody else's login"
        ),
    ],
)
def test_the_key_is_found_wherever_a_client_puts_it(
    headers: dict[str, str], query: dict[str, str], payload: object, key: str
) -> None:
    assert envelope.find_key(headers, query, payload) == key


@pytest.mark.parametrize("payload", [None, 7, [], "text", {"writeKey": None}, {"writeKey": {}}])
def test_no_key_is_none(payload: object) -> None:
    assert envelope.find_key({"authorization": "Basic /w=="}, {}, payload) is None
