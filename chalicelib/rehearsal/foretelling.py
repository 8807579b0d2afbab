"""What one customer adds to a forecast: three short lives under the same plan (forecast.py says why). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.forecast import DAYS, WEEKS, Part, parts
from chalicelib.rehearsal.known import Known
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.rehearse import Life, lived
from chalicelib.rehearsal.standin import StandIn


@dataclass(frozen=True)
class Periods:
    """The plan over the three periods, made once for everybody. before: what only makes the customers."""

    now: datetime
    before: Plan
    past: Plan
    ahead: Plan

    @classmethod
    def of(cls, plan: Plan, now: datetime) -> Self:
        """The periods of a forecast that is made at `now`."""
        begin, span = now - WEEKS, timedelta(days=DAYS)
        return cls(now, plan.during(begin, begin), plan.during(begin, begin + span), plan.during(now, now + span))


@dataclass(frozen=True)
class Lives:
    """One customer's. ahead: from now on, if nothing is done. past: from five weeks ago on, as it was. foretold: from
    five weeks ago on, if nothing had been done."""

    now: datetime
    ahead: Diary
    past: Diary
    foretold: Diary

    @classmethod
    def of(cls, known: Known, double: StandIn, periods: Periods) -> Self:
        """The three. double: the customer as it stands now."""
        life = lived(known, periods.before)
        foretold = life.fork().on(periods.past)
        past = life.on(periods.past)
        alone = replace(known, events=(), customer=double.customer)
        ahead = Life.of(alone, periods.ahead, double).on(periods.ahead)
        return cls(periods.now, ahead, past, foretold)

    def add(self, journey: str) -> dict[str, Part]:
        """What the customer adds to each figure of a journey."""
        return parts(journey, self.ahead, self.past, self.foretold, self.now)
