"""The mailbox's own routes: the inbox page, and under /_mailbox a JSON API for the page and for tests.

Messages are hostile until proven otherwise. The page builds itself from JSON by text nodes only; a
message's HTML is served apart, under a policy that forbids scripts, forms, frames and every request to
elsewhere, and shown in a sandboxed frame. Nothing that changes anything is accepted from another site: it
must be JSON, which no other site's form can send.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import asdict
from http.client import HTTPConnection, HTTPException
from importlib import resources
from urllib.parse import urlsplit

from infra.local.mailbox.fate import links
from infra.local.mailbox.http import Request, Response, answer, refused
from infra.local.mailbox.mail import Mail
from infra.local.mailbox.mailbox import Mailbox

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MESSAGE_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_FILES: Mapping[tuple[str, ...], tuple[str, str]] = {
    (): ("inbox.html", "text/html; charset=utf-8"),
    ("inbox.css",): ("inbox.css", "text/css; charset=utf-8"),
    ("inbox.js",): ("inbox.js", "text/javascript; charset=utf-8"),
}
_MOST = 500
_BRIEF = ("seq", "id", "channel", "at", "from", "to", "subject", "tags", "acknowledged")


def serve(mailbox: Mailbox, request: Request) -> Response:
    """Answer a request that is not for SES."""
    if request.method == "GET" and request.path in _FILES:
        return _file(*_FILES[request.path])
    if request.path[:1] != ("_mailbox",):
        return refused("there is nothing here", 404)
    if request.method != "GET" and not request.headers.get("content-type", "").startswith("application/json"):
        return refused("send application/json", 415)
    try:
        return _route(mailbox, request)
    except ValueError as error:
        return refused(str(error))


def _file(name: str, kind: str) -> Response:
    body = resources.files("infra.local.mailbox").joinpath("static", name).read_bytes()
    return Response(200, body, kind, {"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-cache"})


def _route(mailbox: Mailbox, request: Request) -> Response:
    match (request.method, *request.path[1:]):
        case ("GET", "health"):
            return answer({"status": "ok", "messages": mailbox.box.count()})
        case ("GET", "settings"):
            return answer(asdict(mailbox.settings))
        case ("PUT", "settings"):
            mailbox.configure(request.json())
            return answer(asdict(mailbox.settings))
        case ("GET", "faults"):
            return answer(mailbox.faults.left())
        case ("POST", "faults"):
            mailbox.faults.set(request.json())
            return answer(mailbox.faults.left())
        case ("GET", "kept"):
            return answer({"kept": mailbox.ledger.kept() if mailbox.ledger is not None else []})
        case ("GET", "messages"):
            return _messages(mailbox, request)
        case ("DELETE", "messages"):
            return answer({"deleted": mailbox.box.clear()})
        case (_, "messages", id, *rest):
            mail = mailbox.box.mail(id)
            return _message(mailbox, request, mail, tuple(rest)) if mail else refused("there is no such message", 404)
    return refused(f"there is no {request.method} /{'/'.join(request.path)}", 404)


def _messages(mailbox: Mailbox, request: Request) -> Response:
    query = request.query
    to, tag, text, channel = (query.get(name) for name in ("to", "tag", "text", "channel"))
    before = int(query["before"]) if "before" in query else None
    limit = max(1, min(_MOST, int(query.get("limit", _MOST))))
    found = mailbox.box.messages(to=to, tag=tag, text=text, before=before, limit=limit, channel=channel)
    if query.get("brief"):
        found = [
            {key: m[key] for key in _BRIEF} | {"text": (m["text"] or "")[:200] if m["channel"] != "email" else None}
            for m in found
        ]
    return answer({"count": mailbox.box.count(to=to, tag=tag, text=text, channel=channel), "messages": found})


def _message(mailbox: Mailbox, request: Request, mail: Mail, rest: tuple[str, ...]) -> Response:
    match (request.method, *rest):
        case ("GET",):
            return answer(
                {
                    **(mailbox.box.message(mail.id) or {}),
                    "links": links(mail.html),
                    "unsubscribe": _unsubscribe_url(mail),
                }
            )
        case ("GET", "html"):
            headers = {"Content-Security-Policy": _MESSAGE_POLICY}
            return Response(200, (mail.html or "").encode(), "text/html; charset=utf-8", headers)
        case ("POST", "events"):
            body = dict(request.json())
            mailbox.let_happen(mail, str(body.pop("kind", "")), body)
            return answer({"events": mailbox.box.events(mail.id)})
        case ("POST", "unsubscribe"):
            return _unsubscribe(mail)
    return refused(f"there is no {request.method} of a message's {'/'.join(rest)}", 404)


def _unsubscribe_url(mail: Mail) -> str | None:
    """The web address in List-Unsubscribe, if the message offers one-click unsubscribing (RFC 8058)."""
    if (mail.header("List-Unsubscribe-Post") or "").strip() != "List-Unsubscribe=One-Click":
        return None
    offered = [part.strip().strip("<>") for part in (mail.header("List-Unsubscribe") or "").split(",")]
    return next((url for url in offered if url.lower().startswith(("http://", "https://"))), None)


def _unsubscribe(mail: Mail) -> Response:
    """What a mail client does when somebody clicks its unsubscribe button: POST, follow nothing. Only to
    this machine."""
    url = urlsplit(_unsubscribe_url(mail) or "")
    if not url.hostname:
        return refused("the message offers no one-click unsubscribing")
    if url.scheme != "http" or not _is_loopback(url.hostname):
        return refused(f"this mailbox calls nobody but this machine, and the link leads to {url.hostname}")
    connection = HTTPConnection(url.hostname, url.port or 80, timeout=30)
    try:
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        connection.request(
            "POST", target, "List-Unsubscribe=One-Click", {"Content-Type": "application/x-www-form-urlencoded"}
        )
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return refused(f"the link does not answer: {error}", 502)
    finally:
        connection.close()
    return answer({"status": status})


def _is_loopback(host: str) -> bool:
    try:
        found = {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(address.is_loopback for address in found)
