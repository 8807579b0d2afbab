"""What the endpoints of what is parked do: the words of HTTP on one side, the lists of calls and events on the other.

Imported by the handlers when one of them runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from chalicelib import times, wiring
from chalicelib.api.http import bad_cursor, opened, sealed
from chalicelib.api.parked_models import Filter, Forgotten, ParkedPage, ParkedShown, ReplayedShown
from chalicelib.errors import Refused
from chalicelib.tracking.parked import Parked
from chalicelib.tracking.replay import replayable

LOOKED_AT: Final = 500  # items in one request, whatever the filter lets through
_PAGE: Final = 100
_LONGEST_KEY: Final = 1024


def listed(asked: Filter) -> ParkedPage:
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


def read(id: str) -> ParkedShown:
    """One of them."""
    kind, sk = _named(id)
    if kind == "call":
        return _call(_one(id))
    event = wiring.perennial().parked_events.get(sk)
    if event is None:
        raise _unknown()
    return _event(event)


def replay(id: str) -> ReplayedShown:
    """Take it in again. Refused: 404 `parked_not_found`, 409 `not_replayable`."""
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


def replay_all(asked: Filter) -> ReplayedShown:
    """Take in again a page of whatever fits."""
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


def discard(id: str) -> Forgotten:
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


def discard_all(asked: Filter) -> Forgotten:
    """Forget a page of whatever calls fit."""
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
                if _fits(self._asked, item):
                    found += 1
                    yield item
            if after is None:
                self.next = ("event", None)
                return


def _fits(asked: Filter, item: Parked) -> bool:
    return (
        asked.reason in (None, str(item.reason))
        and asked.source in (None, item.source)
        and (asked.key is None or item.key.startswith(asked.key))
    )


def _behind(cursor: str | None) -> tuple[str, str | None]:
    if not cursor:
        return "call", None
    try:
        kind, bar, sk = opened(cursor).partition("|")
    except ValueError as bad:
        raise bad_cursor() from bad
    possible = sk.isprintable() and len(sk.encode("utf-8", "replace")) <= _LONGEST_KEY
    if kind not in ("call", "event") or not bar or not possible:
        raise bad_cursor()
    return kind, sk or None


def _calls_behind(cursor: str | None) -> str | None:
    kind, behind = _behind(cursor)
    if kind != "call":
        raise bad_cursor()
    return behind


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
