"""One intended message: a row of the ledger (table `sends`).

A journey's step that decides to send plans one row, in the same transaction as the customer's new position.
Everything that happens to the message afterwards (claimed, sent, held, skipped and why, delivered, clicked)
happens to this row. The messages room moves it from state to state; this module only says what a row is.

A planned row carries a due date from its first moment. The queue message that follows the transaction is the
fast path; if it is lost, the due index finds the row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal, cast

from chalicelib import ids, resources, times
from chalicelib.customers.shards import bulk_shard, due_shard
from chalicelib.resources import SCHEMA_VERSION

FAST_PATH_GRACE: Final = timedelta(minutes=2)
"""How long the queue message has before the due index looks: long enough that it normally never has to."""

TASKS: Final = "tasks"
"""A part of the due index of its own, which no tick looks at: the tasks that are to be done, by their dates."""

_ON_PAGES: Final = "onsite#"
_BY_SHORT: Final = "short#"

MessageClass = Literal["transactional", "marketing"]


class Status(StrEnum):
    """The states of a row. `sent`, `skipped` and `failed` are final."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    UNKNOWN = "unknown"
    RETRY = "retry"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Send:
    """One row of the ledger. Times are aware UTC; `outcomes` maps e.g. `delivered_at` to its time.

    topic:     of the channel, about which the message is; None for none.
    permitted: on whose word it left, where a topic was asked for: `topic_consent` or `channel_consent`.
    confirms:  the channel or topic (`email/newsletter`) to which it asks the person to confirm the subscription, and
    statement: the message id of the event that subscribed.
    template:  None on a channel that needs none.
    content:   what is to be said on such a channel, in its own form; JSON.
    coupon:    the campaign of which the message carries a code.
    said:      what is said, where the row itself is the message: a task, or a message on the site. JSON.
    todo:      until when that task is to be done, or that message shown; None when it is over.
    clicks:    by a short digest of each link that was followed, by whomever, the key of the last event that says so,
               which begins with its time.
    bulk:      one of many that a schedule decided at once: it leaves by a queue of its own, and waits in shards of
               its own.
    bad_zone:  the hours of the channel were read off the workspace's clock, as the customer's time zone is none.
    reached:   the mark of the address that it was made for.
    short:     of the short link in it, by which the row is found once the message was sent.
    test:      of a trial of a template: `to`, and as whom it is rendered (`as`, or `sample`), in which `locale`.
    """

    customer: str
    id: str
    message_class: MessageClass
    channel: str
    template: str | None
    journey: str
    step: str
    enrolment: str
    planned_at: datetime
    deadline: datetime
    due_at: datetime | None = None
    v: int = 1
    status: Status = Status.PLANNED
    reason: str | None = None
    template_version: int | None = None
    owner: str | None = None
    claimed_at: datetime | None = None
    provider_id: str | None = None
    attempts: int = 0
    outcomes: Mapping[str, datetime] = field(default_factory=dict)
    topic: str | None = None
    permitted: str | None = None
    confirms: str | None = None
    statement: str | None = None
    test: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None
    coupon: str | None = None
    said: Mapping[str, Any] | None = None
    todo: datetime | None = None
    bulk: bool = False
    clicks: Mapping[str, str] = field(default_factory=dict)
    short: str | None = None
    bad_zone: bool = False
    reached: str | None = None

    def to_item(self) -> dict[str, Any]:
        """The stored form; what is None is left out, so the due index holds only rows that wait for something."""
        item: dict[str, Any] = {
            "pk": self.customer,
            "sk": self.id,
            "schema_v": SCHEMA_VERSION,
            "v": self.v,
            "status": str(self.status),
            "class": self.message_class,
            "channel": self.channel,
            "journey": self.journey,
            "step": self.step,
            "enrolment": self.enrolment,
            "planned_at": times.text(self.planned_at),
            "deadline": times.text(self.deadline),
            "attempts": self.attempts,
            "outcomes": {name: times.text(at) for name, at in self.outcomes.items()},
        }
        optional = {
            "template": self.template,
            "reason": self.reason,
            "template_version": self.template_version,
            "owner": self.owner,
            "claimed_at": times.text(self.claimed_at) if self.claimed_at else None,
            "provider_id": self.provider_id,
            "topic": self.topic,
            "permitted": self.permitted,
            "confirms": self.confirms,
            "statement": self.statement,
            "test": json.dumps(self.test) if self.test is not None else None,
            "content": None if self.content is None else json.dumps(self.content, separators=(",", ":")),
            "coupon": self.coupon,
            "said": None if self.said is None else json.dumps(self.said, separators=(",", ":")),
            "bulk": True if self.bulk else None,
            "short": self.short,
            "reached": self.reached,
            "bad_zone": self.bad_zone or None,
            "clicks": dict(self.clicks) or None,
        }
        item.update({name: value for name, value in optional.items() if value is not None})
        if self.due_at is not None:
            item["due_at"] = times.text(self.due_at)
            item["due_shard"] = bulk_shard(self.customer) if self.bulk else due_shard(self.customer)
        elif self.todo is not None:
            shelf = on_pages(self.customer) if self.channel == "onsite" else TASKS
            item |= {"due_at": times.text(self.todo), "due_shard": shelf}
        elif self.short is not None and self.status is Status.SENT:
            item |= {"due_at": times.text(self.planned_at), "due_shard": by_short(self.short)}
        return item

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Send:
        """Read a stored row. Raises KeyError or ValueError on an item that is no send."""
        return cls(
            customer=item["pk"],
            id=item["sk"],
            message_class=cast(MessageClass, item["class"]),
            channel=item["channel"],
            template=item.get("template"),
            journey=item["journey"],
            step=item["step"],
            enrolment=item["enrolment"],
            planned_at=times.parse(item["planned_at"]),
            deadline=times.parse(item["deadline"]),
            due_at=None if _shelved(item) or _by_short(item) else _time(item.get("due_at")),
            v=int(item["v"]),
            status=Status(item["status"]),
            reason=item.get("reason"),
            template_version=_int(item.get("template_version")),
            owner=item.get("owner"),
            claimed_at=_time(item.get("claimed_at")),
            provider_id=item.get("provider_id"),
            attempts=int(item.get("attempts", 0)),
            outcomes={name: times.parse(at) for name, at in item.get("outcomes", {}).items()},
            topic=item.get("topic"),
            permitted=item.get("permitted"),
            confirms=item.get("confirms"),
            statement=item.get("statement"),
            test=json.loads(item["test"]) if "test" in item else None,
            content=json.loads(item["content"]) if "content" in item else None,
            coupon=item.get("coupon"),
            said=json.loads(item["said"]) if "said" in item else None,
            todo=_time(item.get("due_at")) if _shelved(item) else None,
            bulk=bool(item.get("bulk", False)),
            clicks=item.get("clicks", {}),
            short=item.get("short"),
            bad_zone=item.get("bad_zone", False),
            reached=item.get("reached"),
        )


def planned(
    *,
    customer: str,
    message_class: MessageClass,
    channel: str,
    template: str | None,
    journey: str,
    step: str,
    enrolment: str,
    origin: str,
    occurrence: int,
    now: datetime,
    worth: timedelta,
    topic: str | None = None,
    content: Mapping[str, Any] | None = None,
    template_version: int | None = None,
    coupon: str | None = None,
    bulk: bool = False,
) -> Send:
    """The row for one decision to send, made at `now` and worth sending for `worth` after it.

    `origin` is the enrolment's immutable id: it survives a merge of two customers, so the same step of the same
    enrolment is the same row whoever the customer has become.
    """
    return Send(
        customer=customer,
        id=send_id(now, origin, step, occurrence),
        message_class=message_class,
        channel=channel,
        template=template,
        journey=journey,
        step=step,
        enrolment=enrolment,
        planned_at=now,
        deadline=now + worth,
        due_at=now + FAST_PATH_GRACE,
        topic=topic,
        content=content,
        template_version=template_version,
        coupon=coupon,
        bulk=bulk,
    )


def queue_of(row: Send) -> str:
    """Each class by its own queue, and by another what thousands get at once: what somebody waits for never stands
    behind it, whatever class it is of."""
    if row.bulk:
        return resources.BULK
    return resources.TRANSACTIONAL if row.message_class == "transactional" else resources.JOURNEYS


def send_id(at: datetime, origin: str, step: str, occurrence: int) -> str:
    """`{yyyymmddThhmm}-{32 hex}`: sorts by time, and holds only characters that SES takes in a message tag."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M}-{ids.digest(origin, step, str(occurrence))}"


def on_pages(customer: str) -> str:
    """The part of the due index with what waits for one customer on the pages of the site; no tick looks there."""
    return _ON_PAGES + customer


def by_short(short: str) -> str:
    """The part of the due index that holds the row of one short link; no tick looks there."""
    return _BY_SHORT + short


def _by_short(item: Mapping[str, Any]) -> bool:
    return str(item.get("due_shard", "")).startswith(_BY_SHORT)


def _shelved(item: Mapping[str, Any]) -> bool:
    """Whether what is due is no attempt to send, but the message itself."""
    shard = str(item.get("due_shard", ""))
    return shard == TASKS or shard.startswith(_ON_PAGES)


def _time(text: str | None) -> datetime | None:
    return None if text is None else times.parse(text)


def _int(value: Any) -> int | None:
    return None if value is None else int(value)
