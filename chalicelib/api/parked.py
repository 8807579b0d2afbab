"""The debugger's view: calls that were not accepted, and stored events that could not be counted, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, PlainSerializer

from chalicelib import times, wiring
from chalicelib.api.answers import Strict
from chalicelib.api.http import Request, Routes, opened, sealed
from chalicelib.errors import Refused

if TYPE_CHECKING:
    from chalicelib.tracking.parked import Parked

READ: Final = "events:read"
WRITE: Final = "events:write"
LOOKED_AT: Final = 500  # items in one request, whatever the filter lets through
_PAGE: Final = 100
_LONGEST_KEY: Final = 1024

routes: Final = Routes("parked")

Moment = Annotated[datetime, PlainSerializer(times.text, return_type=str)]
Word = Annotated[str, Field(min_length=1, max_length=100)]


class Filter(Strict):
    """Which of them, and how many. `reason`, `source` and `key` (its first characters) must all fit where given."""

    reason: Word | None = None
    source: Word | None = None
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")] | None = None
    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=3_000, description="The `cursor` of the page before.")

    def fits(self, item: Parked) -> bool:
        """Whether a parked call is one of those."""
        return (
            self.reason in (None, str(item.reason))
            and self.source in (None, item.source)
            and (self.key is None or item.key.startswith(self.key))
        )


class ParkedShown(Strict):
    """Something parked.

    `call`: a call, or a whole request that held only this one, as it was sent, without its key; of an event where it is
    stored.
    """

    id: str
    kind: Literal["call", "event"]
    reason: str
    details: str
    count: int = Field(description="How many calls.")
    source: str | None
    key: str | None = Field(description="The first characters of the key's id.")
    received_at: Moment | None
    replayable: bool
    call: Any


class ParkedPage(Strict):
    """Calls, newest first, then events, newest first. An empty page with a cursor has not come to the end."""

    parked: list[ParkedShown]
    cursor: str | None


class ReplayedShown(Strict):
    """What became of it: events that are new, events that were stored already, and calls refused again by reason."""

    items: int
    stored: int
    known: int
    refused: dict[str, int]
    skipped: int = Field(description="Items that cannot be replayed.")
    cursor: str | None = Field(description="To go on with; null at the end.")


class Forgotten(Strict):
    """How many items were forgotten."""

    items: int
    cursor: str | None


@routes.endpoint("GET", "/v1/parked", scope=READ, query=Filter, response=ParkedPage, problems=("invalid_cursor",))
def list_parked(request: Request) -> ParkedPage:
    """What was not accepted, and why. Kept for 30 days."""
    return page_of(request.parameters(Filter))


def page_of(asked: Filter) -> ParkedPage:
    """A page of those that fit."""
    kind, behind = _behind(asked.cursor)
    shown: list[ParkedShown] = []
    cursor: str | None = None
    if kind == "call":
        found = _Calls(asked, behind)
        shown = [_call(item) for item in found]
        kind, behind = found.next
    if kind == "event" and len(shown) < asked.limit and asked.source is None and asked.key is None:
        items, after = wiring.perennial().parked_events.page(asked.limit - len(shown), behind)
        shown += [_event(item) for item in items if asked.reason in (None, item["reason"])]
        kind, behind = ("event", after) if after else ("end", None)
    elif kind == "event" and (asked.source or asked.key):
        kind = "end"
    if kind != "end":
        cursor = sealed(f"{kind}|{behind or ''}")
    return ParkedPage(parked=shown, cursor=cursor)


@routes.endpoint("GET", "/v1/parked/{id}", scope=READ, response=ParkedShown, problems=("parked_not_found",))
def read_parked(request: Request) -> ParkedShown:
    """One of them."""
    kind, sk = _named(request.path["id"])
    if kind == "call":
        return _call(_one(request.path["id"]))
    event = wiring.perennial().parked_events.get(sk)
    if event is None:
        raise _unknown()
    return _event(event)


@routes.endpoint(
    "POST",
    "/v1/parked/{id}/replay",
    scope=WRITE,
    response=ReplayedShown,
    problems=("parked_not_found", "not_replayable"),
)
def replay_parked(request: Request) -> ReplayedShown:
    """Take one in again, as calls are taken in now, with its original receipt."""
    return replay_one(request.path["id"])


def replay_one(id: str) -> ReplayedShown:
    """What became of it. Refused: 404 `parked_not_found`, 409 `not_replayable`."""
    from chalicelib.tracking.replay import replayable

    item = _one(id)
    if not replayable(item):
        raise Refused(409, "not_replayable", "Not enough of it was kept to judge it again; the client must send it.")
    perennial = wiring.perennial()
    try:
        done = perennial.replayer.replay(item, perennial.now())
    except ValueError as gone:
        raise Refused(409, "not_replayable", "The source that it came from is not set up any more.") from gone
    return ReplayedShown(
        items=1, stored=done.stored, known=done.known, refused=dict(done.refused), skipped=0, cursor=None
    )


@routes.endpoint(
    "POST", "/v1/parked/replay", scope=WRITE, request=Filter, response=ReplayedShown, problems=("invalid_cursor",)
)
def replay_many(request: Request) -> ReplayedShown:
    """Take in again whatever fits, a page at a time."""
    from chalicelib.tracking.replay import replayable

    asked = request.json(Filter)
    perennial, done = wiring.perennial(), Counter[str]()
    refused: Counter[str] = Counter()
    found = _Calls(asked, _calls_behind(asked.cursor))
    for item in found:
        if not replayable(item):
            done["skipped"] += 1
            continue
        try:
            replayed = perennial.replayer.replay(item, perennial.now())
        except ValueError:  # its source is not set up any more; whoever asks for it alone is told
            done["skipped"] += 1
            continue
        done.update(items=1, stored=replayed.stored, known=replayed.known)
        refused += replayed.refused
    return ReplayedShown(
        items=done["items"],
        stored=done["stored"],
        known=done["known"],
        refused=dict(refused),
        skipped=done["skipped"],
        cursor=found.cursor,
    )


@routes.endpoint("DELETE", "/v1/parked/{id}", scope=WRITE, response=Forgotten, problems=("parked_not_found",))
def discard_parked(request: Request) -> Forgotten:
    """Forget one of them. An event stays where it is stored; only this list forgets it."""
    return discard_one(request.path["id"])


def discard_one(id: str) -> Forgotten:
    """Forget it. Refused: 404 `parked_not_found`."""
    kind, sk = _named(id)
    perennial = wiring.perennial()
    if kind == "call":
        perennial.parked.remove(_one(id).id)
    elif perennial.parked_events.get(sk) is None:
        raise _unknown()
    else:
        perennial.parked_events.remove(sk)
    return Forgotten(items=1, cursor=None)


@routes.endpoint(
    "POST", "/v1/parked/discard", scope=WRITE, request=Filter, response=Forgotten, problems=("invalid_cursor",)
)
def discard_many(request: Request) -> Forgotten:
    """Forget whatever calls fit, a page at a time."""
    asked = request.json(Filter)
    found, gone = _Calls(asked, _calls_behind(asked.cursor)), 0
    for item in found:
        wiring.perennial().parked.remove(item.id)
        gone += 1
    return Forgotten(items=gone, cursor=found.cursor)


class _Calls:
    """Parked calls that fit, newest first: at most `limit`, of LOOKED_AT. Afterwards `next` is where to go on."""

    def __init__(self, asked: Filter, behind: str | None) -> None:
        self._asked = asked
        self.next: tuple[str, str | None] = ("call", behind)

    @property
    def cursor(self) -> str | None:
        """To go on among calls; None at their end."""
        kind, behind = self.next
        return sealed(f"call|{behind}") if kind == "call" and behind else None

    def __iter__(self) -> Iterator[Parked]:
        looked_at = found = 0
        while looked_at < LOOKED_AT and found < self._asked.limit:
            items, after = wiring.perennial().parked.page(_PAGE, self.next[1])
            for item in items:
                if found == self._asked.limit:
                    return
                self.next = ("call", item.id)
                looked_at += 1
                if self._asked.fits(item):
                    found += 1
                    yield item
            if after is None:
                self.next = ("event", None)
                return


def _behind(cursor: str | None) -> tuple[str, str | None]:
    if not cursor:
        return "call", None
    try:
        kind, bar, sk = opened(cursor).partition("|")
    except ValueError as bad:
        raise _bad_cursor() from bad
    if kind not in ("call", "event") or not bar or len(sk.encode("utf-8", "replace")) > _LONGEST_KEY or not _sound(sk):
        raise _bad_cursor()
    return kind, sk or None


def _calls_behind(cursor: str | None) -> str | None:
    kind, behind = _behind(cursor)
    if kind != "call":
        raise _bad_cursor()
    return behind


def _sound(sk: str) -> bool:
    return sk.isprintable()


def _bad_cursor() -> Refused:
    return Refused(400, "invalid_cursor", "Use the cursor exactly as the page before gave it.")


def _named(id: str) -> tuple[str, str]:
    try:
        kind, sk = _behind(id)
    except Refused as bad:
        raise _unknown() from bad
    if sk is None:
        raise _unknown()
    return kind, sk


def _one(id: str) -> Parked:
    kind, sk = _named(id)
    if kind != "call":
        raise Refused(409, "not_replayable", "This event is stored, and its customer is rebuilt from what is stored.")
    item = wiring.perennial().parked.get(sk)
    if item is None:
        raise _unknown()
    return item


def _unknown() -> Refused:
    return Refused(404, "parked_not_found", "Nothing is parked under this id (any more).")


def _call(item: Parked) -> ParkedShown:
    from chalicelib.tracking.replay import replayable

    return ParkedShown(
        id=sealed(f"call|{item.id}"),
        kind="call",
        reason=str(item.reason),
        details=item.details,
        count=item.count,
        source=item.source,
        key=item.key[:8] or None,
        received_at=item.received_at,
        replayable=replayable(item),
        call=item.call,
    )


def _event(item: dict[str, Any]) -> ParkedShown:
    received = str(item["sk"]).partition("#")[0]
    return ParkedShown(
        id=sealed(f"event|{item['sk']}"),
        kind="event",
        reason=item["reason"],
        details="stored; its customer is rebuilt",
        count=1,
        source=None,
        key=None,
        received_at=times.parse(received) if received else None,
        replayable=False,
        call=item["record"],
    )
