"""What customers are judged by, and who judges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.wiring.giving import Giving

if TYPE_CHECKING:
    from chalicelib.customers.vocabulary import Vocabulary
    from chalicelib.customers.words import Words
    from chalicelib.lifecycle.fitted import Fitted
    from chalicelib.lifecycle.frame import Frame
    from chalicelib.lifecycle.parameters import Parameters
    from chalicelib.lifecycle.reports.store import CensusDesk
    from chalicelib.lifecycle.store import CurrentFit, FitStore
    from chalicelib.review.advance import Rules
    from chalicelib.review.changes.store import ChangeStore
    from chalicelib.review.due import Reviewer
    from chalicelib.review.project import Projector
    from chalicelib.review.store import EventLog, ParkedEvents, WatchList
    from chalicelib.review.survey import Survey
    from chalicelib.segments.conditions.store import ConditionStore
    from chalicelib.segments.history import History
    from chalicelib.segments.need import Need


class Judging(Giving):
    """Parameters, projector, reviewer and reports."""

    _said: tuple[Words, str, Vocabulary] | None = None

    @cached_property
    def log(self) -> EventLog:
        """Every event, as those read it who must not stumble over one."""
        from chalicelib.review.store import EventLog

        return EventLog(self.db)

    @cached_property
    def parked_events(self) -> ParkedEvents:
        """Stored events that could not be counted when they came."""
        from chalicelib.review.store import ParkedEvents

        return ParkedEvents(self.db)

    def is_known(self, subject: str) -> bool:
        """Whether anything is kept about a subject: as a customer, as part of one, or at least an event."""
        return self.customers.find(subject).v > 0 or bool(self.log.latest(subject, 1))

    @cached_property
    def watch_list(self) -> WatchList:
        """Which events something listens to."""
        from chalicelib.review.store import WatchList

        return WatchList(self.db, self.now)

    @property
    def parameters(self) -> Parameters:
        """What everybody is judged by: thresholds, the fit in force (the stated prior, until one is adopted), rates."""
        return self.parameters_under(self.fit.get())

    def parameters_under(self, fitted: Fitted) -> Parameters:
        """What everybody would be judged by under a fit."""
        from chalicelib.lifecycle.settings import Lifecycle, parameters_of

        setting, version = self.workspace.get(Lifecycle), self.workspace.version(Lifecycle)
        return parameters_of(setting, fitted, self.prices().exchange, version=version)

    @property
    def vocabulary(self) -> Vocabulary:
        """What the names of events mean, now."""
        from chalicelib.customers.words import Words
        from chalicelib.lifecycle.settings import Lifecycle

        said, preset = self.workspace.get(Words), self.workspace.get(Lifecycle).preset
        if self._said is None or self._said[0] is not said or self._said[1] != preset:
            self._said = said, preset, said.vocabulary(preset)  # made once for each version of the settings
        return self._said[2]

    @cached_property
    def fit(self) -> CurrentFit:
        """The fit in force."""
        from chalicelib.lifecycle.store import CurrentFit

        return CurrentFit(self.fits, self.now)

    @cached_property
    def fits(self) -> FitStore:
        """Every fit, adopted or not."""
        from chalicelib.lifecycle.store import FitStore

        return FitStore(self.db)

    @cached_property
    def changes(self) -> ChangeStore:
        """Changes of stage, and how many there were."""
        from chalicelib.review.changes.store import ChangeStore

        return ChangeStore(self.db, self.events)

    def frames(self) -> Mapping[str, Frame]:
        """Every frame by name: those that come with the code, and the workspace's own."""
        from chalicelib.lifecycle.frame import frames
        from chalicelib.lifecycle.own_frames import Frames

        return frames(self.workspace.get(Frames).by_name())

    @cached_property
    def censuses(self) -> CensusDesk:
        """What reports are answered from. One for a container: it remembers what it has just counted."""
        from chalicelib.lifecycle.reports.store import CensusDesk

        return CensusDesk(self.db, self.customers, lambda: self.parameters, self.frames, self.now)

    def rules(self) -> Rules:
        """What reviews go by at this moment."""
        from chalicelib.review.advance import Rules

        rules = Rules(self.parameters, self.watch_list.names(), self.retention().events, self.vocabulary)
        live = self.conditions.live()
        if not live.v:
            return rules
        return replace(rules, conditions=live, prices=self.prices(), frames=self.frames(), zone=self.zone())

    @cached_property
    def conditions(self) -> ConditionStore:
        """Which conditions are kept true or false of everybody: segments, and what journeys wait for."""
        from chalicelib.segments.conditions.store import ConditionStore

        return ConditionStore(self.db, self.now)

    def history(self, subjects: list[str], need: Need) -> History:
        """The stored events that some rule needs, of all subjects of one customer."""
        from chalicelib.segments.store import HistoryStore

        return HistoryStore(self.db).read(subjects, need)

    @cached_property
    def survey(self) -> Survey:
        """What conditions ask for beside a customer's state."""
        from chalicelib.review.survey import Survey

        return Survey(self.customers, self.history, lambda v: self.conditions.live(at_least=v))

    @cached_property
    def projector(self) -> Projector:
        """Events into facts."""
        from chalicelib.review.project import Projector
        from chalicelib.review.store import ParkedEvents

        parked = ParkedEvents(self.db)
        return Projector(
            self.customers,
            self.log,
            parked,
            self.rules,
            tally=self.tally,
            passing=self.follow_products,
            survey=self.survey,
        )

    @cached_property
    def reviewer(self) -> Reviewer:
        """Customers at their moment."""
        from chalicelib.review.due import Reviewer
        from chalicelib.review.store import DueIndex

        index = DueIndex(self.db)
        return Reviewer(self.customers, self.log, index, self.queues, self.rules, self.now, self.survey)
