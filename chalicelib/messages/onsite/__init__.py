"""Messages on the pages of the site: rows of the ledger on the channel `onsite`, and what visitors do with them. Pure.

A message that is sent waits in the ledger, and the row is the message: nothing leaves, so nothing can be lost or
doubled. The visitor's page asks for what waits for it (api/onsite.py) and says what was done with it. That is written
on the row first, with its time, and then said by events that are made of the row: a page that says it again, because
it heard no answer, says the same.

Who asks is taken at its word as far as tracking is. An anonymous id names a visitor, who may see what is for that
visitor. What is for the person whom the visitor turned out to be, and has something personal in it, is for whoever
proves to be that person: anybody can say under a public key that a visitor is Ada, and would read her messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from chalicelib.customers.consent import SUBSCRIBED
from chalicelib.ids import digest
from chalicelib.journeys.send import Send, Status
from chalicelib.messages.locale.reader import chain
from chalicelib.tracking.answers import ACTOR, ACTOR_REASON, PERSON, UNKNOWN
from chalicelib.tracking.event import Event, subject_ids

CHANNEL: Final = "onsite"
SOURCE: Final = "onsite"
"""Of events that a page's visitor brought about."""

Did = Literal["viewed", "clicked", "dismissed", "submitted"]
NAMES: Final[Mapping[Did, str]] = {
    "viewed": "On-site Message Viewed",
    "clicked": "On-site Message Clicked",
    "dismissed": "On-site Message Dismissed",
    "submitted": "On-site Form Submitted",
}
DEEDS: Final[tuple[Did, ...]] = get_args(Did)
_ACTORS: Final[Mapping[Did, tuple[str, str]]] = {
    "viewed": (UNKNOWN, "the page showed it"),
    "clicked": (PERSON, "the button was used"),
    "dismissed": (PERSON, "it was closed"),
    "submitted": (PERSON, "the form was filled in"),
}


@dataclass(frozen=True)
class Visitor:
    """Who a page says that it is shown to.

    subject: of a proven person `u#...`, else of the visitor `a#...`. proven: a secret key or a `userHash` says so.
    """

    subject: str
    proven: bool = False


@dataclass(frozen=True)
class Filled:
    """What somebody wrote into a form, checked. answers: by the question's name. wording: the version of the words that
    the workspace has people agree to, where the message names none."""

    email: str | None = None
    consent: bool = False
    answers: Mapping[str, str] | None = None
    wording: str | None = None
    phone: str | None = None

    @property
    def traits(self) -> dict[str, str]:
        """The addresses that were given, as traits."""
        given = {"email": self.email, "phone": self.phone}
        return {name: value for name, value in given.items() if value is not None}


def is_message(row: Send) -> bool:
    """Whether a row is a message that was put where pages find it."""
    return row.channel == CHANNEL and row.status is Status.SENT and row.said is not None


def waits(row: Send, now: datetime) -> bool:
    """Whether a page may still show it: nobody has answered it, and it is still worth it."""
    return is_message(row) and row.todo is not None and row.todo > now


def may_see(row: Send, own: str, *, proven: bool) -> bool:
    """Whether a page may have a row that is for its visitor's customer. own: the visitor's own subject."""
    return proven or row.customer == own or not (row.said or {}).get("personal", True)


def words(row: Send, wanted: str | None) -> tuple[str, Mapping[str, Any]]:
    """The locale and the words of a message for a page that is written in `wanted`."""
    said = row.said or {}
    held: Mapping[str, Mapping[str, Any]] = said.get("words", {})
    tried = (*(chain(wanted) if wanted else ()), said.get("locale", ""))
    locale = next((each for each in tried if each in held), next(iter(held), ""))
    return locale, held.get(locale, {})


def answered(row: Send, did: Did, now: datetime) -> Send:
    """The row when a page says what was done with it; the row itself if it knew. Whatever is more than looking ends it:
    no page shows it again, on no device."""
    name = f"{did}_at"
    if name in row.outcomes:
        return row
    todo = row.todo if did == "viewed" else None
    return replace(row, todo=todo, outcomes={**row.outcomes, name: now}, v=row.v + 1)


def events(row: Send, did: Did, visitor: Visitor, locale: str, page: str | None, filled: Filled) -> list[Event]:
    """What somebody did, of whom the page was shown to, at the time that the row has kept."""
    at = row.outcomes[f"{did}_at"]
    actor, reason = _ACTORS[did]
    said: dict[str, Any] = {
        "send_id": row.id,
        "journey": row.journey,
        "step": row.step,
        "channel": CHANNEL,
        ACTOR: actor,
        ACTOR_REASON: reason,
    }
    optional = {"template": row.template, "locale": locale, "page": page}
    said |= {name: value for name, value in optional.items() if value}
    if did == "submitted":
        said |= {"answers": dict(filled.answers or {}), "email_given": filled.email is not None}
        said |= {"phone_given": filled.phone is not None}
        said |= {"consent_given": filled.consent} if _form(row, locale).get("consent") else {}
    told = [_event(NAMES[did], did, row, visitor, at, said)]
    if did == "submitted" and filled.traits:
        told.append(_event("Identify", next(iter(filled.traits)), row, visitor, at, {}, filled.traits))
    if did == "submitted" and filled.consent:
        told.append(_event(SUBSCRIBED, "consent", row, visitor, at, _agreed(row, locale, filled.wording)))
    return told


def _agreed(row: Send, locale: str, wording: str | None) -> dict[str, Any]:
    """What was ticked: the channel or topic, the words that stood beside the box, and their version."""
    tick = _form(row, locale)["consent"]
    channel, _, topic = tick["to"].partition("/")
    optional = {"topic": topic, "wording": tick.get("wording") or wording, "said": tick["label"], "locale": locale}
    return {"channel": channel, "source": SOURCE, "send_id": row.id} | {
        name: value for name, value in optional.items() if value
    }


def _form(row: Send, locale: str) -> Mapping[str, Any]:
    form: Mapping[str, Any] = words(row, locale)[1].get("form", {})
    return form


def _event(
    name: str,
    what: str,
    row: Send,
    visitor: Visitor,
    at: datetime,
    properties: dict[str, Any],
    traits: dict[str, Any] | None = None,
) -> Event:
    return Event(
        message_id=f"onsite-{digest(row.customer, row.id, what)}",
        type="track" if traits is None else "identify",
        name=name,
        timestamp=at,
        at=at,
        received_at=at,
        properties=properties,
        traits=traits or {},
        source=SOURCE,
        unproven=not visitor.proven,
        **subject_ids(visitor.subject),
    )
