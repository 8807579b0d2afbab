"""Which history rules need to be answered, beyond what the customer's item knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.segments.occurrence import Happened, MessageIs
from chalicelib.segments.occurrences import missing
from chalicelib.segments.rule import Rule, leaves
from chalicelib.segments.view import View
from chalicelib.times import milliseconds


@dataclass(frozen=True)
class Need:
    """names: of the events to read. since: from which moment on (milliseconds since 1970); None: however old."""

    names: frozenset[str]
    since: int | None = None

    def __or__(self, other: Need) -> Need:
        """What answers both."""
        since = None if self.since is None or other.since is None else min(self.since, other.since)
        return Need(self.names | other.names, since)


def needed(rules: Iterable[Rule], view: View, now: datetime) -> Need | None:
    """What must be read so that all `rules` can be answered for the customer, now and until something happens; None if
    the view can answer them as it is."""
    at = milliseconds(now)
    need: Need | None = None
    for rule in rules:
        for leaf in leaves(rule):
            if isinstance(leaf, Happened | MessageIs) and (unseen := missing(leaf.question, view, at)) is not None:
                asked = Need(leaf.question.spoken_of, unseen.since)
                need = asked if need is None else need | asked
    return need
