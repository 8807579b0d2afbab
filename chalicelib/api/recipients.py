"""Pages for whoever received a message: no login, no script, nothing from elsewhere.

A GET only ever shows a page, because mail scanners follow every link. A POST acts: from the page's button, or from a
mail program's own (RFC 8058), at once and without a redirect, however often it comes. Whatever is wrong with a token,
the answer is one and the same.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Final

from chalice.app import Response

from chalicelib import ids, times, wiring
from chalicelib.api.http import Request, Routes, page
from chalicelib.messages.links import UNSUBSCRIBE, BadToken, Link, read
from chalicelib.tracking.event import Event, subject_ids

routes = Routes("recipients")

EVENT: Final = "Unsubscribed"
_HTML: Final = "text/html; charset=utf-8"


@routes.endpoint("GET", "/u/{token}", content_type=_HTML)
def show_unsubscribe(request: Request) -> Response:
    """The page that an unsubscribe link opens: it asks for one click and changes nothing by itself."""
    if _link(request) is None:
        return _unknown()
    return _page("Unsubscribe?", "You will get no more marketing mail from us.", _BUTTON)


@routes.endpoint("POST", "/u/{token}", content_type=_HTML)
def unsubscribe(request: Request) -> Response:
    """Unsubscribe from marketing mail: the page's button, and one-click by RFC 8058.

    The body is not looked at: `List-Unsubscribe=One-Click` as a form or as multipart, or nothing at all, means the
    same. It takes effect as an event of the customer; a second POST changes nothing.
    """
    link = _link(request)
    if link is None:
        return _unknown()
    perennial = wiring.perennial()
    perennial.events.store([_event(link, perennial.now())])
    return _page("You are unsubscribed", "It may take a few minutes until every message has heard of it.")


def _link(request: Request) -> Link | None:
    try:
        return read(wiring.perennial().secrets.named("link"), UNSUBSCRIBE, request.path["token"])
    except BadToken:
        return None


def _event(link: Link, now: datetime) -> Event:
    """What the customer just said. Impatient clicks within a minute are one event; who has subscribed again since and
    now clicks an old link means it anew, so the token alone would not do as the id."""
    id = ids.digest(EVENT, link.customer, link.send, times.text(now)[:16])
    return Event(
        message_id=f"unsubscribe-{id}",
        type="track",
        name=EVENT,
        timestamp=now,
        at=now,
        received_at=now,
        properties={"channel": "email", "send_id": link.send},
        source="perennial",
        **subject_ids(link.customer),
    )


def _unknown() -> Response:
    return _page("This link does not work", "It may have been cut short. Use the link in the newest mail.", status=404)


def _page(title: str, text: str, form: str = "", status: int = 200) -> Response:
    return page(_TEMPLATE.format(title=escape(title), text=escape(text), form=form), status)


_BUTTON: Final = """<form method="post"><button type="submit" name="confirm" value="yes">Unsubscribe</button></form>"""
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
button {{ font: inherit; font-weight: 600; padding: .75rem 1.5rem; width: 100%; min-height: 3rem; cursor: pointer }}
button {{ color: #fff; background: #1a4fb4; border: 0; border-radius: .5rem }}
button:focus-visible {{ outline: 3px solid currentColor; outline-offset: 3px }}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p>{form}</main></body>
</html>
"""
