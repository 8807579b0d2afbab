"""What remains for 30 days of somebody who was erased: that there was somebody, until when, and nothing of who.

Events that were on their way when a person was erased come after it: a stream repeats its records, an SDK retries what
it sent yesterday, the mail provider reports what became of a message. Counted, they would make the person anew. So the
erasure leaves a *tombstone* for each subject: the hash of the subject, the moment, and the short hashes of the message
ids that had been counted. The projector looks for one only where it would begin a new customer (one read more for
each), and removes what belongs to the past. Whoever comes back under the same id with something new is somebody new.

The hash is not keyed: projectors have no secret, and after 30 days nothing is left to try ids against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import ids, times
from chalicelib.customers.seen import Seen, Verdict
from chalicelib.customers.state import State
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking.event import Event

KEPT_FOR: Final = timedelta(days=30)
HASH_KEY: Final = "erased#"  # of the customers table, where no customer's id can begin so
RANGE_KEY: Final = "!erased"
REPORTERS: Final = frozenset({"ses", "sms", "perennial"})  # whose events are about messages that were sent before


@dataclass(frozen=True)
class Tombstone:
    """at: when the subject was erased. seen: the message ids that had been counted within the last 25 hours."""

    at: datetime
    seen: Seen = field(default_factory=Seen)

    def covers(self, event: Event) -> bool:
        """Whether the event belongs to what was erased."""
        counted = self.seen.verdict(event) in (Verdict.SEEN, Verdict.TWIN)
        return event.at <= self.at or counted or event.source in REPORTERS

    def united(self, other: Tombstone) -> Tombstone:
        """Both together: what an interrupted erasure knew is kept, as the state that it knew it from may be gone."""
        return Tombstone(max(self.at, other.at), self.seen.united([other.seen]))

    def to_item(self, subject: str) -> dict[str, Any]:
        """The stored form."""
        return {
            "pk": key(subject),
            "sk": RANGE_KEY,
            "at": times.text(self.at),
            "seen": self.seen.to_item(),
            "expires": int((self.at + KEPT_FOR).timestamp()),
            "schema_v": SCHEMA_VERSION,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Tombstone:
        """What `to_item` made."""
        return cls(times.parse(item["at"]), Seen.from_item(item["seen"]))


def is_fresh(state: State) -> bool:
    """Whether this may be somebody who was erased: nobody is known, or somebody who came back."""
    return state.v == 0 or state.erased_at is not None


def risen(state: State, stone: Tombstone) -> State:
    """Somebody new under an id that was erased: what had been counted stays told apart."""
    return replace(state, erased_at=stone.at, seen=state.seen.united([stone.seen]))


def key(subject: str) -> str:
    """`erased#` and a hash of the subject."""
    return HASH_KEY + ids.digest("erased", subject)
