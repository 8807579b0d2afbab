"""The mails that came out: which were to come, whom they went to, and whether their unsubscribe link works."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode
from typing import Any

from infra.demo.history import last_day
from infra.demo.playbooks import WELCOME, WIN_BACK
from infra.demo.shop import Call
from infra.demo.visitors import UNSUBSCRIBER
from infra.http import Api, Unexpected, quoted, request

Mail = dict[str, Any]
"""A message as the mailbox describes it."""

_WAIT = 60.0


def wanted(calls: list[Call], at_risk: set[str]) -> set[tuple[str, str]]:
    """(address, journey) of the mails that must come: a welcome for everybody who identified today with permission,
    a win-back for everybody who becomes At risk by time while the replay runs."""
    today = last_day(calls)
    addresses = {call.subject: str(call.body["email"]) for call in calls if call.kind == "identify"}
    permitted = {call.subject for call in calls if call.name == "Subscribed"}
    new = {call.subject for call in calls if call.kind == "identify" and call.at.date() == today}
    welcomes = {(addresses[subject], WELCOME) for subject in new & permitted}
    return welcomes | {(addresses[subject], WIN_BACK) for subject in at_risk & permitted}


def inbox(mailbox: str) -> list[Mail]:
    """Every mail in the mailbox."""
    found: list[Mail] = []
    while True:
        before = f"&before={found[-1]['seq']}" if found else ""
        answer = request("GET", f"{mailbox}/_mailbox/messages?limit=500{before}")
        if answer.status != 200:
            raise Unexpected(f"the mailbox answered {answer.status}: {answer.text[:200]}")
        page = answer.json()["messages"]
        found += page
        if not page:
            return found


def address(mail: Mail) -> str:
    """Whom a mail went to."""
    return str(mail["to"][0])


def journey(mail: Mail) -> str:
    """Which journey sent a mail, by its tag."""
    return str(mail["tags"]["journey"])


def subject_of(mail: Mail) -> str:
    """The customer a mail is for, by its tag."""
    tag = str(mail["tags"]["customer"])
    return urlsafe_b64decode(tag + "=" * (-len(tag) % 4)).decode()


def check_unsubscribing(api: Api, mails: list[Mail]) -> None:
    """Open the link of one mail: nothing changes. Press its button: permission is gone. Raises Unexpected.

    It acts for one synthetic visitor only, so that doing it again finds nothing to do.
    """
    mail = next(mail for mail in mails if subject_of(mail) == f"u#{UNSUBSCRIBER}")
    link = _one_click_link(mail)
    before = _withdrawn(api)
    opened = request("GET", link)
    if opened.status != 200 or "<form" not in opened.text:
        raise Unexpected(f"the unsubscribe link answered {opened.status}, or shows no button")
    if before:
        return  # an earlier replay pressed it
    time.sleep(1)
    if _withdrawn(api):
        raise Unexpected("opening the unsubscribe link withdrew permission: mail scanners open every link")
    pressed = request("POST", link, headers=_FORM, body=b"List-Unsubscribe=One-Click")
    if pressed.status != 200:
        raise Unexpected(f"the one-click POST answered {pressed.status}: {pressed.text[:200]}")
    until = time.monotonic() + _WAIT
    while not _withdrawn(api):
        if time.monotonic() > until:
            raise Unexpected(f"permission was not withdrawn within {_WAIT:.0f} s of the click")
        time.sleep(0.3)


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _one_click_link(mail: Mail) -> str:
    headers = {header["name"].lower(): header["value"] for header in mail["headers"]}
    found = re.search(r"<(https?://[^>]+)>", headers.get("list-unsubscribe", ""))
    if found is None or headers.get("list-unsubscribe-post") != "List-Unsubscribe=One-Click":
        raise Unexpected(f"no one-click unsubscribe in the headers of {mail['id']}")
    if found[1] not in (mail["text"] or "") or found[1] not in (mail["html"] or ""):
        raise Unexpected(f"the unsubscribe link of the headers is not in the bodies of {mail['id']}")
    return found[1]


def _withdrawn(api: Api) -> bool:
    """Whether the visitor's permission for the whole channel is withdrawn."""
    consents = api.get(f"/v1/customers/{quoted(UNSUBSCRIBER)}")["consents"]
    return any(consent["to"] == "email" and not consent["granted"] for consent in consents)
