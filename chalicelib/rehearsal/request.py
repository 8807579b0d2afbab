"""What may be asked of a rehearsal: the bodies of its endpoints, and what its jobs keep."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool

from chalicelib.errors import Refused

LONGEST: Final = timedelta(days=400)
AHEAD: Final = timedelta(days=30)
FARTHEST: Final = timedelta(days=366)
MOST_SUPPOSED: Final = 20

Version = Annotated[int, Field(ge=1, le=999_999)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)


class AskedBacktest(_Body):
    """A journey on the stored past."""

    version: Version | None = Field(None, description="Of the journey; the newest, published or not, if not given.")
    since: AwareDatetime | None = Field(
        None, alias="from", description="From when on it would have been in force; 90 days ago."
    )
    until: AwareDatetime | None = Field(None, description="Until when; now.")
    sample: int | None = Field(
        1_000, ge=1, le=100_000, description="How many customers, drawn at random; null for everybody."
    )
    alone: StrictBool = Field(False, description="Without the journeys that are live, which share caps with it.")
    exactly: StrictBool = Field(
        False,
        description="Every event comes when it was received. Else what was received over a day after it happened "
        "comes when it happened, so that a history that was loaded can be rehearsed.",
    )

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """(from, until). Refused for one that is none, lies ahead, or is too long."""
        until = self.until or now
        since = self.since or until - timedelta(days=90)
        if not since < until <= now:
            raise Refused(400, "invalid_period", "from must lie before until, and until not after now.")
        if until - since > LONGEST:
            raise Refused(400, "invalid_period", f"At most {LONGEST.days} days: rehearse a shorter period.")
        return since, until


class AskedForecast(_Body):
    """The next 30 days of a journey."""

    version: Version | None = Field(None, description="Of the journey; the newest, published or not, if not given.")
    sample: int | None = Field(
        1_000, ge=10, le=100_000, description="How many customers, drawn at random; null for everybody."
    )
    alone: StrictBool = Field(False, description="Without the journeys that are live, which share caps with it.")


class Supposed(_Body):
    """An event that might come."""

    event: str = Field(min_length=1, max_length=200, description="Its name.")
    at: AwareDatetime = Field(description="When it would come: from now on.")
    properties: dict[str, Any] = Field({}, max_length=200)


class AskedPreview(_Body):
    """One customer in a journey, step by step."""

    customer: str = Field(min_length=1, max_length=1_000, description="`u#42`, `a#b1c2` or `42`.")
    version: Version | None = Field(None, description="Of the journey; the newest, published or not, if not given.")
    since: AwareDatetime | None = Field(
        None, alias="from", description="From when on it is in force: then the stored past is lived through. Now."
    )
    until: AwareDatetime | None = Field(None, description="30 days from now, if not given.")
    enter: StrictBool = Field(False, description="Let the customer in now, whatever the trigger waits for.")
    event: dict[str, Any] = Field({}, max_length=200, description="With `enter`: what the trigger's event would say.")
    suppose: list[Supposed] = Field([], max_length=MOST_SUPPOSED, description="Events that might come from now on.")
    alone: StrictBool = Field(False, description="Without the journeys that are live, which share caps with it.")

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """(from, until). Refused for one that is none, or too long."""
        since, until = self.since or now, self.until or now + AHEAD
        if not since <= now < until:
            raise Refused(400, "invalid_period", "from must not lie after now, nor until before it.")
        if now - since > LONGEST or until - now > FARTHEST:
            raise Refused(400, "invalid_period", f"At most {LONGEST.days} days of the past, and {FARTHEST.days} ahead.")
        if self.enter and self.since is not None:
            raise Refused(400, "invalid_period", "enter lets the customer in now: leave from out.")
        if any(each.at < now for each in self.suppose):
            raise Refused(400, "invalid_period", "What is supposed must lie ahead: what is past is stored.")
        return since, until
