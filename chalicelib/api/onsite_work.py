"""What the endpoints of on-site messages do. Imported when one of them runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from chalicelib import wiring
from chalicelib.api.onsite import OnsiteMessage
from chalicelib.customers.consent import key_of
from chalicelib.errors import Refused, Transient
from chalicelib.messages import onsite
from chalicelib.messages.locale.reader import tag
from chalicelib.messages.onsite import Filled, Visitor
from chalicelib.messages.onsite.form import filled
from chalicelib.tracking import proof
from chalicelib.tracking.contact import is_reserved
from chalicelib.tracking.event import ANONYMOUS, USER
from chalicelib.tracking.problems import Invalid

if TYPE_CHECKING:
    from chalicelib.api.http import Request
    from chalicelib.api.onsite import OnsiteAnswer, OnsiteQuery
    from chalicelib.customers.facts import Facts
    from chalicelib.journeys.send import Send
    from chalicelib.tracking.keys import Key

_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class _Caller:
    """Whom a page speaks for. customer: whose the visitor is by now. proven: the visitor may see what is personal.
    facts: of that customer."""

    visitor: Visitor
    customer: str
    proven: bool
    facts: Facts

    def left(self, row: Send) -> bool:
        """Whether the customer has said no to marketing on the site, or to what a message is about, maybe since."""
        if row.message_class != "marketing":
            return False
        about = (onsite.CHANNEL, *([key_of(onsite.CHANNEL, row.topic)] if row.topic else []))
        return any(self.facts.consent_status(each) == "withdrawn" for each in about)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Under which of them messages may wait: planned for the visitor, or for whom the visitor turned out to be."""
        return tuple(dict.fromkeys((self.visitor.subject, self.customer)))


def waiting(asked: OnsiteQuery, request: Request) -> list[OnsiteMessage]:
    """What a visitor's page may show: nothing to nobody."""
    perennial = wiring.perennial()
    caller = _caller(asked, request)
    if caller is None:
        return []
    now, own = perennial.now(), caller.visitor.subject
    found = [row for subject in caller.subjects for row in perennial.waiting.of(subject, now)]
    wanted = [row for row in found if not caller.left(row)]
    shown = [row for row in wanted if onsite.may_see(row, own, proven=caller.proven)]
    shown.sort(key=lambda row: (row.message_class != "transactional", row.planned_at))
    return [_told(row, asked.locale) for row in shown]


def take(said: OnsiteAnswer, request: Request) -> None:
    """Keep what was done with a message: on its row, and then as events."""
    perennial = wiring.perennial()
    caller = _caller(said, request)
    row = _found(said.id, caller) if caller else None
    if caller is None or row is None:
        raise Refused(404, "message_not_found", "No message of this id waits, or has waited, for this visitor.")
    locale, words = onsite.words(row, tag(said.locale))
    given = _filled(words.get("form"), said) if said.did == "submitted" else Filled()
    row = _kept(row, said)
    path = re.split("[?#]", said.page or "")[0]  # what stands behind it is often somebody's
    perennial.events.store(onsite.events(row, said.did, caller.visitor, locale, path, given))
    perennial.noted.write(row.id)


def _kept(row: Send, said: OnsiteAnswer) -> Send:
    """The row with what was done. Several pages may say something at once: whoever comes later reads it again."""
    perennial = wiring.perennial()
    for _ in range(_ATTEMPTS):
        answered = onsite.answered(row, said.did, perennial.now())
        if answered is row or perennial.waiting.save(row, answered):
            return answered
        again = perennial.waiting.find(row.customer, row.id)
        if again is None:
            raise Refused(404, "message_not_found", "This message is gone.")
        row = again
    raise Transient(f"{row.id} kept changing while it was read")


def _found(id: str, caller: _Caller) -> Send | None:
    store, own = wiring.perennial().waiting, caller.visitor.subject
    rows = (store.find(subject, id) for subject in caller.subjects)
    return next((row for row in rows if row is not None and onsite.may_see(row, own, proven=caller.proven)), None)


def _filled(form: object, said: OnsiteAnswer) -> Filled:
    if not isinstance(form, dict):
        raise Refused(400, "invalid_answer", "This message asks nothing.")
    try:
        given = filled(form, said.email, said.consent, said.answers, said.phone)
    except Invalid as invalid:
        message = "The form cannot be taken as it is filled in."
        raise Refused(400, "invalid_answer", message, invalid.details()) from invalid
    asked = form.get("consent")
    return replace(given, wording=wiring.perennial().consent().wording_of(asked["to"])) if asked else given


def _caller(said: OnsiteQuery | OnsiteAnswer, request: Request) -> _Caller | None:
    """Whom the page speaks for; None if nobody is named, or nothing is known of them: then nothing can wait.

    Refused: as tracking refuses a key; 403 `no_user_hash`, `wrong_user_hash`.
    """
    perennial = wiring.perennial()
    now = perennial.now()
    key = perennial.intake.caller(request.headers, request.query, {"writeKey": said.writeKey}, now)
    if perennial.intake.limits:
        perennial.intake.limits.spend(key, 1, now)
    visitor = _visitor(said, key)
    if visitor is None:
        return None
    chain = perennial.customers.chain(visitor.subject, consistent=False)
    if not chain.root.v:
        return None
    linked = chain.link is not None and not chain.link.unproven
    return _Caller(visitor, chain.root.customer, visitor.proven or linked, chain.root.facts)


def _visitor(said: OnsiteQuery | OnsiteAnswer, key: Key) -> Visitor | None:
    """Who is named, and may be under this key; a visitor's own id needs no proof, for nobody else knows it."""
    if said.userId is not None and (proven := _proven(said.userId, said.userHash, key)):
        return proven
    if said.anonymousId is None or (key.public and is_reserved(said.anonymousId)):
        if said.userId is not None:
            raise Refused(403, "no_user_hash", "A userId needs its userHash under a public key: docs/KEYS.md.")
        return None
    return Visitor(ANONYMOUS + said.anonymousId, proven=not key.public)


def _proven(user_id: str, user_hash: str | None, key: Key) -> Visitor | None:
    if key.public and user_hash is None:
        return None
    masters = wiring.perennial().secrets_named(proof.PURPOSE)
    if key.public and not proof.proves(user_hash or "", user_id, key.family, masters):
        raise Refused(403, "wrong_user_hash", "This userHash is not the one of this userId under this key.")
    return Visitor(USER + user_id, proven=True)


def _told(row: Send, wanted: str | None) -> OnsiteMessage:
    locale, words = onsite.words(row, tag(wanted))
    said = row.said or {}
    return OnsiteMessage(
        id=row.id,
        locale=locale,
        title=words["title"],
        text=words.get("text"),
        button=words.get("button"),
        form=words.get("form"),
        close=words["close"],
        failed=words["failed"],
        show=said.get("show", {}),
        until=row.todo or row.deadline,
    )
