"""What the endpoints of what was given up do: the words of HTTP on one side, the places where it lies on the other.

Imported by the handlers when one of them runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from chalicelib import times, wiring
from chalicelib.api import parked_work
from chalicelib.api.failure_models import (
    FailureDone,
    Failures,
    FailuresAsked,
    FailuresDone,
    FailureShown,
    FailuresQuery,
    NotDone,
    Place,
)
from chalicelib.api.http import bad_cursor, opened, sealed
from chalicelib.api.parked_models import Filter, ParkedShown
from chalicelib.errors import Permanent, Refused
from chalicelib.operations.failure import Failure
from chalicelib.operations.store import Behind, NotReplayable, Unknown

PLACES: Final[tuple[Place, ...]] = ("letters", "batches", "parked")
ENOUGH: Final = 15.0  # seconds after which a request begins no other batch: API Gateway waits for 29
RECORDS: Final = 3  # of a batch that are shown: a batch may be as large as the largest answer


def listed(asked: FailuresQuery) -> Failures:
    """A page of one place, or of all, one after the other."""
    place, behind = _opened(asked.cursor, bad_cursor()) if asked.cursor else (asked.place or PLACES[0], "")
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


def replay(id: str) -> FailureDone:
    """Have it done again. Refused: 404 `failure_not_found` or `parked_not_found`, 409 `not_replayable` or
    `failed_again`."""
    store = wiring.perennial().failures
    _do(id, {"letters": store.replay_letter, "batches": store.replay_batch, "parked": parked_work.replay})
    return FailureDone(id=id, outcome="replayed")


def discard(id: str) -> FailureDone:
    """Forget it. Refused: 404 `failure_not_found` or `parked_not_found`."""
    store = wiring.perennial().failures
    _do(id, {"letters": store.discard_letter, "batches": store.discard_batch, "parked": parked_work.discard})
    return FailureDone(id=id, outcome="discarded")


def many(asked: FailuresAsked, *, again: bool) -> FailuresDone:
    """Have many done again, or forget them, as many as there is time for. Refused: 409 `behind_others`."""
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


def _do(id: str, acts: Mapping[Place, Callable[[str], object]]) -> None:
    """Do to one failure what is to be done in the place where it lies."""
    place, known_as = _opened(id, _unknown())
    try:
        acts[place](known_as)
    except Unknown as gone:
        raise _unknown() from gone
    except NotReplayable as why:
        raise Refused(409, "not_replayable", str(why)) from why
    except Permanent as failed:
        raise Refused(409, "failed_again", str(failed)) from failed


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
    page = parked_work.listed(Filter(reason=of, limit=most, cursor=behind or None))
    return [_of_parked(one) for one in page.parked], page.cursor, False


def _rank(letter: Failure) -> str:
    return f"{times.text(letter.at)}#{letter.id}"


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


def _of_parked(item: ParkedShown) -> FailureShown:
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


def _opened(text: str, refused: Refused) -> tuple[Place, str]:
    """The place and what is known there by; `refused` for what we never gave."""
    try:
        said, bar, rest = opened(text).partition("|")
    except ValueError as unreadable:
        raise refused from unreadable
    place = next((place for place in PLACES if place == said), None)
    if place is None or not bar or not rest.isprintable() or len(rest) > 3_000:
        raise refused
    return place, rest


def _unknown() -> Refused:
    return Refused(
        404,
        "failure_not_found",
        "Nothing given up has this id (any more), somebody looks at it just now, or it is one of more than"
        " 500 letters: then replay or discard many at once.",
    )
