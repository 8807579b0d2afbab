"""Whom an id means.

A customer is known by the subject of its events: `u#<user id>`, or `a#<anonymous id>` before anybody said who that
is. In URLs a plain id means a user's.
"""

from __future__ import annotations

from typing import Final

from chalicelib.customers.facts import Facts
from chalicelib.tracking.event import ANONYMOUS, USER

_KINDS: Final = (USER, ANONYMOUS)


def customer_id(spoken: str) -> str:
    """The customer that a caller means by `u#42`, `a#b1c2` or `42`."""
    return spoken if spoken.startswith(_KINDS) and spoken not in _KINDS else USER + spoken


def is_identified(customer: str, facts: Facts) -> bool:
    """Whether it is known who this is: by a user id, or by an address that an identify gave."""
    return customer.startswith(USER) or facts.identified_at is not None
