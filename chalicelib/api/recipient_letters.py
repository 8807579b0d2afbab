"""A mail in the browser, for whoever cannot read it where it came."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chalice.app import Response

from chalicelib import times, wiring
from chalicelib.api.http import Request, page
from chalicelib.api.recipient_visit import HTML, look, routes, unknown, visitor
from chalicelib.customers import zones
from chalicelib.messages.links import VIEW

VIEWABLE: Final = timedelta(days=60)
"""How long a mail can be opened in the browser: mails are forwarded, and what changes is shown as it is today."""


@routes.endpoint("GET", "/v/{token}", content_type=HTML)
def view_message(request: Request) -> Response:
    """A mail in the browser: rendered again from what the ledger says of it, and nothing changes.

    It is there for 60 days, if the ledger keeps the message for so long. Images are shown from the shop's own hosts
    only (setting `brand`: `url`, `image_hosts`), and nothing in it runs.
    """
    from chalicelib.messages.again import left_at  # Liquid and all that comes with it: only who asks for it needs it
    from chalicelib.messages.locale.moments import day
    from chalicelib.messages.pages.letter import letter, policy

    reader = visitor(request, VIEW)
    perennial = wiring.perennial()
    row = perennial.sends.get(reader.link.customer, reader.link.send) if reader else None
    fresh = row is not None and perennial.now() < row.planned_at + VIEWABLE
    said = perennial.again.said(row) if row and fresh else None
    if reader is None or row is None or said is None:
        return unknown(request)
    zone = zones.local(reader.traits, perennial.zone()).zone
    at = day(times.text(left_at(row)), reader.language, getattr(zone, "key", "UTC"))
    whose = look()
    answer = page(letter(said, at, whose, reader.language, reader.told), policy=policy(whose))
    answer.headers |= {"Content-Language": reader.language, "Vary": "Accept-Language"}
    return answer
