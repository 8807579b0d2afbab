"""What lifting a suppression does: everything is asked first, then nothing can say no any more.

SES's list first: whoever dies here has freed nobody, and is asked again. The events last: they are what frees people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chalicelib import times, wiring
from chalicelib.api.suppressions import Lift, Lifted
from chalicelib.aws.account import Suppressed as Listed
from chalicelib.customers import addresses, suppression
from chalicelib.customers.lifting import ADDRESS, agreed_since, lifted
from chalicelib.customers.state import State
from chalicelib.customers.suppression import Kept
from chalicelib.errors import Refused
from chalicelib.jobs.job import Job

KIND: Final = "lift_suppression"  # the job's kind


def lift(asked: Lift, key: str) -> Lifted:
    """Lift it for whoever has the address. Refused: 400, 404 or 409 with what to do instead."""
    perennial = wiring.perennial()
    known = addresses.form(ADDRESS[asked.channel], asked.address)
    if known is None:
        message = "That is no mail address." if asked.channel == "email" else "A number has its country code: +40721..."
        raise Refused(400, "invalid_address", message)
    now, marks = perennial.now(), suppression.marks(perennial.secrets_named("pii"), asked.channel, asked.address)
    written = tuple(dict.fromkeys((asked.address, known[1]))) if asked.channel == "email" else ()
    listings = [found for each in written if (found := perennial.mail_account.listing(each))]
    people = [perennial.customers.load(customer) for customer in perennial.customers.known_by(known)]
    agreed = _may(asked, people, perennial.customers.kept(marks), listings)
    for each in written:
        perennial.mail_account.lift(each)
    job = None
    if asked.channel == "email":
        request = {"marks": list(marks), "at": times.text(now)}
        job = perennial.jobs.start(Job.new(KIND, request, key, now, *marks)).id
    said = {"asked_by": asked.asked_by, "why": asked.why, "key": key}
    events = [
        lifted(one.customer, asked.channel, known[1], now, at, said) for one, at in zip(people, agreed, strict=True)
    ]
    if events:
        perennial.events.store(events)
    return Lifted(customers=[one.customer for one in people], job=job)


def _may(asked: Lift, people: Sequence[State], kept: list[Kept], listings: list[Listed]) -> list[datetime | None]:
    """Of each person when she has agreed anew, where somebody complained. Refused, if it may not be lifted."""
    if any(each.erased and each.erased.undeliverable for each in kept):
        raise Refused(
            409,
            "suppressed_by_erasure",
            "Somebody with this address was erased, and it had bounced or complained: that stays. The person may give"
            " another address.",
        )
    held = [one.facts.suppressed.get(asked.channel) for one in people]
    of_list = [each.listing for each in kept if each.listing]
    if not (listings or of_list or any(one and one.holds(asked.address) for one in held)):
        raise Refused(404, "not_suppressed", "Nothing that may be lifted keeps messages from this address.")
    complained = [each.at for each in listings if each.reason == "COMPLAINT"]
    complained += [each.at for each in of_list if each.undeliverable == "complaint"]
    own = [[one.at] if one and one.reason == "complaint" else [] for one in held]
    return _agreed(asked.channel, people, [max([*complained, *at], default=None) for at in own], bool(complained))


def _agreed(
    channel: str, people: Sequence[State], complained: Sequence[datetime | None], listed: bool
) -> list[datetime | None]:
    each = list(zip(people, complained, strict=True))
    agreed = [agreed_since(one.facts, channel, at) if at else None for one, at in each]
    missing = [one.customer for (one, at), anew in zip(each, agreed, strict=True) if at and not anew]
    if missing or (listed and not people):
        raise Refused(
            409,
            "consent_needed",
            "Somebody with this address complained. That is lifted after the person has agreed anew, and it is proven:"
            " in the preference centre, or by POST /v1/customers/{customer}/consents with a proof. details says of"
            " whom it is missing.",
            {"customers": missing},
        )
    return agreed
