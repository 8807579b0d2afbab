"""The demonstration shop's customers with their year, as rehearsals take them: no cloud, no tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from chalicelib.rehearsal.known import Known
from chalicelib.tracking.event import Event
from infra.demo import history
from infra.demo.shop import Call, stamped
from infra.rehearse import made_up


def of_the_file() -> list[Known]:
    """Everybody of the demonstration's history, in the order of their subjects."""
    return [Known(name, tuple(events)) for name, events in sorted(_events().items())]


def customers() -> list[Known]:
    """The same with what is made up beside it (made_up.py)."""
    events = _events()
    last = max(event.at for each in events.values() for event in each)
    for subject, hers in list(events.items()):
        events[subject] += made_up.additions(subject, hers)
    events.update(made_up.people(min(event.at for each in events.values() for event in each)))
    return [Known(name, tuple(each for each in events[name] if each.at <= last)) for name in sorted(events)]


def _events() -> defaultdict[str, list[Event]]:
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for call in history.calls():
        events[call.subject].append(event(call))
    return events


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
