"""What a key asks of each call that comes under it, before it is stored. Pure.

A public key is no secret, so a call under it may not use what only trusted sources use (reserved ids), is taken as
unproven unless its `userHash` proves of whom it speaks, and is refused if that proof is wrong, or missing where the
key asks for it. A secret key's call is trusted as it is; a hash in it is not needed, and is not kept either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.tracking import proof
from chalicelib.tracking.contact import is_reserved
from chalicelib.tracking.event import Event
from chalicelib.tracking.keys import Key
from chalicelib.tracking.reading import Reading, Reason, Refusal


@dataclass(frozen=True)
class Guard:
    """One key's conditions. `masters` gives the live master secrets; they are asked for only if a call needs them."""

    key: Key
    masters: Callable[[], tuple[str, ...]]

    def judge(self, reading: Reading) -> Reading:
        """What remains of a reading: events as they may be stored, and the refusals with those of the key."""
        judged = Reading([], list(reading.refusals), requests=reading.requests)
        for event, sent in zip(reading.events, reading.sent, strict=True):
            found = self.admit(event)
            if isinstance(found, Event):
                judged.events.append(found)
                judged.sent.append(sent)
            else:
                judged.refusals.append(Refusal(found.reason, found.details, sent))
        return judged

    def admit(self, event: Event) -> Event | Objection:
        """The event as it may be stored, or why it may not."""
        said = proof.said_in(event.context, event.integrations)
        if not self.key.public:
            return event if said is None else _forgetting(event)
        for name, id in (("anonymousId", event.anonymous_id), ("previousId", event.previous_id)):
            if id is not None and is_reserved(id):
                return Objection(
                    Reason.RESERVED_ID, f"{name}: ids that begin like this are made by trusted sources only"
                )
        if event.user_id is None or said is None:
            return self._unproven(event, said)
        if not proof.proves(said, event.user_id, self.key.family, self.masters()):
            return Objection(Reason.WRONG_HASH, "userHash: not the one of this userId under this key")
        # An alias speaks of two, and the hash is that of one: it may bring a visitor in, but proves nothing of her.
        return _forgetting(event, unproven=event.type == "alias")

    def _unproven(self, event: Event, said: str | None) -> Event | Objection:
        """A call that nothing proves; a hash without a user id proves nothing."""
        if event.user_id is not None and self.key.settings.require_user_hash:
            return Objection(Reason.NO_HASH, "this key takes calls with a userId only with its userHash")
        more: dict[str, Any] = {"protected": named} if (named := self._protected(event)) else {}
        if said is None:
            return event.model_copy(update=more) if more else event
        return _forgetting(event, **more)

    def _protected(self, event: Event) -> tuple[str, ...]:
        names = self.key.settings.protected
        return tuple(name for name in names if name in event.traits) if names and event.type == "identify" else ()


@dataclass(frozen=True)
class Objection:
    """Why a call may not be stored."""

    reason: Reason
    details: str


def _forgetting(event: Event, **update: Any) -> Event:
    held = {"context": proof.without(event.context), "integrations": proof.without(event.integrations)}
    return event.model_copy(update=held | update)
