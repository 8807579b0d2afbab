"""A body comes back as it went in, takes less than before, and what was stored before is read."""

from __future__ import annotations

import json
import zlib
from random import Random
from typing import Any

import pytest
from hypothesis import given

from chalicelib.tracking import body
from tests.tracking.making import json_objects

SAID = {"type": "track", "source": "segment", "properties": {"name": "Regency cakestand", "price": 12.75}}


@given(json_objects)
def test_what_is_packed_comes_back(said: dict[str, Any]) -> None:
    assert body.unpack(body.pack(said)) == json.loads(json.dumps(said))


def test_what_was_stored_as_zlib_is_read() -> None:
    assert body.unpack(zlib.compress(json.dumps(SAID).encode())) == SAID


def test_the_form_stays_what_it_is() -> None:
    """Bytes that this form has once made: whoever changes the dictionary makes every stored event unreadable."""
    assert body.unpack(bytes.fromhex(STORED)) == SAID


@pytest.mark.parametrize("length", [10, 500, 5_000, 30_000])
def test_a_body_is_never_much_longer_than_by_zlib_and_not_at_all_where_units_are_counted(length: int) -> None:
    letters = "".join(Random(length).choices("abcdefghijklmnopqrstuvwxyz", k=length))
    long = {"type": "track", "source": "segment", "properties": {"text": letters}}
    assert len(body.pack(long)) <= max(400, len(zlib.compress(json.dumps(long, separators=(",", ":")).encode())))


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x01no deflate", b"no zlib", b"\x02"])
def test_what_is_no_body_is_an_error(broken: bytes) -> None:
    with pytest.raises((ValueError, zlib.error)):
        body.unpack(broken)


STORED = "01232631a3a65d68cc05a502a32cb9522139313bb5b8045400801239b83c3234d23337adad0500"
