"""What must follow from counting events: the entries of the outbox `fx`, as the journeys read them. Pure.

Every entry has an id that is the same however often its cause is worked on, so that a second delivery is the same
effect: the version of the write that changed the stage, the message id of the event, or the fact that somebody is
identified once.

What is imported happened elsewhere and long ago: nothing follows from it but facts. Its events are not told, a
stage that it changes has the silent cause `import`, and whoever is first known by it is known already. So that this
holds for each event by itself, imported ones are counted in writes of their own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.consent import IMPORTED
from chalicelib.customers.facts import Facts
from chalicelib.customers.state import Effect
from chalicelib.segments.conditions import HEARD
from chalicelib.tracking.answers import by_machine
from chalicelib.tracking.event import OURS, Event

LARGEST_PROPERTIES: Final = 4_096  # characters of JSON of one event's properties in the outbox
INTENT: Final = "intent"  # kind of the effect that an intent was left open
LEFT_OPEN: Final = "intent left open: "
"""Before a kind of intent, the name under which a journey watches for it, among the names of events."""
ACCOUNT: Final = "account"  # kind of the effect that an account is to be looked at
CONDITION: Final = "condition"  # kind of the effect that a condition came to hold, or no longer does
GONE: Final = frozenset({"at_risk", "lost"})
MOST_EVENTS: Final = 16  # watched events in one write: with the above, 64 KB of an item's 400


def returns(cause: str, stage_from: str | None, stage_to: str) -> bool:
    """Whether a change of stage is a return."""
    return cause == "event" and stage_from in GONE and stage_to not in GONE


@dataclass(frozen=True)
class Change:
    """A change of stage.

    stage_from: None for the first stage of all.
    cause:      first, event, import, time, model, settings, merge or rebuild.
    at:         the time of the cause: of the latest event that was counted, or the moment that time alone brought.
    since:      when the new stage began, which is later than `at` where old events arrive late.
    reason:     the rule that gave the new stage, with its values and thresholds.
    """

    stage_from: str | None
    stage_to: str
    cause: str
    at: datetime
    since: datetime
    reason: Mapping[str, object]

    @property
    def returns(self) -> bool:
        """Whether somebody came back by it: by something done, from At risk or Lost to anything better."""
        return returns(self.cause, self.stage_from, self.stage_to)


def of_changes(changes: Iterable[Change], v: int) -> list[Effect]:
    """One entry for each change of stage that the write of version `v` makes."""
    return [
        {
            "id": f"stage#{v}#{place}",
            "kind": "stage",
            "at": times.text(change.at),
            "from": change.stage_from,
            "to": change.stage_to,
            "cause": change.cause,
            "since": times.text(change.since),
            "reason": change.reason,
        }
        for place, change in enumerate(changes)
    ]


@dataclass(frozen=True)
class Turn:
    """A condition that came to hold of a customer (`entered`), or no longer does.

    cause: event, time, import, merge, definition, model, settings or rebuild; all but the first two are silent.
    at:    the time of the cause: of the latest event that was counted, or the moment that time alone brought.
    """

    name: str
    key: bytes
    entered: bool
    cause: str
    at: datetime


def of_turns(turns: Iterable[Turn], v: int, watched: Collection[str]) -> list[Effect]:
    """One entry for each turn that the write of version `v` makes and somebody listens to."""
    return [
        {
            "id": f"condition#{v}#{turn.key.hex()}#{place}",
            "kind": CONDITION,
            "at": times.text(turn.at),
            "name": turn.name,
            "entered": turn.entered,
            "cause": turn.cause,
        }
        for place, turn in enumerate(turns)
        if HEARD + turn.name in watched
    ]


def are_imported(events: Collection[Event]) -> bool:
    """Whether a write counts events, and only imported ones."""
    return bool(events) and all(event.source == IMPORTED for event in events)


def of_identification(before: Facts, after: Facts, events: Collection[Event] = ()) -> list[Effect]:
    """The entry for somebody who has just become known by these events: once for every customer."""
    if before.identified_at is not None or after.identified_at is None or are_imported(events):
        return []
    return [{"id": "identified", "kind": "identified", "at": times.text(after.identified_at)}]


def of_asking(before: Facts, after: Facts) -> list[Effect]:
    """One entry for each subscription that now waits for a confirmation, and did not before: the person is asked.
    Who has confirmed for one address may have subscribed with another: the message that asks will know."""
    new = {to: asked for to, asked in after.asked.items() if before.asked.get(to) != asked}
    return [
        {
            "id": f"asked#{to}#{asked.message_id}",
            "kind": "asked",
            "at": times.text(asked.at),
            "to": to,
            "message_id": asked.message_id,
        }
        for to, asked in sorted(new.items())
        if after.consent_status(to) == "pending" or after.consent[to].of is not None
    ]


def of_accounts(before: Facts, after: Facts, v: int, now: datetime) -> list[Effect]:
    """One entry for each account that the person belongs to, or did: its facts are made of hers, which have changed."""
    groups = {*before.memberships.groups, *after.memberships.groups}
    if not groups or before == after:
        return []
    return [
        {"id": f"account#{v}#{group}", "kind": ACCOUNT, "at": times.text(now), "account": group}
        for group in sorted(groups)
    ]


def of_intents(facts: Facts, left: Mapping[str, datetime]) -> list[Effect]:
    """One entry for each of these intents, which were left open at these moments."""
    return [
        {
            "id": f"intent#{kind}#{times.text(at)}",
            "kind": INTENT,
            "at": times.text(at),
            "intent": kind,
            "what": run.what[1] if run.what else None,
            "worth": {currency: format(worth, "f") for currency, worth in run.worth.items()},
            "since": times.text(run.since),
            "expires": times.text(run.expires),
        }
        for kind, at in sorted(left.items())
        for run in [facts.intents.runs[kind]]
    ]


def of_events(events: Iterable[Event], watched: Collection[str]) -> list[Effect]:
    """One entry for each event that something listens to, in the order of their times. Machines are not listened to."""
    told = [event for event in events if event.name in watched and event.source != IMPORTED]
    heard = [event for event in told if not by_machine(event.name, event.properties)]
    return [_of_event(event) for event in sorted(heard, key=lambda event: (event.at, event.message_id))]


def parts(events: Sequence[Event], watched: Collection[str]) -> list[list[Event]]:
    """The events in portions whose effects fit one write; at least one portion, which may be empty. Imported events
    are a portion of their own, and the first."""
    imported = [event for event in events if event.source == IMPORTED]
    if imported and len(imported) < len(events):
        return [imported, *parts([event for event in events if event.source != IMPORTED], watched)]
    portions: list[list[Event]] = [[]]
    heard = 0
    for event in events:
        heard += event.name in watched
        if heard > MOST_EVENTS:
            portions.append([])
            heard = 1
        portions[-1].append(event)
    return portions


def _of_event(event: Event) -> Effect:
    kept = _bounded(event.properties)
    effect: dict[str, Any] = {
        "id": f"event#{event.message_id}",
        "kind": "event",
        "at": times.text(event.at),
        "name": event.name,
        "message_id": event.message_id,
        "properties": kept,
    }
    if event.source == OURS:  # what only we may say starts nothing when a client says it
        effect["source"] = OURS
    left_out = sorted(event.properties.keys() - kept.keys())
    return effect | ({"left_out": left_out[:20]} if left_out else {})


def _bounded(properties: Mapping[str, Any]) -> dict[str, Any]:
    """As many properties as fit, the small ones first: a total is worth more than a list of a hundred products."""
    sizes = sorted((len(json.dumps([name, value])), name) for name, value in properties.items())
    room, kept = LARGEST_PROPERTIES, set[str]()
    for size, name in sizes:
        room -= size
        if room < 0:
            break
        kept.add(name)
    return {name: value for name, value in properties.items() if name in kept}
