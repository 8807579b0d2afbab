"""Who is in an audience, and why somebody is not: in this order, so that the counts say the reason that a person would
give. Pure.

    others       in none of its segments
    excluded     in a segment that it leaves out, and in none of its lists of seeds
    no_consent   has not agreed to advertising, or has taken it back
    holdout      is left alone on purpose by the setting `permission`, so that marketing can be measured
    no_address   nothing is known by which the network would know the person
    erased       somebody with this address was erased, and nothing since proves that advertising is wanted again
    people       in it
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.customers.facts import Facts
from chalicelib.jobs.audiences.audience import Audience
from chalicelib.segments.conditions import SEGMENT, Condition

ADVERTISING: Final = "advertising"
"""The channel on which people agree to this."""

Outcome = Literal["others", "excluded", "no_consent", "holdout", "no_address", "erased", "people"]


@dataclass(frozen=True)
class Membership:
    """An audience as customers' states say it. since: the version of the live set that knows all its segments."""

    segments: frozenset[bytes]
    exclude: frozenset[bytes]
    seeds: frozenset[bytes]
    since: int

    @classmethod
    def of(cls, audience: Audience, live: Mapping[str, Condition]) -> Membership:
        """live: the conditions that are live, by name. KeyError if a segment is not."""

        def keys(names: Collection[str]) -> frozenset[bytes]:
            return frozenset(live[SEGMENT + name].key for name in names)

        since = max((live[SEGMENT + name].since for name in audience.asked), default=0)
        return cls(keys(audience.segments), keys(audience.exclude), keys(audience.seeds), since)

    def outside(self, held: Collection[bytes]) -> Outcome | None:
        """Why somebody who is in these is not in the audience; None for whoever is. held: `State.memberships`."""
        if any(key in held for key in self.seeds):
            return None
        if not any(key in held for key in self.segments):
            return "others"
        return "excluded" if any(key in held for key in self.exclude) else None


def agreed(facts: Facts, topic: str | None, *, own_consent: bool = False) -> bool:
    """Whether somebody has agreed to advertising, as messages ask it of their channels: the channel withdrawn is no to
    everything; then the topic's own word counts, and without one the channel's, unless the topic asks for its own."""
    channel = facts.consent_status(ADVERTISING)
    said = facts.consent_status(f"{ADVERTISING}/{topic}") if topic else None
    if channel == "withdrawn":
        return False
    return said == "granted" or (said is None and channel == "granted" and not own_consent)


def statements(topic: str | None) -> tuple[str, ...]:
    """About what a confirmed statement proves that advertising is wanted again."""
    return (ADVERTISING, f"{ADVERTISING}/{topic}") if topic else (ADVERTISING,)
