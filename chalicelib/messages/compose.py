"""From a row of the ledger to the exact request that its channel will make. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from chalicelib.journeys.send import Send
from chalicelib.journeys.template import Template
from chalicelib.messages import links, trial
from chalicelib.messages.channels import Channel, Message, Request, Sender, Unsendable
from chalicelib.messages.onsite import CHANNEL as ONSITE
from chalicelib.messages.outgoing import Tagging, TrackedLinks
from chalicelib.messages.render import Rendered, TemplateError, render
from chalicelib.messages.situation import Situation


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


@dataclass(frozen=True)
class Writing:
    """What one message is written from. known: what templates see of the customer (context.py). The same always comes
    to the same words, and to the same request."""

    row: Send
    template: Template
    situation: Situation
    letterhead: Letterhead
    known: Mapping[str, Any]


def words(writing: Writing) -> Rendered | Unfit:
    """What one message says: what is sent, and what is shown to who opens it in a browser."""
    row, template, letterhead = writing.row, writing.template, writing.letterhead
    if row.channel not in template.channels:
        return Unfit("template_of_another_channel", f"template {template.name} says nothing by {row.channel}")
    context = _context(writing)
    tagging = Tagging(letterhead.tracked, row.journey, template.name, frozenset(context["links"].values()))
    said = render(template, context, writing.situation.wanted, tagging, row.channel)
    if isinstance(said, TemplateError):
        place = f"template {template.name}, version {template.version}, {said.part}"
        return Unfit("template_error", f"{place}: {said.detail}")
    return said if row.test is None else trial.marked(said)


def enclose(writing: Writing, said: Rendered, channel: Channel) -> Request | Unfit:
    """The request for words that are said."""
    row, letterhead = writing.row, writing.letterhead
    message = Message(
        customer=row.customer,
        send=row.id,
        journey=row.journey,
        message_class=row.message_class,
        address=writing.situation.recipient.address or "",
        words=said,
        unsubscribe_url=_acting(row, letterhead, links.UNSUBSCRIBE) if row.message_class == "marketing" else None,
        template=writing.template.name,
        step=row.step,
        until=row.deadline,
        also=_also(writing),
    )
    try:
        return channel.prepare(message, letterhead.sender)
    except Unsendable as error:
        return Unfit(error.reason, str(error))


def acting(row: Send, letterhead: Letterhead) -> dict[str, str]:
    """The links of a message that act for who gets it. Where letters are counted, both lead to the preference centre by
    a short one."""
    purposes = {"unsubscribe": links.UNSUBSCRIBE, "preferences": links.PREFERENCES}
    if row.channel not in links.SHORT_ON:
        purposes |= {"view": links.VIEW} if row.channel == "email" else {}
        purposes |= {"confirm": links.CONFIRM} if row.confirms is not None else {}
    return {name: _acting(row, letterhead, purpose) for name, purpose in purposes.items()}


def _acting(row: Send, letterhead: Letterhead, purpose: str) -> str:
    if row.channel in links.SHORT_ON:
        return f"{letterhead.public_url}/s/{row.short or links.short(letterhead.secrets, row.customer, row.id)}"
    link = links.Link(row.customer, row.id, row.topic)
    return f"{letterhead.public_url}/{links.path(letterhead.secrets, purpose, link)}"


def _context(writing: Writing) -> dict[str, Any]:
    situation, letterhead, known = writing.situation, writing.letterhead, writing.known
    return {
        **known,
        "event": situation.event or known.get("event", {}),
        "links": acting(writing.row, letterhead),
        "topic": situation.topic,
        "postal_address": letterhead.postal_address,
        "sender_name": parseaddr(letterhead.sender.address)[0] or None,  # in Liquid, an empty text is true
    }


def _also(writing: Writing) -> tuple[Rendered, ...]:
    """A message on the site in every other locale, where nobody has said which is read: the page will."""
    if writing.row.channel != ONSITE or writing.situation.wanted is not None:
        return ()
    context, template = _context(writing), writing.template
    others = (render(template, context, locale, channel=ONSITE) for locale in template.locales)
    return tuple(each for each in others if isinstance(each, Rendered))
