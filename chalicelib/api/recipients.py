"""Leaving, and confirming, by the links of messages: no login, no script, nothing from elsewhere.

A GET only ever shows a page, because mail scanners follow every link. A POST acts: from the page's button, or from a
mail program's own (RFC 8058), at once and without a redirect, however often it comes. Whatever is wrong with a token,
the answer is one and the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from chalice.app import Response

import chalicelib.api.recipient_choices
import chalicelib.api.recipient_letters  # noqa: F401 their endpoints are added to these
from chalicelib import ids, times, wiring
from chalicelib.api.http import Request
from chalicelib.api.recipient_visit import CHANNEL, HTML, Visitor, fields, routes, unknown, visitor
from chalicelib.customers.consent import UNSUBSCRIBED
from chalicelib.messages.confirming import confirmable, confirmed
from chalicelib.messages.links import CONFIRM, PREFERENCES, UNSUBSCRIBE, WHY, Link
from chalicelib.messages.pages import screens
from chalicelib.tracking.event import Event, statement

if TYPE_CHECKING:
    from chalicelib.journeys.send import Send

__all__ = ["routes"]

REASON_GIVEN: Final = "Unsubscribe Reason Given"


@routes.endpoint("GET", "/u/{token}", content_type=HTML)
def show_unsubscribe(request: Request) -> Response:
    """The page that an unsubscribe link opens: it asks for one click and changes nothing by itself."""
    reader = visitor(request, UNSUBSCRIBE)
    if reader is None:
        return unknown(request)
    return reader.see(screens.unsubscribe(reader.told, reader.topic(), reader.way(PREFERENCES)))


@routes.endpoint("POST", "/u/{token}", content_type=HTML)
def unsubscribe(request: Request) -> Response:
    """Unsubscribe from what the mail was about: the page's buttons, and one-click by RFC 8058.

    A mail about a topic ends that topic, and all marketing mail with the body `from=all` (the page's other button); any
    other mail ends all marketing mail. It takes effect as an event of the customer; a second POST changes nothing.
    """
    reader = visitor(request, UNSUBSCRIBE)
    if reader is None:
        return unknown(request)
    everything = fields(request.body).get("from") == ["all"]
    topic = None if everything else reader.link.topic
    if reader.state.v:  # else erased since: nothing more is kept, and nothing is sent
        perennial = wiring.perennial()
        perennial.events.store([_unsubscribed(reader.link, topic, perennial.now())])
    named = reader.topic() if topic is not None else None
    return reader.see(screens.unsubscribed(reader.told, named, reader.way(PREFERENCES), reader.way(WHY)))


@routes.endpoint("GET", "/w/{token}", content_type=HTML)
def show_why(request: Request) -> Response:
    """The question that is asked of who has left, on a page of its own. It changes nothing by itself."""
    reader = visitor(request, WHY)
    return unknown(request) if reader is None else reader.see(screens.why(reader.told))


@routes.endpoint("POST", "/w/{token}", content_type=HTML)
def answer_why(request: Request) -> Response:
    """Say why one has left, in the field why: one of too_many, not_relevant, never_asked, privacy, other.

    It becomes the event `Unsubscribe Reason Given`, once for each message that was left by. Without an answer nothing
    is kept or said to be, and the question is shown again: nobody needs to give one.
    """
    reader = visitor(request, WHY)
    if reader is None:
        return unknown(request)
    reason = fields(request.body).get("why", [""])[0]
    if reason not in screens.REASONS:
        return reader.see(screens.why(reader.told))
    if reader.state.v:
        perennial = wiring.perennial()
        perennial.events.store([_reason(reader.link, reason, perennial.now())])
    return reader.see(screens.thanks(reader.told))


@routes.endpoint("GET", "/c/{token}", content_type=HTML)
def show_confirmation(request: Request) -> Response:
    """The page that the link of a confirmation mail opens: it asks for one click and changes nothing by itself."""
    reader = visitor(request, CONFIRM)
    row = _asked(reader)
    if reader is None or row is None:
        return unknown(request)
    return reader.see(screens.confirm(reader.told, reader.title(str(row.confirms))))


@routes.endpoint("POST", "/c/{token}", content_type=HTML)
def confirm(request: Request) -> Response:
    """Confirm a subscription (double opt-in).

    It becomes the event `Subscribed` with the proof that the law asks for: the time, the version of the wording, the
    statement that was confirmed and the message that asked; no network address. A second POST changes nothing, and
    neither does one after the subscription was withdrawn.
    """
    reader = visitor(request, CONFIRM)
    row = _asked(reader)
    if reader is None or row is None or row.confirms is None:
        return unknown(request)
    match reader.state.facts.consent_status(row.confirms, row.reached):
        case "granted":
            return reader.see(screens.confirmed(reader.told, before=True))
        case "pending":
            perennial = wiring.perennial()
            proof = {"token": ids.digest(request.path["token"])}
            perennial.events.store([confirmed(row, proof, perennial.consent(), perennial.now())])
            return reader.see(screens.confirmed(reader.told, before=False))
        case _:
            return unknown(request)


def _asked(reader: Visitor | None) -> Send | None:
    """The row of the mail that asked; None if it asked nothing, too long ago, or if the person was erased since."""
    perennial = wiring.perennial()
    row = perennial.sends.get(reader.link.customer, reader.link.send) if reader else None
    return row if confirmable(row, perennial.now()) else None


def _unsubscribed(link: Link, topic: str | None, now: datetime) -> Event:
    """What the customer just said. Impatient clicks within a minute are one event; who has subscribed again since and
    now clicks an old link means it anew, so the token alone would not do as the id."""
    id = ids.digest(UNSUBSCRIBED, link.customer, link.send, times.text(now)[:16], *([topic] if topic else []))
    properties = {"channel": CHANNEL, **({"topic": topic} if topic else {}), "send_id": link.send}
    return statement(UNSUBSCRIBED, f"unsubscribe-{id}", link.customer, properties, at=now)


def _reason(link: Link, reason: str, now: datetime) -> Event:
    """Why the customer has left: once for each message."""
    about = {"channel": CHANNEL, **({"topic": link.topic} if link.topic else {}), "send_id": link.send}
    id = f"why-{ids.digest(REASON_GIVEN, link.customer, link.send)}"
    return statement(REASON_GIVEN, id, link.customer, {"reason": reason, **about}, at=now)
