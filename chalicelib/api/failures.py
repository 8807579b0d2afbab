"""What was given up, wherever it lies: listed, done again, discarded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from chalicelib import times, wiring
from chalicelib.api import parked
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes, opened, sealed
from chalicelib.errors import Permanent, Refused

if TYPE_CHECKING:
    from chalicelib.operations.failure import Failure

READ: Final = "operations:read"
WRITE: Final = "operations:write"
PLACES: Final = ("letters", "batches", "parked")
ENOUGH: Final = 15.0  # seconds after which a request begins no other batch: API Gateway waits for 29

routes: Final = Routes("failures")


class FailuresQuery(Strict):
    """Which of them, and how many."""

    place: Literal["letters", "batches", "parked"] | None = Field(None, description="All, one after the other.")
    of: str | None = Field(None, min_length=1, max_length=100, description="A queue, a function, or a reason.")
    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=5_000, description="The `cursor` of the page before.")


class FailureShown(Model):
    """Something that was given up."""

    id: str
    place: Literal["letters", "batches", "parked"]
    of: str | None = Field(description="The queue or the function that gave it up; of what is parked, the reason.")
    at: Moment | None
    why: str
    count: int = Field(description="Messages, records or calls.")
    replayable: bool
    holds: Any = Field(description="What it is: the message, the event of the stream, the call.")


class Failures(Model):
    """A page: letters, then batches, then what is parked. An empty page with a cursor has not come to the end."""

    failures: list[FailureShown]
    cursor: str | None


class FailureDone(Model):
    """It was done again, or discarded; it is in no list any more."""

    id: str
    outcome: Literal["replayed", "discarded"]


class FailuresAsked(Strict):
    """Which of them, the first ones first. What is parked has a call of its own: /v1/parked/replay."""

    place: Literal["letters", "batches"]
    of: str | None = Field(None, min_length=1, max_length=100, description="A queue, or a function.")
    limit: int = Field(50, ge=1, le=100, description="At most this many.")


class NotDone(Model):
    """One that stays, and why."""

    id: str
    why: str


class FailuresDone(Model):
    """How many were done again or discarded, and which stay. `more`: there may be others; ask again."""

    done: int
    failed: list[NotDone]
    more: bool


@routes.endpoint(
    "GET", "/v1/failures", scope=READ, query=FailuresQuery, response=Failures, problems=("invalid_cursor",)
)
def list_failures(request: Request) -> Failures:
    """Everything that was given up: dead letters, batches of streams, and what is parked.

    Letters are kept for 14 days, batches for 90, what is parked for 30. Two who look at letters at the same moment may
    each see a part of them.
    """
    asked = request.parameters(FailuresQuery)
    place, behind = _opened(asked.cursor, "invalid_cursor") if asked.cursor else (asked.place or PLACES[0], "")
    shown: list[FailureShown] = []
    left = PLACES[PLACES.index(place) :] if asked.place is None else (place,)
    for here in left:
        found, after = _page(here, asked.of, asked.limit - len(shown), behind)
        shown, behind = shown + found, ""
        following = sealed(f"{here}|{after}") if after else None
        if following is None and here != left[-1]:
            following = sealed(f"{left[left.index(here) + 1]}|")
        if after or len(shown) == asked.limit:
            return Failures(failures=shown, cursor=following)
    return Failures(failures=shown, cursor=None)


@routes.endpoint(
    "POST",
    "/v1/failures/{id}/replay",
    scope=WRITE,
    response=FailureDone,
    problems=("failure_not_found", "parked_not_found", "not_replayable", "failed_again"),
)
def replay_failure(request: Request) -> FailureDone:
    """Have it done again by whoever gave it up; that is safe, also twice.

    A letter goes to its queue again, a batch to its function, a parked call is taken in as calls are now.
    """
    from chalicelib.operations.store import NotReplayable, Unknown

    place, id = _opened(request.path["id"], "failure_not_found")
    store = wiring.perennial().failures
    try:
        if place == "letters":
            store.replay_letter(id)
        elif place == "batches":
            store.replay_batch(id)
        else:
            parked.replay_one(id)
    except Unknown as gone:
        raise _unknown() from gone
    except NotReplayable as why:
        raise Refused(409, "not_replayable", str(why)) from why
    except Permanent as failed:
        raise Refused(409, "failed_again", str(failed)) from failed
    return FailureDone(id=request.path["id"], outcome="replayed")


@routes.endpoint(
    "POST",
    "/v1/failures/{id}/discard",
    scope=WRITE,
    response=FailureDone,
    problems=("failure_not_found", "parked_not_found"),
)
def discard_failure(request: Request) -> FailureDone:
    """Forget it. Events stay stored and rows stay due, whatever becomes of the message about them."""
    from chalicelib.operations.store import Unknown

    place, id = _opened(request.path["id"], "failure_not_found")
    store = wiring.perennial().failures
    try:
        if place == "letters":
            store.discard_letter(id)
        elif place == "batches":
            store.discard_batch(id)
        else:
            parked.discard_one(id)
    except Unknown as gone:
        raise _unknown() from gone
    return FailureDone(id=request.path["id"], outcome="discarded")


@routes.endpoint("POST", "/v1/failures/replay", scope=WRITE, request=FailuresAsked, response=FailuresDone)
def replay_failures(request: Request) -> FailuresDone:
    """Have many done again, as many as there is time for."""
    asked, store = request.json(FailuresAsked), wiring.perennial().failures
    if asked.place == "letters":
        return _done(asked, store.replay_letters(asked.limit, asked.of))
    return _done(asked, _batches(asked, again=True))


@routes.endpoint("POST", "/v1/failures/discard", scope=WRITE, request=FailuresAsked, response=FailuresDone)
def discard_failures(request: Request) -> FailuresDone:
    """Forget many."""
    asked, store = request.json(FailuresAsked), wiring.perennial().failures
    if asked.place == "letters":
        return _done(asked, store.discard_letters(asked.limit, asked.of))
    return _done(asked, _batches(asked, again=False))


def _page(place: str, of: str | None, most: int, behind: str) -> tuple[list[FailureShown], str | None]:
    """Some of one place, and behind what to go on; None at its end."""
    store = wiring.perennial().failures
    if place == "letters":
        found = [letter for letter in store.letters(500, of) if _rank(letter) > behind]
        return [_shown(letter) for letter in found[:most]], _rank(found[most - 1]) if len(found) > most else None
    if place == "batches":
        batches, after = store.batches(most, behind, of)
        return [_shown(batch) for batch in batches], after
    page = parked.page_of(parked.Filter(reason=of, limit=most, cursor=behind or None))
    return [_of_parked(one) for one in page.parked], page.cursor


def _rank(letter: Failure) -> str:
    return f"{times.text(letter.at)}#{letter.id}"


def _batches(asked: FailuresAsked, *, again: bool) -> Iterator[tuple[str, str | None]]:
    from chalicelib.operations.store import NotReplayable

    store, began = wiring.perennial().failures, time.monotonic()
    for batch in store.batches(asked.limit, of=asked.of)[0]:
        if time.monotonic() - began > ENOUGH:
            return
        try:
            if again:
                store.replay_batch(batch.id)
            else:
                store.discard_batch(batch.id)
        except (NotReplayable, Permanent) as why:
            yield batch.id, str(why)
        else:
            yield batch.id, None


def _done(asked: FailuresAsked, outcomes: Iterator[tuple[str, str | None]]) -> FailuresDone:
    seen = list(outcomes)
    failed = [NotDone(id=sealed(f"{asked.place}|{id}"), why=why) for id, why in seen if why is not None]
    done = len(seen) - len(failed)
    return FailuresDone(done=done, failed=failed, more=done > 0 and len(seen) >= asked.limit)


def _shown(failure: Failure) -> FailureShown:
    return FailureShown(
        id=sealed(f"{failure.place}|{failure.id}"),
        place=failure.place,
        of=failure.of,
        at=failure.at,
        why=failure.why,
        count=failure.count,
        replayable=failure.replayable,
        holds=failure.holds,
    )


def _of_parked(item: parked.ParkedShown) -> FailureShown:
    return FailureShown(
        id=sealed(f"parked|{item.id}"),
        place="parked",
        of=item.reason,
        at=item.received_at,
        why=item.details,
        count=item.count,
        replayable=item.replayable,
        holds=item.call,
    )


def _opened(text: str, code: str) -> tuple[str, str]:
    """The place and what is known there by; Refused with `code` for what we never gave."""
    try:
        place, bar, rest = opened(text).partition("|")
    except ValueError:
        place = bar = rest = ""
    if place not in PLACES or not bar or not rest.isprintable() or len(rest) > 3_000:
        raise (
            _unknown()
            if code == "failure_not_found"
            else Refused(400, code, "Use the cursor exactly as the page before gave it.")
        )
    return place, rest


def _unknown() -> Refused:
    return Refused(
        404, "failure_not_found", "Nothing given up has this id (any more), or somebody looks at it just now."
    )
