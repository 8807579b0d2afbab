"""One thing that somebody did, in the one form that everything after tracking understands.

An event is stored under its subject and the time *as the client sent it*: the corrected time contains the
moment of receipt and differs on every retry, so it could not tell a retry from a second event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from chalicelib import times
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking import body

EventType = Literal["identify", "track", "page", "screen", "group", "alias"]


def stored_form(moment: datetime) -> datetime:
    """An aware time as it is stored: in UTC, in whole milliseconds."""
    if moment.tzinfo is UTC and not moment.microsecond % 1000:  # nearly always: tracking read it so
        return moment
    return times.whole_milliseconds(moment.astimezone(UTC))


Moment = Annotated[AwareDatetime, AfterValidator(stored_form)]

OURS: Final = "perennial"  # the source of what was said on our own pages, or decided by our own API
USER: Final = "u#"
ANONYMOUS: Final = "a#"
SOURCE: Final = "s#"
STAGE_CHANGED: Final = "Stage Changed"  # what we say ourselves of a customer who moved; nothing is counted from it
JOURNEY_CALLED: Final = "Journey Called"  # what we say of a customer who is to enter a journey: {journey, key}
LIST_JOINED: Final = "List Joined"  # what we, or an import, say of a customer who was put on a list, and
LIST_LEFT: Final = "List Left"  # of one who was taken off it: {list}

# What the item's body holds: (attribute of Event, name in the body). The item's own attributes hold the rest.
_BODY: Final = (
    ("type", "type"),
    ("source", "source"),
    ("anonymous_id", "anonymousId"),
    ("group_id", "groupId"),
    ("previous_id", "previousId"),
    ("properties", "properties"),
    ("traits", "traits"),
    ("context", "context"),
    ("integrations", "integrations"),
    ("key_id", "keyId"),
    ("unproven", "unproven"),
    ("protected", "protected"),
)


class Event(BaseModel):
    """An accepted event: of a person, or of the source itself (a product changed, the app was removed), which a
    track event is that names neither user nor visitor.

    message_id:   the client's id of the event; the same on every retry.
    name:         what was done, `Order Completed`; for other types than track the type itself, `Identify`.
    timestamp:    when, as the client sent it (receipt, if it sent none); part of the key.
    at:           when, corrected by the client's clock skew, never after `received_at`. Facts go by this.
    properties:   of the event. traits: of the person (identify) or of the group (group).
    group_id:     of a group call. previous_id: the id that an alias call replaces.
    integrations: which destinations the client wants the event to reach; kept as sent.
    source:       the file of chalicelib/tracking/sources that read it, the name under which a webhook source was set
                  up, or `perennial` for our own.
    key_id:       the first characters of the id of the key that it came under; None for what no key brought.
    unproven:     it came under a public key, which anybody can read in a page's source, and nothing proved who spoke.
    protected:    names of the traits that its key does not let just anybody set, beside those that no public key does.

    Times are UTC and cut to milliseconds, as they are stored.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    message_id: str = Field(min_length=1)
    type: EventType
    name: str = Field(min_length=1)
    user_id: str | None = None
    anonymous_id: str | None = None
    timestamp: Moment
    at: Moment
    received_at: Moment
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    group_id: str | None = None
    previous_id: str | None = None
    source: str
    key_id: str | None = None
    unproven: bool = False
    protected: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.of_source and self.type != "track":
            raise ValueError(f"{self.type} needs a user_id or an anonymous_id: only a track event may be of nobody")
        return self

    @property
    def of_source(self) -> bool:
        """Whether it is of its source itself, and of no person."""
        return not (self.user_id or self.anonymous_id)

    @property
    def subject(self) -> str:
        """Whose event it is: `u#<user id>`, `a#<anonymous id>` for a visitor not yet known, or `s#<source>`."""
        if self.user_id:
            return USER + self.user_id
        return ANONYMOUS + self.anonymous_id if self.anonymous_id else SOURCE + self.source

    @property
    def key(self) -> str:
        """The range key among the subject's events: the time as sent, then the message id. Sorts by time."""
        return f"{times.text(self.timestamp)}#{self.message_id}"


_FIELDS: Final = set(Event.model_fields)


def is_counted(event: Event) -> bool:
    """Whether facts come of an event. None come of what a source says of itself, nor of what we conclude from facts."""
    return not (event.of_source or (event.name == STAGE_CHANGED and event.source == OURS))


def statement(
    name: str,
    id: str,
    subject: str | None,
    properties: dict[str, Any],
    *,
    at: datetime,
    received_at: datetime | None = None,
    context: dict[str, Any] | None = None,
    source: str = OURS,
) -> Event:
    """An event that no client sent: `name` was said or decided of `subject`; of nobody, where that is None.

    id:          its message id, the same for the same statement.
    received_at: `at`, unless it is given. Raises ValueError for a subject that is none.
    """
    return Event(
        message_id=id,
        type="track",
        name=name,
        timestamp=at,
        at=at,
        received_at=received_at or at,
        properties=properties,
        context=context or {},
        source=source,
        **({} if subject is None else subject_ids(subject)),
    )


def identify(id: str, subject: str, traits: dict[str, Any], *, at: datetime) -> Event:
    """An identify that no client sent: `traits` were decided of `subject`. ValueError for a subject that is none."""
    return Event(
        message_id=id,
        type="identify",
        name="Identify",
        timestamp=at,
        at=at,
        received_at=at,
        traits=traits,
        source=OURS,
        **subject_ids(subject),
    )


def to_item(event: Event) -> dict[str, Any]:
    """The event as the events table holds it; the body (body.py) is without what is empty."""
    return {
        "pk": event.subject,
        "sk": event.key,
        "name": event.name,
        "at": times.text(event.at),
        "received_at": times.text(event.received_at),
        "body": body.pack(_said(event)),
        "schema_v": SCHEMA_VERSION,
    }


def from_item(item: Mapping[str, Any]) -> Event:
    """The event that `to_item` stored: equal to it, but for NaN and infinity, which are kept as null."""
    timestamp, _, message_id = str(item["sk"]).partition("#")
    said = body.unpack(item["body"])
    ids = _ids(str(item["pk"]))
    return sound(
        message_id=message_id,
        type=said["type"],
        name=item["name"],
        user_id=ids.get("user_id"),
        anonymous_id=ids.get("anonymous_id") or said.get("anonymousId"),
        timestamp=times.parse(timestamp),
        at=times.parse(item["at"]),
        received_at=times.parse(item["received_at"]),
        properties=said.get("properties") or {},
        traits=said.get("traits") or {},
        context=said.get("context") or {},
        integrations=said.get("integrations") or {},
        group_id=said.get("groupId"),
        previous_id=said.get("previousId"),
        source=said["source"],
        key_id=said.get("keyId"),
        unproven=said.get("unproven", False),
        protected=tuple(said.get("protected", ())),
    )


def sound(**fields: Any) -> Event:
    """An event of all its fields, which the caller has checked, or which were stored when they had been: to check each
    event again where it is read or made of checked parts would take as long as all the rest. What `model_construct`
    does, in a tenth of its time."""
    event = Event.__new__(Event)
    set_attribute = object.__setattr__  # the event is frozen
    set_attribute(event, "__dict__", fields)
    set_attribute(event, "__pydantic_fields_set__", _FIELDS.copy())
    set_attribute(event, "__pydantic_extra__", None)
    set_attribute(event, "__pydantic_private__", None)
    return event


def subject_ids(subject: str) -> dict[str, str]:
    """A person's id within a subject: `{"user_id": ...}` or `{"anonymous_id": ...}`. ValueError if it is neither."""
    if len(subject) > len(USER) and subject.startswith(USER):
        return {"user_id": subject.removeprefix(USER)}
    if len(subject) > len(ANONYMOUS) and subject.startswith(ANONYMOUS):
        return {"anonymous_id": subject.removeprefix(ANONYMOUS)}
    raise ValueError(f"neither {USER}<user id> nor {ANONYMOUS}<anonymous id>: {subject!r}")


def _ids(subject: str) -> dict[str, str]:
    return {} if subject.startswith(SOURCE) else subject_ids(subject)


def _said(event: Event) -> dict[str, Any]:
    fields = vars(event)
    held = {theirs: value for ours, theirs in _BODY if (value := fields[ours])}
    if event.user_id is None:  # the subject says it already
        held.pop("anonymousId", None)
    return held
