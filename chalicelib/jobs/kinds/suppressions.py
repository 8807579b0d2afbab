"""suppressions: what stands on SES's suppression list of the account holds here, too.

Of each address: everybody who has it gets an event that says so (the channel is suppressed from then on, and shows
why), and its keyed hash is remembered, so that whoever comes with it later is not written to either
(customers/suppression.py).
Both may be done twice. A page of SES's list is a slice's piece of work.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chalicelib.aws.account import Suppressed as Listed
from chalicelib.customers import addresses, suppression
from chalicelib.customers.store import CustomerStore
from chalicelib.customers.suppression import Suppressed
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.messages.suppressing import suppressed
from chalicelib.tracking.event import Event
from chalicelib.tracking.store import EventStore

PII = "pii"


class Request(BaseModel):
    """Since when addresses came onto the list; None for all of it."""

    model_config = ConfigDict(extra="ignore")

    since: AwareDatetime | None = None


class _Suppressions:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        counts = {"addresses": 0, "customers": 0}
        token: str | None = (job.cursor or {}).get("token")
        account = tools.around.mail_account()
        while True:
            page, token = account.suppressed(request.since, token)
            for one in page:
                counts["addresses"] += 1
                counts["customers"] += _keep(one, tools)
            if token is None:
                return Slice(None, counts, _report(request.since))
            if tools.time_is_up():
                return Slice({"token": token}, counts, _report(request.since))


def _keep(one: Listed, tools: Tools) -> int:
    """How many customers have it."""
    secrets = tools.secrets.named(PII)
    why: suppression.Undeliverable = "complaint" if one.reason == "COMPLAINT" else "bounce"
    customers = CustomerStore(tools.db, lambda: secrets)
    customers.suppress_listed(suppression.mark(secrets[0], "email", one.address), Suppressed(one.at, why))
    known = addresses.form("email", one.address)
    who = customers.known_by(known) if known else []
    events = [_said(customer, one, why, tools.now()) for customer in who]
    if events:
        EventStore(tools.db).store(events)
    return len(events)


def _said(customer: str, one: Listed, why: str, now: datetime) -> Event:
    return suppressed(customer, one.address, why, one.at, f"{one.reason}#{one.at.isoformat()}", now)


def _report(since: datetime | None) -> dict[str, Any]:
    return {"since": since.isoformat() if since else None}


plugin: Kind[Request] = _Suppressions()
