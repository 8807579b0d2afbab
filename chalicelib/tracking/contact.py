"""Addresses of people (mail, telephone), in one form each, and ids made from what stands for a person not yet known.

A guest order names nobody but an address; a cart that a shop reports names nobody at all. Their events still need a
subject, so the id of an anonymous visitor is made of what they do name: `email:<digest>`, `phone:<digest>`,
`cart:<token>`, `checkout:<token>`. Only sources that can be trusted make such ids; what a public key sends under one
is refused (`is_reserved`). chalicelib/customers/identity.py says whom they belong to.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from chalicelib.ids import digest

Channel = Literal["email", "phone"]
Token = Literal["cart", "checkout"]

RESERVED: Final = ("email:", "phone:", "cart:", "checkout:")

_LONGEST_ADDRESS: Final = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
_LONGEST_TOKEN: Final = 120
_EMAIL: Final = re.compile(r"[^\s@<>(),;:\"\[\]\\\x00-\x1f\x7f]+@[^\s@<>(),;:\"\[\]\\\x00-\x1f\x7f]+\.[^\s@.]{2,}")
_PUNCTUATION: Final = re.compile(r"[\s().\-/\u00a0]")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164


def email(value: object) -> str | None:
    """A mail address in the one form under which it is compared: trimmed, lower case; None for what is none.

    What stands before the @ is lower-cased too: no provider of any size tells case apart there. Dots and `+tags` are
    kept: providers differ in what they mean.
    """
    if not isinstance(value, str):
        return None
    address = value.strip().lower()
    return address if len(address) <= _LONGEST_ADDRESS and _EMAIL.fullmatch(address) else None


def phone(value: object) -> str | None:
    """A telephone number in E.164, `+40721234567`; None for what is none or has no country code (`00` is taken for
    `+`), because the same digits mean other people in other countries."""
    if not isinstance(value, str):
        return None
    number = _PUNCTUATION.sub("", value.strip())
    number = "+" + number[2:] if number.startswith("00") else number
    return number if _PHONE.fullmatch(number) else None


def address_id(channel: Channel, value: object) -> str | None:
    """The anonymous id of whoever an address belongs to, `email:<32 hex>`; None if `value` is no address."""
    address = email(value) if channel == "email" else phone(value)
    return None if address is None else f"{channel}:{digest(channel, address)}"


def token_id(kind: Token, token: object) -> str | None:
    """The anonymous id of whoever holds a cart or a checkout, `cart:<token>`; None if `token` is none."""
    text = str(token).strip() if isinstance(token, str | int) and not isinstance(token, bool) else ""
    return f"{kind}:{text}" if 0 < len(text) <= _LONGEST_TOKEN and text.isprintable() else None


def is_reserved(anonymous_id: str) -> bool:
    """Whether an anonymous id is of the kind that only trusted sources may use."""
    return anonymous_id.startswith(RESERVED)
