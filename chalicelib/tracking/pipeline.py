"""From a call as a client made it to an `Event`, or to a refusal with its reason.

Every source speaks to the pipeline in Segment's vocabulary (`type`, `event`, `userId`, `properties`...). Each step
takes a draft and returns it; a refused draft goes no further and is parked, while its neighbours go on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import to_json

from chalicelib.ids import digest
from chalicelib.tracking.call import Call, read_id, read_time
from chalicelib.tracking.event import Event, sound, stored_form
from chalicelib.tracking.privacy import PrivacyRequest
from chalicelib.tracking.reading import ERASE, Arrival, Calls, Guarded, Itself, Reading, Reason, Refusal

LONGEST_EVENT: Final = 32 * 1024  # bytes of compact JSON, what the envelope adds included
MOST_EVENTS: Final = 2_500  # in one request
DEEPEST: Final = 24  # levels of nesting; DynamoDB's documents end at 32
LONGEST_NAME: Final = 255  # characters
KEY_ID: Final = 8  # characters of a key's id: enough to tell a workspace's keys apart
_MOST_LEFT_OUT: Final = 20
_LONGEST_LEFT_OUT: Final = 100
_NAMES_LEFT_OUT: Final = 4 * 1024  # bytes for the names of what is left out
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)  # older is a clock that was never set


class _Request:
    """What the drafts of one request have in common, worked out once."""

    def __init__(self, arrival: Arrival, found: Calls) -> None:
        self.arrival = arrival
        self.received_at = stored_form(arrival.received_at)
        self.found = found
        self.sent_at = _sane(found.sent_at)
        self.added = len(to_json([found.context, found.integrations], inf_nan_mode="null"))
        self.short = arrival.size + self.added <= LONGEST_EVENT
        self.deep = _deeper([found.context, found.integrations], DEEPEST)
        self.twins: Counter[str] = Counter()


@dataclass(slots=True)
class _Draft:
    """A call on its way. Refused as soon as `refusal` is set; accepted once `event` or `erasure` is. itself: it need
    not say of whom it speaks."""

    raw: Any
    request: _Request
    call: Call = field(init=False)
    name: str = ""
    timestamp: datetime = EARLIEST
    at: datetime = EARLIEST
    message_id: str = ""
    event: Event | None = None
    erasure: PrivacyRequest | None = None
    itself: bool = False
    refusal: Refusal | None = None

    def refuse(self, reason: Reason, details: str) -> _Draft:
        self.refusal = Refusal(reason, details, self.raw)
        return self


def read(found: Calls, arrival: Arrival) -> Reading:
    """Every call as an event or as a refusal. Never raises for what a client may have put into a call."""
    request = _Request(arrival, found)
    drafts = [_run(_Draft(raw, request)) for raw in found.calls[:MOST_EVENTS]]
    rest = [raw.call if isinstance(raw, Guarded | Itself) else raw for raw in found.calls[MOST_EVENTS:]]
    refusals = [draft.refusal for draft in drafts if draft.refusal]
    if rest:
        refusals.append(Refusal(Reason.TOO_MANY, f"more than {MOST_EVENTS} in one request", rest, len(rest)))
    accepted = [(draft.event, draft.raw) for draft in drafts if draft.event]
    asked = [draft.erasure for draft in drafts if draft.erasure]
    return Reading([event for event, _ in accepted], refusals, [raw for _, raw in accepted], asked)


def admit(draft: _Draft) -> _Draft:
    """Let a guarded call pass if the key may make it, and what a webhook says of itself."""
    if isinstance(draft.raw, Itself):
        draft.itself, draft.raw = True, draft.raw.call
    if isinstance(draft.raw, Guarded):
        scope, draft.raw = draft.raw.scope, draft.raw.call
        if not draft.request.arrival.may(scope):
            return draft.refuse(Reason.NOT_ALLOWED, f"only a secret key with the scope {scope} may ask for this")
        if scope == ERASE:
            return _erase(draft)
    return draft


def _erase(draft: _Draft) -> _Draft:
    """It is no event: it asks that a customer be erased. Asked again, it is the same request."""
    arrival = draft.request.arrival
    try:
        who = read_id(draft.raw.get("userId"))
    except ValueError as unreadable:
        return draft.refuse(Reason.INVALID_ID, f"userId: {unreadable}")
    if who is None:
        return draft.refuse(Reason.NOBODY, "no customer to erase")
    draft.erasure = PrivacyRequest("erase", digest(arrival.key, who), user_id=who)
    return draft


def _run(draft: _Draft) -> _Draft:
    for step in STEPS:
        draft = step(draft)
        if draft.refusal or draft.erasure:
            break
    return draft


def measure(draft: _Draft) -> _Draft:
    """Refuse what is no object, too long or too deep, before anybody spends time on it."""
    if not isinstance(draft.raw, dict):
        return draft.refuse(Reason.NOT_AN_OBJECT, "a call is a JSON object")
    request = draft.request
    if not request.short and request.added + len(to_json(draft.raw, inf_nan_mode="null")) > LONGEST_EVENT:
        if not draft.itself:
            return draft.refuse(Reason.TOO_LONG, f"more than {LONGEST_EVENT} bytes")
        draft.raw = _shortened(draft.raw, LONGEST_EVENT - request.added)
    if request.deep or _deeper(draft.raw, DEEPEST):
        return draft.refuse(Reason.TOO_DEEP, f"more than {DEEPEST} levels")
    return draft


def _shortened(call: Mapping[str, Any], room: int) -> dict[str, Any]:
    """What a source says of itself, in at most `room` bytes: without its largest properties, which are named. Nothing
    is counted from it, and a product with its hundred variants is worth keeping without them."""
    sizes = {name: len(to_json([name, value], inf_nan_mode="null")) for name, value in call["properties"].items()}
    room -= len(to_json({**call, "properties": {}}, inf_nan_mode="null")) + _NAMES_LEFT_OUT
    kept = set[str]()
    for name in sorted(sizes, key=lambda name: (sizes[name], name)):
        room -= sizes[name]
        if room < 0:
            break
        kept.add(name)
    left_out = sorted(name[:_LONGEST_LEFT_OUT] for name in sizes.keys() - kept)[:_MOST_LEFT_OUT]
    held = {name: value for name, value in call["properties"].items() if name in kept}
    return {**call, "properties": {**held, "left_out": left_out}}


def parse(draft: _Draft) -> _Draft:
    """Read the call's fields; it must say of whom it speaks."""
    try:
        draft.call = Call.model_validate(draft.raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = str(first["loc"][0])
        return draft.refuse(
            _REASONS.get(name, Reason.INVALID_FIELD), f"{name}: {first['msg'].removeprefix('Value error, ')}"
        )
    if not (draft.call.user_id or draft.call.anonymous_id or (draft.itself and draft.call.type == "track")):
        return draft.refuse(Reason.NOBODY, "neither userId nor anonymousId")
    return draft


def title(draft: _Draft) -> _Draft:
    """Name the event: a track call says its name, any other type is its own."""
    call = draft.call
    if call.type != "track":
        draft.name = call.type.capitalize()
        return draft
    if not isinstance(call.event, str) or not call.event.strip():
        return draft.refuse(Reason.NO_NAME, "a track call needs the name of its event")
    draft.name = call.event.strip()
    if len(draft.name) > LONGEST_NAME:
        return draft.refuse(Reason.INVALID_FIELD, f"event: longer than {LONGEST_NAME} characters")
    return draft


def date(draft: _Draft) -> _Draft:
    """Set the clock right: at = received - (sent - timestamp), unless that is out of all reason."""
    call, received = draft.call, draft.request.received_at
    claimed = call.timestamp or call.original_timestamp
    if claimed is not None and claimed < EARLIEST:
        return draft.refuse(Reason.INVALID_TIME, "timestamp: before 1970")
    draft.timestamp = claimed or received
    sent = draft.request.sent_at or _sane(call.sent_at)
    draft.at = min(_corrected(claimed, sent, received) if sent and claimed else draft.timestamp, received)
    return draft


def number(draft: _Draft) -> _Draft:
    """Give a call without a message id the hash of its key and its body: a retry gets the same one.

    The same body twice in one request is two things that happened, and the second is told apart. So is the same body
    much later, in dialects whose clients never send ids (`Calls.news_after`), unless its timestamp is the same too.
    """
    call, request = draft.call, draft.request
    if call.message_id:
        draft.message_id = call.message_id
        return draft
    kept = {name: value for name, value in draft.raw.items() if name not in _CHANGES_ON_RETRY}
    body = digest(request.arrival.key, json.dumps(kept, sort_keys=True), *_period(call, request))
    twin = request.twins[body]
    request.twins[body] += 1
    draft.message_id = f"{body}-{twin}" if twin else body
    return draft


def accept(draft: _Draft) -> _Draft:
    """Put the event together; what the envelope says of all calls gives way to what the call says itself. Every part
    was checked by a step before."""
    call, found = draft.call, draft.request.found
    context = {**found.context, **call.context} if found.context else call.context
    draft.event = sound(
        message_id=draft.message_id,
        type=call.type,
        name=draft.name,
        user_id=call.user_id,
        anonymous_id=call.anonymous_id,
        timestamp=draft.timestamp,
        at=draft.at,
        received_at=draft.request.received_at,
        properties=_properties(call),
        traits=_traits(call, context),
        context=context,
        integrations={**found.integrations, **as_object(call.integrations)},
        group_id=call.group_id,
        previous_id=call.previous_id,
        source=draft.request.arrival.source,
        key_id=draft.request.arrival.key[:KEY_ID] or None,
        unproven=draft.request.arrival.unproven,
        protected=(),
    )
    return draft


STEPS: Final[tuple[Callable[[_Draft], _Draft], ...]] = (admit, measure, parse, title, date, number, accept)

_REASONS: Final = {
    "type": Reason.UNKNOWN_TYPE,
    "timestamp": Reason.INVALID_TIME,
    "originalTimestamp": Reason.INVALID_TIME,
    **dict.fromkeys(("userId", "anonymousId", "messageId", "groupId", "previousId"), Reason.INVALID_ID),
}
_AT_ONCE: Final = timedelta(milliseconds=1)
_CHANGES_ON_RETRY: Final = frozenset({"sentAt", "writeKey"})


def as_object(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _properties(call: Call) -> dict[str, Any]:
    """A page's name and category are fields of the call; everybody looks for them among the properties."""
    if call.type not in ("page", "screen"):
        return call.properties
    named = {"name": call.name, "category": call.category}
    return {**{name: value for name, value in named.items() if value is not None}, **call.properties}


def _traits(call: Call, context: Mapping[str, Any]) -> dict[str, Any]:
    """An identify call's traits are in the call, in its context (RudderStack's place), or in both."""
    if call.type != "identify":
        return call.traits
    return {**as_object(context.get("traits")), **call.traits}


def _corrected(claimed: datetime, sent: datetime, received: datetime) -> datetime:
    before = sent - claimed
    if before > received - EARLIEST:  # the clock jumped in between
        return claimed
    return received - max(before, timedelta(0))  # nothing is sent before it has happened


def _period(call: Call, request: _Request) -> tuple[str, ...]:
    """What tells a call without an id from the same words said earlier, in dialects where that matters."""
    length = request.found.news_after
    if length is None or call.timestamp or call.original_timestamp:
        return ()
    happened = call.type in ("track", "page", "screen")
    return (str((request.arrival.received_at - EARLIEST) // (length if happened else _AT_ONCE)),)


def _sane(sent_at: object) -> datetime | None:
    """The moment of sending, or None if the client's own word for it makes no sense."""
    try:
        moment = read_time(sent_at)
    except ValueError:
        return None
    return moment if moment and moment >= EARLIEST else None


def _deeper(held: dict[str, Any] | list[Any], limit: int) -> bool:
    """Whether objects and lists are nested more than `limit` levels deep, `held` being the first."""
    if limit == 0:
        return True
    for inner in held.values() if type(held) is dict else held:
        if (type(inner) is dict or type(inner) is list) and _deeper(inner, limit - 1):
            return True
    return False
