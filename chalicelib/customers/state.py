"""The `state` item of a customer: facts, stage, what was counted, what must follow and when to look again.

One item, because one conditional write of it is the only thing that happens to a customer when events arrive.

    v           version, raised by every write; every write demands the version it has read
    facts       packed (packing.py), of fold version fold_v
    seen        what was counted (seen.py)
    stage, stage_since, cause, rule, next_at, next_stage      the last judgement; rules_v: by which parameters
    stage_shard, stage_since      the `stage` index     due_shard, due_at      the `due` index
    fx          the outbox: what must follow from this write, as JSON; absent when nothing must. The table's stream
                carries each write's image, so the next write may replace it
    rebuild     why the facts are not to be trusted until all events are folded anew
    join        of a subject that belongs to another: to whom. Then nothing else is kept but what was counted
    has         marks of the subjects whose events were folded into these facts when they joined
    claims      marks of claims that are saved already (customers/links/known.py), so that most identifies read nothing
    erased_at   until when somebody of this id was erased (erased.py): this one came after
    introduced  the effect `identified` has left, though these facts do not say so
    overdue_at  when the silence is longer than the person's own usual waits      reactivated_at: of the last return
    left_at     the moment at which the last intent was left open of which somebody was told
    held        the day since which an event that may be forgotten is held, or an earlier one
    sealed      the day before which events of the customer are in bases (customers/base), and may be gone
    members     the conditions that hold (segments/conditions): four bytes that stand for each, and four of the minute
                since which it does; cond_v: the live set that they were judged by; cond_at: when time alone changes one
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chalicelib import ids, times
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import FOLD_VERSION
from chalicelib.customers.packing import pack, unpack
from chalicelib.customers.seen import Seen
from chalicelib.customers.shards import due_shard, stage_shard
from chalicelib.customers.trust import Link
from chalicelib.resources import SCHEMA_VERSION

STATE: Final = "state"  # the range key
_HALF: Final = 4  # bytes of a membership: as many for what it is of as for since when

Effect = Mapping[str, Any]
"""One entry of the outbox: `id` (stable), `kind`, `at` (the time of its cause), and what the kind adds."""


@dataclass(frozen=True)
class Join:
    """That a subject belongs to another.

    to:          its owner, which may belong to another in turn.
    received_at: receipt of the event that says so. unproven: it came under a public key without proof.
    known_at:    of a user, the least receipt of its own events.
    """

    to: str
    received_at: datetime
    unproven: bool = False
    known_at: datetime | None = None

    def to_item(self) -> dict[str, Any]:
        """The stored form."""
        known = {"known_at": times.text(self.known_at)} if self.known_at else {}
        return {"to": self.to, "at": times.text(self.received_at), "unproven": self.unproven} | known

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Join:
        """What `to_item` wrote."""
        return cls(item["to"], times.parse(item["at"]), item["unproven"], _time(item.get("known_at")))


@dataclass(frozen=True)
class State:
    """One customer as stored; `State(customer)` is one of whom nothing is. Times are aware UTC.

    stage:      None until first judged. cause: why it was entered.
    rule:       the rule that gave the stage. Its values and thresholds are not kept with every write: judging the facts
                again gives them, and the effect of each change carries those of its moment.
    rules_v:    version of the lifecycle parameters that judged.
    fold_v:     version of the fold that made `facts`; of another version they can be read, but not added to.
    join:       None for a customer; else the subject is part of one.
    has:        marks (`subject_mark`) of the joined subjects that the facts hold.
    claims:     what customers/links/known.py makes of the claims that were saved.
    introduced: the effect `identified` has left for this person before.
    overdue_at: when the next order is late by the person's own measure; None before the third buying occasion.
    reactivated_at: when the person last came back: by something done, from At risk or Lost.
    left_at:    until when it was told what intents were left open.
    held_since: the day (ordinal, UTC) of the first receipt among the stored events that may expire, or before it.
    sealed:     the day before which something is sealed: whether what happened then was counted, a rebuild can tell.
    memberships: the conditions that hold, by what stands for each (segments/conditions: `key_of`), each with the minute
                since 1970 in which it came to.
    conditions_v: the version of the live set that they were judged by; 0 while nothing is live.
    conditions_at: no later than the moment at which time alone changes one of them; part of the due date.
    """

    customer: str
    v: int = 0
    facts: Facts = field(default_factory=Facts)
    seen: Seen = field(default_factory=Seen)
    stage: str | None = None
    stage_since: datetime | None = None
    cause: str | None = None
    rule: str | None = None
    next_at: datetime | None = None
    next_stage: str | None = None
    rules_v: int = 0
    due_at: datetime | None = None
    fx: tuple[Effect, ...] = ()
    rebuild: str | None = None
    fold_v: int = FOLD_VERSION
    join: Join | None = None
    has: frozenset[bytes] = frozenset()
    claims: bytes = b""
    introduced: bool = False
    erased_at: datetime | None = None
    overdue_at: datetime | None = None
    reactivated_at: datetime | None = None
    left_at: datetime | None = None
    held_since: int | None = None
    sealed: int | None = None
    memberships: Mapping[bytes, int] = field(default_factory=dict)
    conditions_v: int = 0
    conditions_at: datetime | None = None

    @property
    def counted(self) -> bool:
        """Whether any event was ever counted here, so that another's facts must be folded anew to hold it."""
        return bool(self.seen.hours or self.seen.floor or self.stage or self.rebuild)

    def to_item(self) -> dict[str, Any]:
        """The stored item; what is None or empty is left out, so the indexes stay sparse."""
        item: dict[str, Any] = {
            "pk": self.customer,
            "sk": STATE,
            "v": self.v,
            "schema_v": SCHEMA_VERSION,
            "fold_v": self.fold_v,
            "facts": pack(self.facts),
            "seen": self.seen.to_item(),
        }
        optional = {
            "stage": self.stage,
            "stage_since": _text(self.stage_since),
            "stage_shard": stage_shard(self.stage, self.customer) if self.stage else None,
            "cause": self.cause,
            "rule": self.rule,
            "next_at": _text(self.next_at),
            "next_stage": self.next_stage,
            "rules_v": self.rules_v,
            "due_at": _text(self.due_at),
            "due_shard": due_shard(self.customer) if self.due_at else None,
            "fx": json.dumps(self.fx, separators=(",", ":")) if self.fx else None,
            "rebuild": self.rebuild,
            "join": self.join.to_item() if self.join else None,
            "has": b"".join(sorted(self.has)) or None,
            "claims": self.claims or None,
            "erased_at": _text(self.erased_at),
            "overdue_at": _text(self.overdue_at),
            "reactivated_at": _text(self.reactivated_at),
            "left_at": _text(self.left_at),
            "held": self.held_since,
            "sealed": self.sealed,
            "members": _packed(self.memberships) if self.memberships else None,
            "cond_v": self.conditions_v or None,
            "cond_at": _text(self.conditions_at),
            "introduced": True if self.introduced and self.facts.identified_at is None else None,
        }
        return item | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> State:
        """What `to_item` wrote. KeyError or ValueError on an item that is no state."""
        return cls(
            customer=item["pk"],
            v=int(item["v"]),
            facts=unpack(item["facts"]),
            seen=Seen.from_item(item["seen"]),
            stage=item.get("stage"),
            stage_since=_time(item.get("stage_since")),
            cause=item.get("cause"),
            rule=item.get("rule"),
            next_at=_time(item.get("next_at")),
            next_stage=item.get("next_stage"),
            rules_v=int(item.get("rules_v", 0)),
            due_at=_time(item.get("due_at")),
            fx=effects(item),
            rebuild=item.get("rebuild"),
            fold_v=int(item["fold_v"]),
            join=Join.from_item(item["join"]) if "join" in item else None,
            has=_marks(bytes(item.get("has", b""))),
            claims=bytes(item.get("claims", b"")),
            introduced=bool(item.get("introduced", False)),
            erased_at=_time(item.get("erased_at")),
            overdue_at=_time(item.get("overdue_at")),
            reactivated_at=_time(item.get("reactivated_at")),
            left_at=_time(item.get("left_at")),
            held_since=_day(item.get("held")),
            sealed=_day(item.get("sealed")),
            memberships=memberships_of(item),
            conditions_v=int(item.get("cond_v", 0)),
            conditions_at=_time(item.get("cond_at")),
        )


@dataclass(frozen=True)
class Chain:
    """A subject and the customer that it belongs to: the joined states on the way, none if it is the customer."""

    root: State
    hops: tuple[State, ...] = ()

    @property
    def link(self) -> Link | None:
        """How the subject's events came to be the customer's; None if they are its own."""
        if not self.hops:  # nearly always
            return None
        joins = [hop.join for hop in self.hops if hop.join]
        if not joins:
            return None
        received_at = max(join.received_at for join in joins)
        return Link(received_at, any(join.unproven for join in joins), joins[0].known_at)

    @property
    def folded(self) -> bool:
        """Whether the customer's facts hold all that was counted for those on the way."""
        return all(not hop.counted or subject_mark(hop.customer) in self.root.has for hop in self.hops)


def subject_mark(subject: str) -> bytes:
    """Eight bytes that stand for a subject."""
    return bytes.fromhex(ids.digest("subject", subject, length=16))


def _marks(held: bytes) -> frozenset[bytes]:
    return frozenset(held[start : start + 8] for start in range(0, len(held), 8))


def _packed(memberships: Mapping[bytes, int]) -> bytes:
    return b"".join(key + minute.to_bytes(_HALF, "big") for key, minute in sorted(memberships.items()))


def memberships_of(item: Mapping[str, Any]) -> dict[bytes, int]:
    """The memberships in a stored state."""
    if "members" not in item:
        return {}
    held = bytes(item["members"])
    pairs = (held[start : start + 2 * _HALF] for start in range(0, len(held), 2 * _HALF))
    return {pair[:_HALF]: int.from_bytes(pair[_HALF:], "big") for pair in pairs}


def effects(item: Mapping[str, Any]) -> tuple[Effect, ...]:
    """The outbox of a stored state: what this very write asks to follow."""
    return tuple(json.loads(item["fx"])) if "fx" in item else ()


def due_after_events(
    due_at: datetime | None, next_at: datetime | None, now: datetime, *, marked: bool = False
) -> datetime | None:
    """When to look at a customer again, after events have moved the next change to `next_at`.

    Only ever earlier: the index must not be later than the next change, but it may be early. Moving an index key
    costs two write units, and most events only push the next change further away; a review that comes too early finds
    nothing to do and sets the right date, once. A date that has passed is spent by the judgement of `now`, unless the
    customer is marked for rebuild, which is still to be done.
    """
    if due_at is None or (due_at <= now and not marked):
        return next_at
    return due_at if next_at is None else min(due_at, next_at)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else times.text(moment)


def _time(text: str | None) -> datetime | None:
    return None if text is None else times.parse(text)


def _day(held: Any) -> int | None:
    return None if held is None else int(held)
