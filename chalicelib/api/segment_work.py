"""What the endpoints of segments do: the words of HTTP on one side, the segments room on the other.

Imported by the handlers when one of them runs: it brings the rules, which no other Lambda's start should pay for.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib import ids, times, wiring
from chalicelib.api import segment_models as models
from chalicelib.api.http import bad_cursor, opened, sealed
from chalicelib.api.versions import overtaken, valid
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import VersionConflict
from chalicelib.errors import Refused
from chalicelib.jobs.audiences.store import AudienceStore
from chalicelib.jobs.segments import start_count, start_resegment
from chalicelib.journeys.store import JourneyStore
from chalicelib.review.preview import preview as ask_some
from chalicelib.segments import segment as segments
from chalicelib.segments.definitions.store import SegmentDesk, SegmentStore
from chalicelib.segments.members.store import MemberStore
from chalicelib.segments.rule import parse
from chalicelib.segments.sizes import Size
from chalicelib.segments.sizes.store import SizeStore
from chalicelib.tracking.call import LONGEST_ID
from chalicelib.tracking.event import USER, subject_ids
from chalicelib.tracking.problems import named


def listed(limit: int, cursor: str | None) -> models.Segments:
    """A page of segments."""
    found = _desk().segments.pointers(after=_opened(cursor), limit=limit + 1)
    shown, more = found[:limit], len(found) > limit
    sizes = SizeStore(wiring.perennial().db).latest([pointer.name for pointer in shown])
    states = [_state(pointer, sizes.get(pointer.name)) for pointer in shown]
    return models.Segments(segments=states, cursor=sealed(shown[-1].name) if more else None)


def read(name: str) -> models.Segment:
    """One segment."""
    return _shown(_pointer(name), None)


def put(name: str, raw: Any, expected: int | None, caller: str) -> models.Segment:
    """Put a segment in force, and have everybody judged by it."""
    perennial = wiring.perennial()

    def made() -> tuple[Pointer, int | None]:
        return _desk().put(segments.parse_segment(named(name, raw)), perennial.now(), expected=expected)

    try:
        pointer, version = valid("segment", made)
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict
    job = start_resegment(perennial.jobs, name, version, caller, perennial.now()).id if version is not None else None
    return _shown(pointer, job)


def end(name: str) -> models.Segment:
    """End a segment that nothing uses."""
    pointer, desk = _pointer(name), _desk()
    used = _used_by(name)
    if any(used.values()):
        raise Refused(409, "segment_in_use", "End or change first what uses it; details says what.", used)
    try:
        return _shown(desk.end(pointer, wiring.perennial().now()), None)
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict


def members(name: str, limit: int, cursor: str | None) -> models.SegmentMembers:
    """A page of the members."""
    pointer = _pointer(name)
    found, behind = MemberStore(wiring.perennial().db).page(pointer.name, limit, _opened(cursor) or None)
    if not pointer.live:
        found, behind = [], None
    shown = [models.Member(customer=one.customer, since=one.since) for one in found]
    return models.SegmentMembers(members=shown, cursor=sealed(behind) if behind else None)


def change_list(name: str, asked: models.ListChange) -> models.ListChanged:
    """Say of customers that they joined or left a list."""
    from chalicelib.customers.identity import customer_id
    from chalicelib.tracking.event import LIST_JOINED, LIST_LEFT, statement

    pointer, perennial = _pointer(name), wiring.perennial()
    if (_desk().body(name, pointer.latest) or {}).get("of") != "list":
        raise Refused(400, "not_a_list", "Whoever is in this segment is in it by its rule. A list has of: list.")
    now = perennial.now()
    said = [(LIST_JOINED, spoken) for spoken in asked.add] + [(LIST_LEFT, spoken) for spoken in asked.remove]
    events = []
    for word, spoken in said:
        customer = customer_id(spoken)
        if not _possible(customer):
            raise Refused(400, "invalid_customer", f"{spoken[:100]!r} cannot be the id of a customer.")
        id = f"list-{ids.digest(name, word, customer, times.text(now))}"
        events.append(statement(word, id, customer, {"list": name}, at=now))
    perennial.events.store(events)
    return models.ListChanged(added=len(asked.add), removed=len(asked.remove))


def sizes(name: str, days: int) -> models.Sizes:
    """The sizes of the last days."""
    today = wiring.perennial().now().date()
    found = SizeStore(wiring.perennial().db).history(_pointer(name).name, today - timedelta(days=days - 1), today)
    return models.Sizes(sizes=[_size(one) for one in found])


def preview(asked: models.SegmentPreview, caller: str) -> models.Previewed:
    """Of how many a rule holds."""
    perennial = wiring.perennial()
    rule = valid("rule", lambda: parse(asked.rule))
    found = ask_some(rule, perennial.db, perennial.survey, perennial.rules(), perennial.now())
    job = start_count(perennial.jobs, asked.rule, caller, perennial.now()).id if asked.exact else None
    return models.Previewed(
        customers=found.customers,
        sampled=found.sampled,
        matched=found.matched,
        estimate=found.count.customers,
        margin=found.count.margin,
        examples=list(found.examples),
        job=job,
    )


def _possible(customer: str) -> bool:
    """Whether a key can be a customer's: for one that cannot nothing is stored."""
    try:
        subject_ids(customer)
    except ValueError:
        return False
    return len(USER) < len(customer.encode()) <= LONGEST_ID + len(USER) and customer.isprintable()


def _desk() -> SegmentDesk:
    perennial = wiring.perennial()
    return SegmentDesk(SegmentStore(perennial.db), JourneyStore(perennial.db), perennial.conditions)


def _pointer(name: str) -> Pointer:
    pointer = _desk().pointer(name)
    if pointer is None:
        raise Refused(404, "segment_not_found", "There is no segment of this name.")
    return pointer


def _used_by(name: str) -> dict[str, list[str]]:
    return {**_desk().used_by(name), "audiences": list(AudienceStore(wiring.perennial().db).using(name))}


def _shown(pointer: Pointer, job: str | None) -> models.Segment:
    desk, sizes = _desk(), SizeStore(wiring.perennial().db).latest([pointer.name])
    return models.Segment(
        state=_state(pointer, sizes.get(pointer.name)),
        definition=desk.body(pointer.name, pointer.latest) or {},
        used_by=models.UsedBy.model_validate(_used_by(pointer.name)),
        job=job,
    )


def _state(pointer: Pointer, size: Size | None) -> models.SegmentState:
    return models.SegmentState(
        name=pointer.name,
        title=pointer.title,
        version=pointer.latest,
        live=pointer.live,
        updated_at=pointer.updated_at,
        size=_size(size) if size and pointer.live else None,
    )


def _size(size: Size) -> models.Size:
    return models.Size(customers=size.customers, margin=size.margin, as_of=size.as_of)


def _opened(cursor: str | None) -> str:
    try:
        text = opened(cursor) if cursor else ""
        if cursor and not 0 < len(text.encode()) <= 2_048:
            raise ValueError("too long for a key")
    except ValueError as bad:
        raise bad_cursor() from bad
    return text
