"""What happened to somebody's double, one line after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

What = Literal["refused", "entered", "passed", "sent", "held", "skipped", "left", "done", "goal"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened at `at` in a journey.

    refused   the trigger was heard, and `why` it let nobody in
    entered   `why`: the kind of what started it
    passed    a step was taken; `why` is what the timeline would say
    sent      a message left
    held      a message waits until `until`, because of `why`
    skipped   a message will not be sent, because of `why`
    left      the journey was left before its end, because of `why`
    done      the journey came to its end
    goal      its goal was reached, which is worth `value` in `currency`, if the event says so

    origin: of the enrolment, whoever the customer becomes. cause: of the entry: `time`, or `event` for something done.
    outcome: of a step, as it is counted.
    """

    at: datetime
    what: What
    journey: str
    origin: str = ""
    step: str = ""
    why: str = ""
    channel: str = ""
    template: str = ""
    cause: str = ""
    outcome: str = ""
    until: datetime | None = None
    value: float | None = None
    currency: str = ""


Diary = list[Line]
