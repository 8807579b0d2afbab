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
from chalicelib.tracking import keys
from chalicelib.tracking.keys import KeyKind

LONGEST_BODY: Final = 10 * 1024 * 1024  # bytes, as API Gateway takes them, before and after decompression

_GZIP: Final = b"\x1f\x8b"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
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
    plain = plain.removeprefix(BYTE_ORDER_MARK)
    try:
        return from_json(repaired(plain) if rb"\u0000" in plain else plain)
    except ValueError as unreadable:
        return _second_reading(plain, unreadable)


def find_key(headers: Mapping[str, str], query: Mapping[str, str], payload: object) -> str | None:
    """The key that a request carries, wherever its client puts it. `headers` by lower-case name. None if nowhere.

    Authorization (`Basic key:`, Customer.io's `Basic site_id:api_key`, `Bearer key`, Dittofeed's any string), the
    body's `writeKey` or `api_key`, X-Write-Key (Jitsu's `id:secret` too), `?writeKey=`: the first of these places
    that holds something of a key's form, since clients also send empty, masked and foreign ones.
    """
    body = payload if isinstance(payload, Mapping) else {}
    places = (
        *_authorized(headers.get("authorization", "")),
        body.get("writeKey"),
        body.get("api_key"),
        headers.get("x-write-key"),
        query.get("writeKey"),
    )
    return next(filter(None, map(_key_in, places)), None)


def _key_in(place: object) -> str | None:
    """The key in `key`, `key:`, `id:key` or `key:***`; of two the secret one."""
    parts = map(str.strip, place.split(":", 2)) if isinstance(place, str) else ()
    return max(filter(keys.well_formed, parts), key=lambda part: part.startswith(KeyKind.SECRET), default=None)


def _unzip(raw: bytes) -> bytes:
    """No more than one byte beyond the bound is ever made, whatever there is in `raw`."""
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
        return from_json(repaired(plain))
    except ValueError:
        raise _unreadable(str(first)) from first


def repaired(plain: bytes) -> bytes:
    """JSON in which what is no character (NUL, half a surrogate pair) stands as U+FFFD."""
    return _ESCAPES.sub(lambda found: _REPLACEMENT if found["broken"] else found[0], plain)


def _authorized(header: str) -> tuple[str, ...]:
    """What may be a key in an Authorization header, the likeliest first."""
    scheme, _, credentials = header.strip().partition(" ")
    if not credentials:
        return (scheme,)
    return (_decoded(credentials), credentials) if scheme.lower() == "basic" else (credentials,)


def _decoded(credentials: str) -> str:
    try:
        return b64decode(credentials, validate=False).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""  # no credentials at all; the caller looks elsewhere, and answers 401 if that is nowhere


def _too_long() -> Refused:
    return Refused(413, "body_too_long", f"A request may hold {LONGEST_BODY} bytes, before and after unpacking.")


def _unreadable(why: str) -> Refused:
    return Refused(400, "invalid_json", f"The body is not readable as JSON: {why}.")
