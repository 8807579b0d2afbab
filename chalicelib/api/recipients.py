"""Pages for whoever received a message: no login, no script, nothing from elsewhere.

A GET only ever shows a page, because mail scanners follow every link. A POST acts: from the page's button, or from a
mail program's own (RFC 8058), at once and without a redirect, however often it comes. Whatever is wrong with a token,
the answer is one and the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from chalice.app import Response

from chalicelib import ids, times, wiring
from chalicelib.api.http import Request, Routes, page
from chalicelib.customers.consent import SUBSCRIBED, UNSUBSCRIBED, key_of
from chalicelib.messages.links import CONFIRM, UNSUBSCRIBE, BadToken, Link, read
from chalicelib.tracking.event import Event, statement

if TYPE_CHECKING:
    from chalicelib.journeys.send import Send

routes = Routes("recipients")

CONFIRMABLE: Final = timedelta(days=30)
"""How long the link of a mail that asks for a confirmation is good."""

_CHANNEL: Final = "email"
_HTML: Final = "text/html; charset=utf-8"
_SOON: Final = "It may take a few minutes until every message has heard of it."
_LONGEST_FORM: Final = 1_000  # bytes: what our own buttons send is shorter


@routes.endpoint("GET", "/u/{token}", content_type=_HTML)
def show_unsubscribe(request: Request) -> Response:
    """The page that an unsubscribe link opens: it asks for one click and changes nothing by itself."""
    link = _link(request, UNSUBSCRIBE)
    if link is None:
        return _unknown()
    if link.topic is None:
        return _page("Unsubscribe?", "You will get no more marketing mail from us.", _button("Unsubscribe"))
    title = _title(key_of(_CHANNEL, link.topic))
    choice = _button(f"No more of {title}", "topic") + _button("No more marketing mail at all", "all")
    return _page("Unsubscribe?", f"This mail was about: {title}.", choice)


@routes.endpoint("POST", "/u/{token}", content_type=_HTML)
def unsubscribe(request: Request) -> Response:
    """Unsubscribe from what the mail was about: the page's buttons, and one-click by RFC 8058.

    A mail about a topic ends that topic, and all marketing mail with the body `from=all` (the page's other button); any
    other mail ends all marketing mail. It takes effect as an event of the customer; a second POST changes nothing.
    """
    link = _link(request, UNSUBSCRIBE)
    if link is None:
        return _unknown()
    topic = None if _wants_all(request.body) else link.topic
    perennial = wiring.perennial()
    if perennial.customers.find(link.customer).v:  # else erased since: nothing more is kept, and nothing is sent
        perennial.events.store([_unsubscribed(link, topic, perennial.now())])
    if topic is None:
        return _page("You are unsubscribed", _SOON)
    return _page("You are unsubscribed", f"You will get no more of {_title(key_of(_CHANNEL, topic))}. {_SOON}")


@routes.endpoint("GET", "/c/{token}", content_type=_HTML)
def show_confirmation(request: Request) -> Response:
    """The page that the link of a confirmation mail opens: it asks for one click and changes nothing by itself."""
    row = _asked(request)
    if row is None:
        return _unknown()
    return _page("Confirm your subscription", f"You asked for: {_title(str(row.confirms))}.", _button("Confirm"))


@routes.endpoint("POST", "/c/{token}", content_type=_HTML)
def confirm(request: Request) -> Response:
    """Confirm a subscription (double opt-in).

    It becomes the event `Subscribed` with the proof that the law asks for: the time, the version of the wording, the
    statement that was confirmed and the message that asked; no network address. A second POST changes nothing, and
    neither does one after the subscription was withdrawn.
    """
    row = _asked(request)
    if row is None or row.confirms is None:
        return _unknown()
    perennial = wiring.perennial()
    match perennial.customers.find(row.customer).facts.consent_status(row.confirms):
        case "granted":
            return _page("You are subscribed", "There is nothing more to do.")
        case "pending":
            event = _confirmed(row, request.path["token"], perennial.now())
            perennial.events.store([event])
            return _page("You are subscribed", "Thank you. There is nothing more to do.")
        case _:
            return _unknown()


def _link(request: Request, purpose: str) -> Link | None:
    try:
        return read(wiring.perennial().secrets.named("link"), purpose, request.path["token"])
    except BadToken:
        return None


def _asked(request: Request) -> Send | None:
    """The row of the mail that asked; None if it asked nothing, too long ago, or if the person was erased since."""
    link = _link(request, CONFIRM)
    perennial = wiring.perennial()
    row = perennial.sends.get(link.customer, link.send) if link else None
    if row is None or row.confirms is None or row.planned_at + CONFIRMABLE < perennial.now():
        return None
    return row


def _unsubscribed(link: Link, topic: str | None, now: datetime) -> Event:
    """What the customer just said. Impatient clicks within a minute are one event; who has subscribed again since and
    now clicks an old link means it anew, so the token alone would not do as the id."""
    id = ids.digest(UNSUBSCRIBED, link.customer, link.send, times.text(now)[:16], *([topic] if topic else []))
    properties = {"channel": _CHANNEL, **({"topic": topic} if topic else {}), "send_id": link.send}
    return statement(UNSUBSCRIBED, f"unsubscribe-{id}", link.customer, properties, at=now)


def _confirmed(row: Send, token: str, now: datetime) -> Event:
    """What the customer just confirmed: once for each mail that asked."""
    key = str(row.confirms)
    channel, _, topic = key.partition("/")
    wording = wiring.perennial().consent().wording_of(key)
    proof = {
        "token": ids.digest(token),
        "confirmed_at": times.text(now),
        "statement": row.statement,
        "send_id": row.id,
        **({"wording": wording} if wording else {}),
    }
    properties = {
        "channel": channel,
        **({"topic": topic} if topic else {}),
        "source": "double_opt_in",
        **({"wording": wording} if wording else {}),
        "proof": proof,
    }
    return statement(SUBSCRIBED, f"confirm-{ids.digest(row.customer, row.id)}", row.customer, properties, at=now)


def _wants_all(body: bytes) -> bool:
    """Whether the button for all marketing mail was pressed. Anything else, of any form, is a plain click."""
    if len(body) > _LONGEST_FORM:
        return False
    return parse_qs(body.decode("latin-1")).get("from") == ["all"]


def _title(key: str) -> str:
    """What people call a channel or a topic, in the workspace's language; an unknown one by its name."""
    settings = wiring.perennial().consent()
    topic = settings.topic(key)
    if topic is None:
        channel, _, name = key.partition("/")
        return name or _CHANNELS.get(channel, channel)
    return topic.title.get(settings.language) or next(iter(topic.title.values()))


def _unknown() -> Response:
    return _page("This link does not work", "It may have been cut short. Use the link in the newest mail.", status=404)


def _page(title: str, text: str, form: str = "", status: int = 200) -> Response:
    return page(_TEMPLATE.format(title=escape(title), text=escape(text), form=form), status)


def _button(label: str, value: str = "yes") -> str:
    name = "confirm" if value == "yes" else "from"
    button = f'<button type="submit" name="{name}" value="{value}">{escape(label)}</button>'
    return f'<form method="post">{button}</form>'


_CHANNELS: Final = {
    "email": "marketing mail",
    "sms": "text messages",
    "push": "push messages",
    "phone": "calls",
    "post": "letters by post",
    "advertising": "advertising",
}
_TEMPLATE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif }}
body {{ margin: 0 auto; max-width: 32rem; padding: 12vh 1.5rem }}
form {{ margin: 0 0 1rem }}
button {{ font: inherit; font-weight: 600; padding: .75rem 1.5rem; width: 100%; min-height: 3rem; cursor: pointer }}
button {{ color: #fff; background: #1a4fb4; border: 0; border-radius: .5rem }}
button:focus-visible {{ outline: 3px solid currentColor; outline-offset: 3px }}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p>{form}</main></body>
</html>
"""
