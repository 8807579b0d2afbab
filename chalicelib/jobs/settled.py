"""How long a job waits until every worker knows of a change, and nothing is done any more by what was before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chalicelib.customers.standing import FRESH
from chalicelib.jobs.kind import Tools

SETTLED: Final = FRESH + timedelta(seconds=30)
"""After a change: until every worker has read it, and what was begun before is done."""
A_MOMENT: Final = 1.0  # seconds


def workers_know(changed_at: datetime, tools: Tools) -> bool:
    """Whether every worker knows of a change by now. If not, a moment is let pass, and the next slice asks again: a
    function that slept for all of it would hold up whatever waits behind it where functions are called one by one."""
    early = (changed_at + SETTLED - tools.now()).total_seconds()
    if early <= 0:
        return True
    tools.around.pause(min(early, A_MOMENT))
    return False
