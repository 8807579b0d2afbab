"""What was given up, wherever it lies: listed, done again, discarded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, model_validator

from chalicelib import times, wiring
from chalicelib.api import parked
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes, opened, sealed
from chalicelib.errors import Permanent, Refused
from chalicelib.resources import QUEUES

if TYPE_CHECKING:
    from chalicelib.operations.failure import Failure

READ: Final = "operations:read"
WRITE: Final = "operations:write"
PLACES: Final = ("letters", "batches", "parked")
ENOUGH: Final = 15.0  # seconds after which a request begins no other batch: API Gateway waits for 29
RECORDS: Final = 3  # of a batch that are shown: a batch may be as large as the largest answer

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
    holds: Any = Field(description="What it is: the message, the first records of the batch, the call.")


class Failures(Model):
    """A page: letters, then batches, then what is parked. An empty page with a cursor has not come to the end."""

    failures: list[FailureShown]
    cursor: str | None
    more_letters: bool = Field(
        False,
        description="Letters were looked at, and there are more of them than one look takes (500, in no order): these"
        " are not all, nor the oldest. Replay or discard some, and look again.",
    )


class FailureDone(Model):
    """It was done again, or discarded; it is in no list any more."""

    id: str
    outcome: Literal["replayed", "discarded"]


class FailuresAsked(Strict):
    """Which of them, the first ones first. What is parked has a call of its own: /v1/parked/replay."""

    place: Literal["letters", "batches"]
    of: str | None = Field(None, min_length=1, max_length=100, description="A queue, or a function.")
    limit: int = Field(50, ge=1, le=100, description="At most this many.")

    @model_validator(mode="after")
    def _of_somebody(self) -> FailuresAsked:
        """A name that is written wrong would look as if there were nothing to do."""
        from chalicelib.operations.failure import FUNCTIONS

        there = QUEUES if self.place == "letters" else FUNCTIONS
        if self.of not in (None, *there):
            raise ValueError(f"`of` is none of these, which give up {self.place}: {', '.join(there)}")
        return self


class NotDone(Model):
    """One that stays, and why."""

    id: str
    why: str


class FailuresDone(Model):
    """How many were done again or discarded, and which stay."""

    done: int
    failed: list[NotDone]
    more: bool = Field(description="There are others that were not tried: ask again, unless `done` is 0.")


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
    more = False
    left = PLACES[PLACES.index(place) :] if asked.place is None else (place,)
    for here in left:
        found, after, here_more = _page(here, asked.of, asked.limit - len(shown), behind)
        shown, behind, more = shown + found, "", more or here_more
        following = sealed(f"{here}|{after}") if after else None
        if following is None and here != left[-1]:
            following = sealed(f"{left[left.index(here) + 1]}|")
        if after or len(shown) == asked.limit:
            return Failures(failures=shown, cursor=following, more_letters=more)
    return Failures(failures=shown, cursor=None, more_letters=more)


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


@routes.endpoint(
    "POST",
    "/v1/failures/replay",
    scope=WRITE,
    request=FailuresAsked,
    response=FailuresDone,
    problems=("behind_others",),
)
def replay_failures(request: Request) -> FailuresDone:
    """Have many done again, as many as there is time for."""
    return _many(request.json(FailuresAsked), again=True)


@routes.endpoint(
    "POST",
    "/v1/failures/discard",
    scope=WRITE,
    request=FailuresAsked,
    response=FailuresDone,
    problems=("behind_others",),
)
def discard_failures(request: Request) -> FailuresDone:
    """Forget many, as many as there is time for."""
    return _many(request.json(FailuresAsked), again=False)


def _page(place: str, of: str | None, most: int, behind: str) -> tuple[list[FailureShown], str | None, bool]:
    """Some of one place, and behind what to go on; None at its end. Whether letters lie there that were not seen."""
    store = wiring.perennial().failures
    if place == "letters":
        seen = store.letters(of)
        found = [letter for letter in seen.letters if _rank(letter) > behind]
        after = _rank(found[most - 1]) if len(found) > most else None
        return [_shown(letter) for letter in found[:most]], after, seen.more
    if place == "batches":
        batches, after = store.batches(most, behind, of)
        return [_shown(batch) for batch in batches], after, False
    page = parked.page_of(parked.Filter(reason=of, limit=most, cursor=behind or None))
    return [_of_parked(one) for one in page.parked], page.cursor, False


def _rank(letter: Failure) -> str:
    return f"{times.text(letter.at)}#{letter.id}"


def _many(asked: FailuresAsked, *, again: bool) -> FailuresDone:
    from chalicelib.operations.store import Behind

    store, began = wiring.perennial().failures, time.monotonic()
    in_time = partial(_is_in_time, began)
    try:
        if asked.place == "letters":
            act = store.replay_letters if again else store.discard_letters
            done = act(asked.limit, asked.of)
        else:
            batches = store.replay_batches if again else store.discard_batches
            done = batches(asked.limit, asked.of, in_time)
    except Behind as why:
        raise Refused(409, "behind_others", str(why)) from why
    failed = [NotDone(id=sealed(f"{asked.place}|{id}"), why=why) for id, why in done.outcomes if why is not None]
    return FailuresDone(done=len(done.outcomes) - len(failed), failed=failed, more=done.more)


def _is_in_time(began: float) -> bool:
    return time.monotonic() - began <= ENOUGH


def _shown(failure: Failure) -> FailureShown:
    return FailureShown(
        id=sealed(f"{failure.place}|{failure.id}"),
        place=failure.place,
        of=failure.of,
        at=failure.at,
        why=failure.why,
        count=failure.count,
        replayable=failure.replayable,
        holds=_beginning(failure.holds) if failure.place == "batches" else failure.holds,
    )


def _beginning(holds: Any) -> Any:
    """Of a batch the first records."""
    if not isinstance(holds, Mapping) or not isinstance(holds.get("Records"), list):
        return None
    return {**holds, "Records": holds["Records"][:RECORDS]}


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
        404,
        "failure_not_found",
        "Nothing given up has this id (any more), somebody looks at it just now, or it is one of more than"
        " 500 letters: then replay or discard many at once.",
    )
