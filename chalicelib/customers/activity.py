"""Which events are the person's own doing, and which were only reported about her.

Only the first kind makes anybody active: a delivery, a machine's open or a nightly update from the shop's database
would otherwise keep everybody warm for ever.

- What somebody tracks or looks at is activity, unless the client says `context.active: false` (Segment's mark for
  that), or it is one of the reports below: what mail systems and the shop do.
- Identify, group and alias calls are statements about a person. They are activity when they come from the person's
  device (they carry an anonymous id, a user agent or a page) or say `context.active: true`.
- Following a message (a click, a tap) is activity unless a machine did it; an open never is, and neither is what is
  told of a delivery (tracking/answers.py).
- Withdrawing or giving consent is none: who unsubscribes does not become warmer by it.
"""

from __future__ import annotations

from typing import Final

from chalicelib.tracking import answers
from chalicelib.tracking.event import Event

REPORTS: Final = frozenset(
    {
        *(name.casefold() for name in answers.REPORTS),
        "subscribed",
        "unsubscribed",
        "order refunded",
        "refunded order",
        "order cancelled",
        "order canceled",
        "cancelled order",
        "order shipped",
        "order delivered",
        "order fulfilled",
        "subscription renewed",
        "subscription updated",
        "subscription expired",
        "trial ending",
        "trial ended",
        "payment failed",
        "list joined",
        "list left",
        "journey called",
        "task completed",
        "referral credited",
        "suppression lifted",
    }
)
_DEVICE: Final = ("userAgent", "page", "screen", "device")


def is_own_activity(event: Event) -> bool:
    """Whether the person did this, as far as anybody can tell."""
    if event.type == "track" and _is_report(event):
        return False
    said = event.context.get("active")
    if isinstance(said, bool):
        return said
    return event.type in ("track", "page", "screen") or _from_device(event)


def _is_report(event: Event) -> bool:
    return event.name.casefold() in REPORTS or answers.by_machine(event.name, event.properties)


def _from_device(event: Event) -> bool:
    return event.anonymous_id is not None or any(event.context.get(name) for name in _DEVICE)
