"""A customer's double: what the tables would hold of it, in one object that things happen to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.customers.prices import NO_PRICES
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import State
from chalicelib.customers.trust import NO_LINKS, Links
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.send import Send
from chalicelib.messages.permission import Sent
from chalicelib.review.advance import Rules
from chalicelib.review.beside import Beside
from chalicelib.segments.conditions import Segments
from chalicelib.segments.history import History
from chalicelib.segments.need import needed
from chalicelib.segments.rule import Rule
from chalicelib.segments.view import View, view_of
from chalicelib.tracking.event import Event


@dataclass
class StandIn:
    """One double. Everything in it is a value of the live code; only which ones it holds changes.

    counted:    the events that were counted, in the order of their coming.
    links:      how the subjects that are not the customer's own came to belong to it.
    enrolments: by key. entries: the last entry into each journey.
    sends:      rows that still wait for something, by id. window: what caps count, as the permit has it.
    """

    state: State
    profile: Profile
    account: Mapping[str, Any] = field(default_factory=dict)
    counted: list[Event] = field(default_factory=list)
    links: Links = field(default_factory=lambda: NO_LINKS)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    entries: dict[str, datetime] = field(default_factory=dict)
    sends: dict[str, Send] = field(default_factory=dict)
    window: Mapping[str, Sent] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State, account: Mapping[str, Any] | None = None) -> StandIn:
        """A double of somebody of whom nothing else is known yet."""
        return cls(state, Profile(state.customer), account or {})

    def copy(self) -> StandIn:
        """Another of the same, which goes its own way."""
        return replace(
            self,
            counted=list(self.counted),
            enrolments=dict(self.enrolments),
            entries=dict(self.entries),
            sends=dict(self.sends),
        )

    @property
    def customer(self) -> str:
        """Whose double it is."""
        return self.state.customer

    @property
    def beside(self) -> Beside:
        """What conditions may ask for beside the state; history, which few ask for, comes when they do."""
        return Beside(profile=self.profile, account=self.account)

    def history(self) -> History:
        """Everything that has happened so far."""
        return History.of(self.counted)

    def view(self, trigger: Mapping[str, Any], rules: Rules, asked: Iterable[Rule], now: datetime) -> View:
        """What journeys may know of it now. asked: the rules that will be; history is there only where they need it."""
        view = view_of(
            self.state,
            self.profile,
            trigger,
            rules.prices or NO_PRICES,
            self.account,
            workspace_zone=rules.zone,
            segments=Segments(self.state.memberships),
            parameters=rules.parameters,
            frames=rules.frames,
        )
        return view if needed(asked, view, now) is None else replace(view, history=self.history())

    def dates(self) -> Iterator[datetime]:
        """The moments at which something falls due by time alone."""
        if self.state.due_at is not None:
            yield self.state.due_at
        for enrolment in self.enrolments.values():
            if enrolment.due_at is not None:
                yield enrolment.due_at
        for send in self.sends.values():
            if send.due_at is not None:
                yield send.due_at
