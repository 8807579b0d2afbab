"""The roll: who is in what, while one customer is judged, and what turned on the way. Pure but for itself."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.review.asking import demand
from chalicelib.review.beside import Beside
from chalicelib.review.causes import Cause
from chalicelib.review.effects import Turn
from chalicelib.segments.conditions import Condition, LiveConditions, Segments
from chalicelib.segments.match import holds, match
from chalicelib.segments.view import View
from chalicelib.times import milliseconds

_MINUTE: Final = 60_000


@dataclass(frozen=True)
class _Turned:
    """A turn, what was held before it, and whether a later answer takes it back rather than turning again."""

    place: int
    turn: Turn
    was: int | None
    loose: bool


class Roll:
    """The conditions that hold of a customer.

    held: by what stands for each, with the minute since which it does. until: by place, when time alone changes the
    answer that was given last; None for never. asked: how many answers were given.
    """

    def __init__(self, before: Mapping[bytes, int], live: LiveConditions, beside: Beside) -> None:
        """before: what held. What is no longer live is left out; nobody is told."""
        self.live = live
        self.held = {key: minute for key, minute in before.items() if key in live.keys or key in live.unread}
        self.until: dict[int, datetime | None] = {}
        self.asked = 0
        self._beside = beside
        self._turned: list[_Turned] = []

    @property
    def turns(self) -> Iterator[Turn]:
        """What turned, in order."""
        return (each.turn for each in self._turned)

    def judge(self, asked: Mapping[int, Cause], view: View, at: datetime, *, loose: bool = False) -> None:
        """Give the conditions at these places their answers at a moment, and those that ask for a segment that turns.
        Wanted, if that takes more than was read."""
        causes = dict(asked)
        waiting = sorted(causes)
        if not waiting:
            return
        seen = replace(view, segments=Segments(self.held), history=self._beside.history)
        self._demand(waiting, seen, at)
        while waiting:
            place = heapq.heappop(waiting)
            if not self._give(place, self._answer(place, seen, at), causes[place], loose):
                continue
            following = [other for other in self.live.asking_for(self.live.conditions[place]) if other > place]
            for other in following:
                if other not in causes:
                    heapq.heappush(waiting, other)
                causes.setdefault(other, causes[place])
            self._demand(following, seen, at)

    def assume(self, places: Collection[int], cause: Cause) -> None:
        """Let these hold, until an answer says otherwise."""
        for place in places:
            self._give(place, True, cause, True)

    def _answer(self, place: int, view: View, at: datetime) -> bool:
        self.asked += 1
        condition = self.live.conditions[place]
        if not condition.mentions.time:
            return holds(condition.rule, view, at)
        said = match(condition.rule, view, at)
        self.until[place] = said.until
        return said.matched

    def _give(self, place: int, answer: bool, cause: Cause, loose: bool) -> bool:
        """Whether the answer is another than the last one."""
        condition = self.live.conditions[place]
        turned = self._taken_back(place, answer)
        was = self.held.get(condition.key)
        if (was is not None) is answer:
            return turned
        if answer:
            self.held[condition.key] = milliseconds(cause.at) // _MINUTE
        else:
            del self.held[condition.key]
        turn = Turn(condition.name, condition.key, answer, cause.name, cause.at)
        self._turned.append(_Turned(place, turn, was, loose))
        return True

    def _taken_back(self, place: int, answer: bool) -> bool:
        """Undo the loose turns to the contrary that came last."""
        taken = False
        for last in [each for each in reversed(self._turned) if each.place == place]:
            if not last.loose or last.turn.entered is answer:
                break
            self._turned.remove(last)
            self._hold(self.live.conditions[place], last.was)
            taken = True
        return taken

    def _hold(self, condition: Condition, minute: int | None) -> None:
        if minute is None:
            self.held.pop(condition.key, None)
        else:
            self.held[condition.key] = minute

    def _demand(self, places: Collection[int], view: View, at: datetime) -> None:
        if places:
            demand([self.live.conditions[place] for place in places], self._beside, view, at)
