"""The demonstration shop's customers with their year, as rehearsals take them: no cloud, no tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from chalicelib.rehearsal.known import Known
from chalicelib.tracking.event import Event
from infra.demo import history
from infra.demo.shop import Call, stamped


def customers() -> list[Known]:
    """Everybody of the sample, guests and made-up visitors included, in the order of their subjects."""
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for call in history.calls():
        events[call.subject].append(event(call))
    return [Known(subject, tuple(events[subject])) for subject in sorted(events)]


def period(known: list[Known]) -> tuple[datetime, datetime]:
    """(the day on which the history begins, the end of its last day)."""
    moments = [event.at for one in known for event in one.events]
    first, last = min(moments), max(moments)
    midnight = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    return first.replace(**midnight), last.replace(**midnight) + timedelta(days=1)  # type: ignore[arg-type]


def event(call: Call) -> Event:
    """The event that tracking makes of a call, received when it happened."""
    body = stamped(call, call.at)
    identify = call.kind == "identify"
    return Event(
        message_id=call.key,
        type=call.kind,
        name=call.name if call.kind == "track" else call.kind.capitalize(),
        user_id=call.user_id,
        anonymous_id=call.anonymous_id,
        timestamp=call.at,
        at=call.at,
        received_at=call.at,
        properties={} if identify else body,
        traits=body if identify else {},
        source="segment",
    )
