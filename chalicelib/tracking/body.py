"""The body of a stored event: compact JSON, deflated; what an event costs to keep and to read again.

One byte says how the rest is to be read: 1, deflated with the words below as its dictionary. They are what SDKs and
shops say over and over, so a browser's event takes half of what it takes without them. Bodies that were stored before
are zlib streams, which begin with another byte.

A body is deflated fast first, in a code that is the same for all and read as fast. Only one that would not leave the
event in its kilobyte, which is what a write costs by, is deflated as well as can be.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import from_json, to_json

_FORM: Final = b"\x01"
DICTIONARY: Final = (
    b'"previousId":"","groupId":"","protected":["integrations":{"All":true,"Segment.io":true}}"traits":{"email":"",'
    b'"phone":"","firstName":"","lastName":"","name":"","address":{"city":"","country":""}}"url":"","description":"",'
    b'"checkout_id":"","affiliation":"","coupon":"","subtotal":,"revenue":,"shipping":0,"tax":0,"discount":0,'
    b'"variant":"","brand":"","position":1,"image_url":"https://www.","sku":"","cart_id":"","order_id":"","total":,'
    b'"currency":"USD","products":[{"product_id":"","name":"","category":"","price":.99,"quantity":1,"currency":"EUR"}],'
    b'"value":"viewport":{"width":,"height":},"screen":{"width":,"height":,"density":2},"os":{"name":"","version":""},'
    b'"device":{"id":"","manufacturer":"Apple","model":"","type":"mobile"},"app":{"name":"","version":""},"ip":"",'
    b'"userAgentData":{"brands":[{"brand":"Chromium","version":"1"}],"mobile":false,"platform":"Windows"},"active":true,'
    b'{"type":"page","source":"segment","anonymousId":"","properties":{"path":"/","referrer":"","search":"","title":"",'
    b'"url":"https://www."},{"type":"identify",{"type":"track","source":"segment","anonymousId":"","properties":{"},'
    b'"context":{"library":{"name":"analytics.js","version":"npm:next-1."},"page":{"path":"/","referrer":"https://www.'
    b'google.com/","search":"?utm_source=&utm_medium=&utm_campaign=","title":"","url":"https://www."},"campaign":{'
    b'"source":"google","medium":"email","name":""},"userAgent":"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like '
    b"Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1Mozilla/5.0 "
    b"(X11; Linux x86_64) (Windows NT 10.0; Win64; x64) (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
    b'(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36","locale":"en-US","timezone":"Europe/","keyId":"",'
    b'"unproven":true}'
)
"""Part of the form: changing a byte of it needs another form, and the old one to be read for ever."""
_FITS: Final = 400  # bytes of a body that leave the event, its key and its times well within a kilobyte


def pack(said: Mapping[str, Any]) -> bytes:
    """A body as bytes. NaN and infinity are kept as null."""
    plain = to_json(said, inf_nan_mode="null")
    packed = _deflated(plain, 1, -12, 5, zlib.Z_FIXED)
    return packed if len(packed) <= _FITS else _deflated(plain, 6, -15, 8, zlib.Z_DEFAULT_STRATEGY)


def unpack(packed: bytes) -> Any:
    """What `pack` took. ValueError or zlib.error for what is no body."""
    if packed[:1] != _FORM:
        return from_json(zlib.decompress(packed))
    return from_json(zlib.decompressobj(-15, DICTIONARY).decompress(packed[1:]))


def _deflated(plain: bytes, level: int, window: int, memory: int, strategy: int) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, window, memory, strategy, DICTIONARY)
    return _FORM + deflate.compress(plain) + deflate.flush()
