"""What confirms a subscription (double opt-in): the click behind a mail, or the word that answers a text message.

Both state the same event, with the proof that the law asks for: when, the version of the wording, the statement that
was confirmed and the message that asked. A word confirms what the text message asked that it answers, and nothing else:
"yes" may be said to anything. Where AWS does not say which that is, it is the last one that left for the number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from chalicelib import ids, times
from chalicelib.customers.consent import SUBSCRIBED, ConsentSettings
from chalicelib.journeys.send import Send, Status
from chalicelib.tracking.answers import ANSWERS
from chalicelib.tracking.event import Event, statement

if TYPE_CHECKING:
    from chalicelib.customers.store import CustomerStore
    from chalicelib.messages.store import SendStore

CONFIRMABLE: Final = timedelta(days=30)
"""How long what asks for a confirmation can be answered."""
_LOOKED_AT: Final = 50  # of a person's last messages, under each of her ids
_LEFT: Final = frozenset({Status.SENT, Status.UNKNOWN, Status.CLAIMED})


def confirmed(row: Send, proof: Mapping[str, Any], settings: ConsentSettings, now: datetime) -> Event:
    """What the customer just confirmed: once for each message that asked. proof: of what the customer did."""
    key = str(row.confirms)
    channel, _, topic = key.partition("/")
    wording = settings.wording_of(key)
    worded = {"wording": wording} if wording else {}
    properties = {
        "channel": channel,
        **({"topic": topic} if topic else {}),
        "source": "double_opt_in",
        **worded,
        "proof": {
            **proof,
            "confirmed_at": times.text(now),
            "statement": row.statement,
            "send_id": row.id,
            **({"of": row.reached} if row.reached and row.channel == channel else {}),
            **worded,
        },
    }
    return statement(SUBSCRIBED, f"confirm-{ids.digest(row.customer, row.id)}", row.customer, properties, at=now)


def confirmable(row: Send | None, now: datetime) -> bool:
    """Whether a message asked for a confirmation, and not too long ago."""
    return row is not None and row.confirms is not None and now <= row.planned_at + CONFIRMABLE


def answered(rows: Iterable[Send], provider_id: object) -> Send | None:
    """The text message that somebody answers: the one with this id of the provider's, else the last that left."""
    left = [(row.claimed_at, row) for row in rows if row.channel == "sms" and row.status in _LEFT and row.claimed_at]
    named = [each for each in left if provider_id is not None and each[1].provider_id == provider_id]
    return max(named or left, key=lambda each: each[0], default=(None, None))[1]


@dataclass(frozen=True)
class Confirming:
    """Reads what people write back. consent: the workspace's setting, now."""

    sends: SendStore
    customers: CustomerStore
    consent: Callable[[], ConsentSettings]

    def heard(self, event: Event) -> Sequence[Event]:
        """What a word that confirms states: nothing, unless the text message that it answers asked for it, and it is
        still waited for."""
        said, now = event.properties, event.received_at
        if event.name not in ANSWERS["sms"].doings or said.get("keyword") != "confirm" or "phone" not in said:
            return ()
        row = answered(self._texts(said["phone"]), said.get("answers"))
        if row is None or not confirmable(row, now):
            return ()
        if self.customers.find(row.customer).facts.consent_status(str(row.confirms), row.reached) != "pending":
            return ()
        proof = {"kind": "sms", "text": said.get("text"), "provider_id": said.get("provider_id")}
        return (confirmed(row, proof, self.consent(), now),)

    def _texts(self, number: str) -> Iterator[Send]:
        """The last messages to everybody who has the number, under all of their ids."""
        for customer in self.customers.known_by(("phone", number)):
            for subject in self.customers.subjects(self.customers.find(customer)):
                yield from self.sends.of(subject, limit=_LOOKED_AT)
