"""The preference centre: what somebody gets, by which way, how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from chalice.app import Response

from chalicelib import ids, times, wiring
from chalicelib.api.http import Request
from chalicelib.api.recipient_visit import CHANNEL, HTML, Visitor, fields, routes, unknown, visiting, visitor
from chalicelib.customers.consent import SUBSCRIBED, UNSUBSCRIBED
from chalicelib.customers.frequency import TRAIT, Frequency, wished
from chalicelib.messages.links import PREFERENCES, WHY, Link, is_short
from chalicelib.messages.pages import screens
from chalicelib.messages.pages.choices import Stated, chosen, nothing, offered, statements
from chalicelib.tracking.event import OURS, Event, identify, statement

SOURCE: Final = "preferences"
"""Of a statement that counts only once it is confirmed; the others are ours."""


@routes.endpoint("GET", "/p/{token}", content_type=HTML)
def show_preferences(request: Request) -> Response:
    """The preference centre: topics, channels, how often. It changes nothing by itself."""
    reader = visitor(request, PREFERENCES)
    return unknown(request) if reader is None else show(reader)


@routes.endpoint("POST", "/p/{token}", content_type=HTML)
def choose_preferences(request: Request) -> Response:
    """Save what somebody has chosen in the preference centre.

    The form sends `save=yes` with `on` for each ticked box (`email`, `email/newsletter`), `shown` for each that was
    ticked when the page was shown, and `often` (any, weekly, monthly); `save=none` ends every channel. Each change is a
    statement of the customer, `Subscribed` with its proof or `Unsubscribed`; how often is the trait
    `message_frequency`. Anything that is not the page's form changes nothing.
    """
    reader = visitor(request, PREFERENCES)
    return unknown(request) if reader is None else choose(reader)


@routes.endpoint("GET", "/s/{short}", content_type=HTML)
def show_short(request: Request) -> Response:
    """The preference centre, by the short link of a text message. It changes nothing by itself."""
    reader = _by_short(request)
    return unknown(request) if reader is None else show(reader)


@routes.endpoint("POST", "/s/{short}", content_type=HTML)
def choose_short(request: Request) -> Response:
    """Save what somebody has chosen in the preference centre, by the short link of a text message."""
    reader = _by_short(request)
    return unknown(request) if reader is None else choose(reader)


def _by_short(request: Request) -> Visitor | None:
    """Who opened a short link; None if it is none."""
    short = request.path["short"]
    if not is_short(short):
        return None
    row = wiring.perennial().short_links.row(short)
    return visiting(request, Link(row.customer, row.id, row.topic)) if row else None


def show(reader: Visitor) -> Response:
    """The page; for who was erased since, there is none. By a test send its author sees one that nobody is behind."""
    from chalicelib.messages.trial import SUBJECT  # with all that renders: hardly anybody needs it

    if not reader.state.v and not reader.link.customer.startswith(SUBJECT):
        return unknown(reader.request)
    groups = offered(reader.state.facts, wiring.perennial().consent(), reader.traits, reader.language)
    return reader.see(screens.preferences(reader.told, groups, wished(reader.traits)))


def choose(reader: Visitor) -> Response:
    """Keep what the form says, and show it as it will be."""
    sent = fields(reader.request.body)
    save = sent.get("save", [""])[0]
    if save not in ("yes", "none") or not reader.state.v:
        return show(reader)
    perennial = wiring.perennial()
    groups = offered(reader.state.facts, perennial.consent(), reader.traits, reader.language)
    said = _said(reader, sent) if save == "yes" else nothing(reader.state.facts)
    wish = _wish(reader, sent) if save == "yes" else wished(reader.traits)
    now = perennial.now()
    events = [*(_statement(reader, one, now) for one in said), *_frequency(reader, sent, wish, now)]
    if events:
        perennial.events.store(events)
    left = any(not one.granted for one in said)
    after = screens.preferences(
        reader.told, chosen(groups, said), wish, saved=True, why=reader.way(WHY) if left else None
    )
    return reader.see(after)


def _said(reader: Visitor, sent: Mapping[str, Sequence[str]]) -> tuple[Stated, ...]:
    """What the boxes state. What must be confirmed where the consent is used waits for it: the link proves that
    somebody reads by the way it came, and nothing of the others."""
    perennial = wiring.perennial()
    settings = perennial.consent()
    groups = offered(reader.state.facts, settings, reader.traits, reader.language)
    said = statements(groups, sent.get("on", ()), sent.get("shown", ()))
    row = perennial.sends.get(reader.link.customer, reader.link.send) if any(one.granted for one in said) else None
    came, reached = (row.channel, row.reached) if row else (CHANNEL, None)

    def proven(one: Stated) -> Stated:
        if not one.granted or not settings.must_confirm(one.key):
            return one
        return replace(one, of=reached) if one.key.partition("/")[0] == came else replace(one, pending=True)

    return tuple(map(proven, said))


def _statement(reader: Visitor, said: Stated, now: datetime) -> Event:
    """One word of the customer's. Two clicks within a second are one; the same word later is said anew."""
    link = reader.link
    channel, _, topic = said.key.partition("/")
    name = SUBSCRIBED if said.granted else UNSUBSCRIBED
    properties: dict[str, Any] = {
        "channel": channel,
        **({"topic": topic} if topic else {}),
        "source": "preference_centre",
        "send_id": link.send,
    }
    if said.granted:
        wording = wiring.perennial().consent().wording_of(said.key)
        properties |= {"wording": wording} if wording else {}
        if not said.pending:
            of = {"of": said.of} if said.of else {}
            token = ids.digest(reader.token)
            properties["proof"] = {"token": token, "given_at": times.text(now), "send_id": link.send, **of}
    id = f"preferences-{ids.digest(name, link.customer, said.key, times.text(now)[:19])}"
    source = SOURCE if said.pending else OURS
    return statement(name, id, link.customer, properties, at=now, source=source)


def _wish(reader: Visitor, sent: Mapping[str, Sequence[str]]) -> Frequency | None:
    """How often, as the form says it; what it does not say stays."""
    often = sent.get("often", [""])[0]
    if often == screens.ANY:
        return None
    return next((one for one in Frequency if one == often), wished(reader.traits))


def _frequency(
    reader: Visitor, sent: Mapping[str, Sequence[str]], wish: Frequency | None, now: datetime
) -> Iterator[Event]:
    """The wish as a trait, if it is another than the page showed or than stands."""
    shown = sent.get("shown-often", [""])[0]
    value = wish.value if wish else screens.ANY
    if wish == wished(reader.traits) and value == (shown or value):
        return
    customer = reader.link.customer
    id = f"frequency-{ids.digest(customer, value, times.text(now)[:19])}"
    yield identify(id, customer, {TRAIT: wish.value if wish else None}, at=now)
