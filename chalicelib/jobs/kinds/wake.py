"""wake: marketing was resumed, and the messages that waited for it are due now, not when they would look again.

It goes through the due index of the ledger, shard by shard, and moves the date of what waits as `paused`. The next tick
hands them to the senders, which keep their pace; whatever is paused otherwise waits on. Who was woken is due, so a
slice that is done again finds nothing more to do.
"""

from __future__ import annotations

from collections import Counter

from pydantic import BaseModel, ConfigDict

from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.journeys.send import Send, Status
from chalicelib.messages import ledger
from chalicelib.messages.brake import ALL, LATEST, PAUSED
from chalicelib.messages.store import SendStore
from chalicelib.review.due import OF_MANY, SHARDS

EVERY = (*SHARDS, *OF_MANY)
PAGE = 100


class Request(BaseModel):
    """On which channel; `all` for every one."""

    model_config = ConfigDict(extra="ignore")

    channel: str = ALL


class _Wake:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        cursor = dict(job.cursor or {})
        shard, behind = int(cursor.get("shard", 0)), cursor.get("behind")
        sends, counts = SendStore(tools.db), Counter[str]()
        while shard < len(EVERY):
            page = sends.due(EVERY[shard], tools.now() + LATEST, limit=PAGE, start=behind)
            for key in page.items:
                row = sends.get(key["pk"], key["sk"])
                if row is not None and request.channel in (ALL, row.channel):
                    counts[_woken(row, sends, tools)] += 1
            behind = page.next
            shard += behind is None
            if tools.time_is_up():
                break
        following = {"shard": shard, "behind": behind} if shard < len(EVERY) else None
        return Slice(following, dict(counts), {"channel": request.channel, "shards": len(EVERY), "done": shard})


def _woken(row: Send, sends: SendStore, tools: Tools) -> str:
    """What became of one row. Whoever is faster (a sender that looks at it) is right."""
    now = tools.now()
    if row.status is not Status.PLANNED or row.reason != PAUSED or row.due_at is None or row.due_at <= now:
        return "others"
    return "woken" if sends.save(row, ledger.postpone(row, PAUSED, now)) else "others"


plugin: Kind[Request] = _Wake()
