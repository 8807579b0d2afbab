"""do_not_call: numbers are put on the list of those whom nobody is to call, or taken off it. They come as keyed hashes,
so the job says nothing of anybody. Doing it again changes nothing, so a slice may be done twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from chalicelib.customers.do_not_call import Uncalled
from chalicelib.customers.do_not_call.store import DoNotCall
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools

MOST: Final = 1_000


class Change(BaseModel):
    """Hash keys to add and to remove; whose list it is."""

    add: list[str] = Field(max_length=MOST)
    remove: list[str] = Field(max_length=2 * MOST)
    source: str
    at: datetime


class _DoNotCall:
    request = Change

    def work(self, request: Change, job: Job, tools: Tools) -> Slice:
        listed, uncalled = DoNotCall(tools.db), Uncalled(request.at, request.source)
        every = [*((mark, True) for mark in request.add), *((mark, False) for mark in request.remove)]
        place = first = int((job.cursor or {}).get("place", 0))
        while place < len(every):
            mark, on = every[place]
            if on:
                listed.add(mark, uncalled)
            else:
                listed.remove(mark)
            place += 1
            if tools.time_is_up():
                break
        added = sum(on for _, on in every[first:place])
        counts = {"added": added, "removed": place - first - added}
        return Slice(None if place >= len(every) else {"place": place}, counts)


plugin: Kind[Change] = _DoNotCall()
