"""What conditions may ask of a customer that the state does not hold, and asking for it. Pure.

A judgement is made of the state alone, until a condition that has to be judged asks for traits, an account, or events
that the facts do not keep. Then it stops with `Wanted`; whoever drives it reads what is wanted (survey.py), and judges
again. So nothing is read for conditions that an event does not concern.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from chalicelib.customers.profile import Profile
    from chalicelib.customers.trust import Links
    from chalicelib.segments.history import History
    from chalicelib.segments.need import Need
    from chalicelib.tracking.event import Event


@dataclass(frozen=True)
class Beside:
    """What was read so far; None was not read.

    profile: the traits as they are now. was: as they were before the events that are counted; None: the same.
    account: the account that the person belongs to, as rules see it; empty for none.
    history: the stored events that some rule asked for.
    """

    profile: Profile | None = None
    was: Profile | None = None
    account: Mapping[str, Any] | None = None
    history: History | None = None

    def with_traits_in(self, events: Iterable[Event], known_at: datetime | None, links: Links) -> Beside:
        """The same after what these events say of traits. NeedsRebuild as `Profile.merge`."""
        if self.profile is None:
            return self
        return replace(self, was=self.profile, profile=self.profile.merge(events, known_at, links))

    def with_traits_of(self, events: Iterable[Event], known_at: datetime | None, links: Links) -> Beside:
        """The same with the traits that these events come to, which are all that there are."""
        if self.profile is None:
            return self
        made = replace(self.profile, traits={}, claimed_at=None).merge(events, known_at, links)
        return replace(self, was=self.profile, profile=made)


class Wanted(Exception):
    """A condition asks for what was not read: traits, the account, some events; or the customer was judged by a
    version of the live set (`at_least`) that the rules do not know yet."""

    def __init__(
        self, *, traits: bool = False, account: bool = False, need: Need | None = None, at_least: int = 0
    ) -> None:
        super().__init__("conditions ask for more than the state")
        self.traits = traits
        self.account = account
        self.need = need
        self.at_least = at_least


ALONE: Final = Beside()
"""The state alone."""
