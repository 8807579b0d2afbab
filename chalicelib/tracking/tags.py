"""The tag of a message that says whose it is, and comes back with whatever a provider reports of it."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from chalicelib.tracking.event import subject_ids


def customer_tag(customer: str) -> str:
    """A customer id as a tag: base64url without padding, which SES takes. Tracking accepts no id that would not fit
    (chalicelib/tracking/call.py)."""
    return urlsafe_b64encode(customer.encode()).rstrip(b"=").decode()


def whose(tag: str) -> dict[str, str]:
    """Whose message it was, as the ids of a call; nothing if the tag is none of ours."""
    try:
        ids = subject_ids(urlsafe_b64decode(tag + "=" * (-len(tag) % 4)).decode())
    except (binascii.Error, ValueError):
        return {}
    return {"userId" if name == "user_id" else "anonymousId": id for name, id in ids.items()}
