"""From a row of the ledger to the exact request that its channel will make. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.journeys.send import Send
from chalicelib.journeys.template import Template
from chalicelib.messages import links, trial
from chalicelib.messages.channels import Channel, Message, Request, Sender, Unsendable
from chalicelib.messages.onsite import CHANNEL as ONSITE
from chalicelib.messages.outgoing import Tagging, TrackedLinks
from chalicelib.messages.render import Rendered, TemplateError, render
from chalicelib.messages.store import Situation


@dataclass(frozen=True)
class Letterhead:
    """What is the same in every message: who sends, from where, where links lead, what signs them, how they are
    tagged."""

    sender: Sender
    postal_address: str
    public_url: str
    secrets: Sequence[str]
    tracked: TrackedLinks = field(default_factory=TrackedLinks)


@dataclass(frozen=True)
class Unfit:
    """No request can be made: `reason` for the ledger, `detail` for whoever wrote the template."""

    reason: str
    detail: str


def compose(
    row: Send,
    template: Template,
    channel: Channel,
    situation: Situation,
    letterhead: Letterhead,
    known: Mapping[str, Any],
) -> Request | Unfit:
    """The request for one message. The same arguments always give the same request. `known`: what templates see of the
    customer (context.py)."""
    token = links.mint(letterhead.secrets, links.UNSUBSCRIBE, links.Link(row.customer, row.id, row.topic))
    url = f"{letterhead.public_url}/u/{token}"
    acting = {"unsubscribe": url} | _confirmation(row, letterhead)
    context = {
        **known,
        "event": situation.event or known.get("event", {}),
        "links": acting,
        "topic": situation.topic,
        "postal_address": letterhead.postal_address,
    }
    tagging = Tagging(letterhead.tracked, row.journey, template.name, frozenset(acting.values()))
    if row.channel not in template.channels:
        return Unfit("template_of_another_channel", f"template {template.name} says nothing by {row.channel}")
    words = render(template, context, situation.wanted, tagging, row.channel)
    if isinstance(words, TemplateError):
        place = f"template {template.name}, version {template.version}, {words.part}"
        return Unfit("template_error", f"{place}: {words.detail}")
    message = Message(
        customer=row.customer,
        send=row.id,
        journey=row.journey,
        message_class=row.message_class,
        address=situation.recipient.address or "",
        words=words if row.test is None else trial.marked(words),
        unsubscribe_url=url if row.message_class == "marketing" else None,
        template=template.name,
        step=row.step,
        also=_also(row, template, context, situation.wanted),
    )
    try:
        return channel.prepare(message, letterhead.sender)
    except Unsendable as error:
        return Unfit("unsendable", str(error))


def _also(row: Send, template: Template, context: Mapping[str, Any], wanted: str | None) -> tuple[Rendered, ...]:
    """A message on the site in every other locale, where nobody has said which is read: the page will."""
    if row.channel != ONSITE or wanted is not None:
        return ()
    others = (render(template, context, locale, channel=row.channel) for locale in template.locales)
    return tuple(each for each in others if isinstance(each, Rendered))


def _confirmation(row: Send, letterhead: Letterhead) -> dict[str, str]:
    """The link that confirms a subscription, in a message that asks for it."""
    if row.confirms is None:
        return {}
    token = links.mint(letterhead.secrets, links.CONFIRM, links.Link(row.customer, row.id))
    return {"confirm": f"{letterhead.public_url}/c/{token}"}
