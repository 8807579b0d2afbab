"""What came over the wire, before anybody asks what it means: bytes to JSON, and the key it was sent under.

Headers lie here: gzip arrives without Content-Encoding and JSON labelled as text or as a form, so the bytes decide.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Final

from pydantic_core import from_json

from chalicelib.errors import Refused

LONGEST_BODY: Final = 10 * 1024 * 1024  # bytes, as API Gateway takes them, before and after decompression

_GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_REPLACEMENT: Final = rb"\ufffd"
# An escaped backslash and a surrogate pair stay as they are; a lone half of a pair, or NUL, is no character.
_ESCAPES: Final = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<broken>\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))"
)


def unpack(raw: bytes) -> bytes:
    """The body as it was before it was compressed, if it was. Refused: 413 `body_too_long`, 400 `invalid_json`."""
    if len(raw) > LONGEST_BODY:
        raise _too_long()
    return _unzip(raw) if raw.startswith(_GZIP) else raw


def read(plain: bytes) -> object:
    """The JSON in an unpacked body. Refused: 400 `invalid_json`.

    NUL and half surrogate pairs become U+FFFD: browsers cut texts in the middle of an emoji, and no table holds
    the half. NaN and infinity are read; whoever writes them again writes null.
    """
    plain = plain.removeprefix(_BYTE_ORDER_MARK)
    try:
        return from_json(_repaired(plain) if rb"\u0000" in plain else plain)
    except ValueError as unreadable:
        return _second_reading(plain, unreadable)


def find_key(headers: Mapping[str, str], query: Mapping[str, str], payload: object) -> str | None:
    """The key a request carries: Authorization (Basic `key:` or Bearer), body, X-Write-Key, or `?writeKey=`.

    `headers` by lower-case name. None if there is none to be found.
    """
    in_body = payload.get("writeKey") if isinstance(payload, Mapping) else None
    places = (
        _authorized(headers.get("authorization", "")),
        in_body if isinstance(in_body, str) else None,
        headers.get("x-write-key"),
        query.get("writeKey"),
    )
    return next((place.strip() for place in places if place and place.strip()), None)


def _unzip(raw: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacking.decompress(raw, LONGEST_BODY + 1)
    except zlib.error as broken:
        raise _unreadable("broken gzip") from broken
    if len(plain) > LONGEST_BODY:
        raise _too_long()
    if not unpacking.eof:
        raise _unreadable("the gzip stream ends early")
    return plain


def _second_reading(plain: bytes, first: ValueError) -> object:
    try:
        return from_json(_repaired(plain))
    except ValueError:
        raise _unreadable(str(first)) from first


def _repaired(plain: bytes) -> bytes:
    return _ESCAPES.sub(lambda found: _REPLACEMENT if found["broken"] else found[0], plain)


def _authorized(header: str) -> str | None:
    scheme, _, credentials = header.strip().partition(" ")
    match scheme.lower():
        case "basic":
            return _user(credentials)
        case "bearer":
            return credentials
        case _:
            return None


def _user(credentials: str) -> str | None:
    try:
        return b64decode(credentials, validate=False).decode("utf-8").partition(":")[0]
    except (binascii.Error, ValueError):
        return None  # no credentials at all; the caller looks elsewhere, and answers 401 if that is nowhere


def _too_long() -> Refused:
    return Refused(413, "body_too_long", f"A request may hold {LONGEST_BODY} bytes, before and after unpacking.")


def _unreadable(why: str) -> Refused:
    return Refused(400, "invalid_json", f"The body is not readable as JSON: {why}.")
