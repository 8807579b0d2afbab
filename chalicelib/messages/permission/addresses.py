"""What an address is, by channel. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from chalicelib.customers import devices
from chalicelib.tracking import contact

# Deliberately narrower than RFC 5321: SES takes no quoted or non-ASCII local part, and a comma or an angle bracket
# would make one address two.
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")


def deliverable(address: str) -> bool:
    """Whether SES would take `address` as one recipient: 64 characters, `@`, a domain with a dot, 254 in all."""
    local, _, domain = address.rpartition("@")
    fits = 0 < len(local) <= 64 and len(address) <= 254
    return fits and _LOCAL.fullmatch(local) is not None and _DOMAIN.fullmatch(domain) is not None


def dialable(number: str) -> bool:
    """Whether `number` is a telephone number."""
    return contact.phone(number) is not None


def registered(address: str) -> bool:
    """Whether `address` is that of devices."""
    return bool(devices.read(address))


ADDRESSES: Final[Mapping[str, Callable[[str], bool]]] = {
    "email": deliverable,
    "phone": dialable,
    "sms": dialable,
    "push": registered,
}
"""By channel, whether an address is one; on others none is asked for here."""
