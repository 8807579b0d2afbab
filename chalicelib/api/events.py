"""See what happens: a live tail of the events that are stored, and counts by key and source."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, PlainSerializer, model_validator

from chalicelib import times, wiring
from chalicelib.api.answers import Strict
from chalicelib.api.http import Request, Routes, bad_cursor, opened, sealed
from chalicelib.errors import Refused
from chalicelib.tracking.call import LONGEST_ID
from chalicelib.tracking.event import SOURCE, USER, Event

if TYPE_CHECKING:
    from chalicelib.tracking.counts import Activity

READ: Final = "events:read"
OLDEST: Final = "oldest"
_LONGEST_CURSOR: Final = 9_000  # an address may have some 10,000 characters
_LONGEST_KEY: Final = 1_024  # bytes
_PAGES: Final = 5  # of one customer's events in one call, whatever the filter lets through
_PAGE: Final = 100

routes: Final = Routes("events")

Moment = Annotated[datetime, PlainSerializer(times.text, return_type=str)]
Word = Annotated[str, Field(min_length=1, max_length=255)]
KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]


class TailQuery(Strict):
    """Which events. `customer`, `source`, `key` and `name` must all fit where they are given."""

    after: str | None = Field(
        None,
        min_length=1,
        max_length=_LONGEST_CURSOR,
        description="The `cursor` of the answer before; `oldest` for the last 24 hours. Left out: what comes from now "
        "on, or of one customer the newest.",
    )
    customer: Word | None = Field(None, description="A user id, or an id as this API gives it.")
    source: Word | None = Field(None, description="Which source read it, `segment`.")
    itself: bool = Field(
        False, description="With `source` and no `customer`: what the source says of itself, and of no person."
    )
    key: KeyId | None = Field(None, description="A key's id, or its beginning.")
    name: Word | None = Field(None, description="The event's name, in any case of letters.")
    limit: int = Field(50, ge=1, le=200, description="At most this many.")

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if self.itself and (self.source is None or self.customer is not None):
            raise ValueError("`itself` is asked of one source, and not of a customer: name the source alone")
        return self

    def fits(self, event: Event) -> bool:
        """Whether an event is one of those."""
        return (
            self.source in (None, event.source)
            and (self.key is None or self.key.startswith(event.key_id or "none"))
            and (self.name is None or self.name.casefold() == event.name.casefold())
        )


class EventShown(Strict):
    """An event as it is stored."""

    id: str = Field(description="Its message id.")
    type: str
    name: str
    customer: str | None = Field(
        description="Whose event it is as sent: `u#...`, or `a#...` for a visitor; null for a source's own event."
    )
    at: Moment = Field(description="When, by the corrected clock.")
    timestamp: Moment = Field(description="When, as sent.")
    received_at: Moment
    source: str
    key: str | None
    unproven: bool = Field(description="It came under a public key, and nothing proved of whom it speaks.")
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]


class Events(Strict):
    """Events, and the cursor for what follows. An empty answer is not the end.

    `gap`: something may be missing between the last answer and this one, because the cursor had become too old.
    """

    events: list[EventShown]
    cursor: str
    gap: bool


class ActivityQuery(Strict):
    """Which days, and by what."""

    days: int = Field(1, ge=1, le=31, description="Today and so many days before, in UTC, less one.")
    per: Literal["hour", "day"] = "hour"
    source: Word | None = None
    key: KeyId | None = None


class ActivityShown(Strict):
    """What came under one key from one source in one hour, or on one day."""

    period: str = Field(description="`2026-11-22T03` or `2026-11-22`, in UTC, of the receipt.")
    key: str | None = Field(description="The first characters of the key's id; null for what came under no key.")
    source: str
    events: int = Field(description="Stored and counted.")
    parked: dict[str, int] = Field(description="Calls that were not accepted, by reason.")
    last_seen: Moment
    lag_mean_ms: int | None = Field(description="From receipt to being counted, on the average.")
    lag_max_ms: int | None = Field(description="The longest of that, in the last batch of each hour.")


class ActivityList(Strict):
    """The newest first."""

    approximate: Literal[True] = Field(
        True, description="Counted beside the events: a count may be a little off. The stored events are the truth."
    )
    activity: list[ActivityShown]


@routes.endpoint(
    "GET",
    "/v1/events",
    scope=READ,
    query=TailQuery,
    response=Events,
    problems=("invalid_cursor", "too_many_shards"),
)
def tail_events(request: Request) -> Events:
    """What is being stored, as it comes, or one customer's events.

    For everybody it reads the events table's stream: the last 24 hours, of each person in the order in which they were
    stored. For one customer, or what a source says of itself, it reads the table, in the order of the times as sent.
    """
    query = request.parameters(TailQuery)
    if query.itself:
        return _stored(query, [f"{SOURCE}{query.source}"])
    return _of_customer(query) if query.customer else _of_everybody(query)


@routes.endpoint("GET", "/v1/sources/activity", scope=READ, query=ActivityQuery, response=ActivityList)
def source_activity(request: Request) -> ActivityList:
    """How much came, under which key, from which source: stored, parked, last seen, and how far counting is behind."""
    from chalicelib.tracking.counts import days

    query = request.parameters(ActivityQuery)
    perennial = wiring.perennial()
    found = [
        one
        for day in days(perennial.now(), query.days)
        for one in perennial.counts.activity(day)
        if query.source in (None, one.source) and (query.key is None or query.key.startswith(one.key or "none"))
    ]
    length = len("2026-11-22T03") if query.per == "hour" else len("2026-11-22")
    periods: defaultdict[tuple[str, str, str], list[Activity]] = defaultdict(list)
    for one in found:
        periods[(one.hour[:length], one.key or "", one.source)].append(one)
    return ActivityList(activity=[_shown_activity(*place, periods[place]) for place in sorted(periods, reverse=True)])


def _of_everybody(query: TailQuery) -> Events:
    from chalicelib.review.store import read
    from chalicelib.tracking import tail

    stream = wiring.perennial().stream
    readable: dict[tuple[str, str], Event] = {}

    def fits(item: Mapping[str, Any]) -> bool:
        event = read(item)
        if not isinstance(event, Event) or not query.fits(event):
            return False
        readable[item["pk"], item["sk"]] = event
        return True

    try:
        if query.after in (None, OLDEST):
            begun = tail.begin(stream, oldest=query.after == OLDEST)
            if query.after is None:
                return Events(events=[], cursor=sealed(begun), gap=False)
            found = tail.follow(stream, begun, query.limit, fits)
        else:
            found = tail.follow(stream, opened(str(query.after)), query.limit, fits)
    except tail.TooBusy as busy:
        raise Refused(400, "too_many_shards", "Too much is stored at once to follow it all; name a customer.") from busy
    except ValueError as bad:
        raise bad_cursor() from bad
    events = [_shown(readable[item["pk"], item["sk"]]) for item in found.items]
    return Events(events=events, cursor=sealed(found.cursor), gap=found.gap)


def _of_customer(query: TailQuery) -> Events:
    from chalicelib.customers.identity import customer_id

    customer = customer_id(str(query.customer))
    possible = len(customer.encode("utf-8", "replace")) <= LONGEST_ID + len(USER)
    return _stored(query, wiring.perennial().family(customer) if possible else [])


def _stored(query: TailQuery, subjects: Iterable[str]) -> Events:
    """The stored events of some subjects that fit: the newest, or what is behind the cursor."""
    newest = query.after is None
    behind = {} if newest or query.after == OLDEST else _places(query.after)
    found: list[Event] = []
    reached: dict[str, str] = dict(behind)
    for subject in subjects:
        fitting, last = _of_subject(query, subject, behind.get(subject), newest=newest)
        found += fitting
        if last is not None:
            reached[subject] = last
    found.sort(key=lambda event: (event.timestamp, event.key))
    shown = found[-query.limit :] if newest else found[: query.limit]
    if not newest:  # whoever has something left begins there the next time
        for event in reversed(found[query.limit :]):
            reached[event.subject] = behind.get(event.subject, "")
        for event in shown:
            reached[event.subject] = max(event.key, reached[event.subject])
    cursor = sealed(json.dumps({subject: key for subject, key in reached.items() if key}))
    return Events(events=[_shown(event) for event in shown], cursor=cursor, gap=False)


def _of_subject(query: TailQuery, subject: str, behind: str | None, *, newest: bool) -> tuple[list[Event], str | None]:
    """Events of one subject that fit, of a bounded number of pages, and the key up to which there is nothing else:
    of the newest event, or of the last that was looked at."""
    store, cursor = wiring.perennial().events, behind
    found: list[Event] = []
    reached: str | None = None
    for _ in range(_PAGES):
        page = store.of(subject, newest_first=newest, limit=_PAGE, cursor=cursor)
        if page.events and (reached is None or not newest):
            reached = page.events[0 if newest else -1].key
        found += [event for event in page.events if query.fits(event)]
        cursor = page.cursor
        if cursor is None or len(found) >= query.limit:
            break
    return found, reached


def _places(cursor: str | None) -> dict[str, str]:
    try:
        held = json.loads(opened(cursor or ""))
    except ValueError as bad:
        raise bad_cursor() from bad
    if not isinstance(held, dict) or not all(map(_sound, held.values())):
        raise bad_cursor()
    return {str(subject): key for subject, key in held.items()}


def _sound(key: object) -> bool:
    """Whether it could be an event's key at all: DynamoDB refuses to begin behind anything else."""
    return isinstance(key, str) and key.isprintable() and 0 < len(key.encode("utf-8", "replace")) <= _LONGEST_KEY


def _shown(event: Event) -> EventShown:
    return EventShown(
        id=event.message_id,
        type=event.type,
        name=event.name,
        customer=None if event.of_source else event.subject,
        at=event.at,
        timestamp=event.timestamp,
        received_at=event.received_at,
        source=event.source,
        key=event.key_id,
        unproven=event.unproven,
        properties=event.properties,
        traits=event.traits,
        context=event.context,
    )


def _shown_activity(period: str, key: str, source: str, found: Iterable[Activity]) -> ActivityShown:
    heard = list(found)
    events = sum(one.events for one in heard)
    parked: defaultdict[str, int] = defaultdict(int)
    for one in heard:
        for reason, count in one.parked.items():
            parked[reason] += count
    return ActivityShown(
        period=period,
        key=key or None,
        source=source,
        events=events,
        parked=dict(parked),
        last_seen=max(one.last_seen for one in heard),
        lag_mean_ms=sum(one.lag_ms for one in heard) // events if events else None,
        lag_max_ms=max(one.lag_max_ms for one in heard) if events else None,
    )
