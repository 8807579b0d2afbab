"""From a row without a template to the exact request that its channel will make. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.journeys.send import Send
from chalicelib.messages.channels import Channel, Message
from chalicelib.messages.compose import Unfit
from chalicelib.messages.liquid import names, rendered
from chalicelib.messages.render import plain


class _Unreadable(Exception):
    """A text of the step that cannot be rendered."""


def asked(row: Send) -> frozenset[str]:
    """The names of the context that the texts of a row use; of a text that cannot be read none."""
    from liquid.exceptions import LiquidError

    found: set[str] = set()
    for text in _texts(row.content or {}):
        try:
            found |= names(text)
        except LiquidError:  # what is wrong with it is said where it is rendered
            continue
    return frozenset(found)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)


def spoken(row: Send, channel: Channel, known: Mapping[str, Any], address: str) -> Message | Unfit:
    """What is said on a channel without templates, addressed. `known`: what templates see of the customer."""
    data = plain(known)

    def say(text: str) -> str:
        answer = rendered(text, data, html=False)
        if isinstance(answer, Exception):
            raise _Unreadable(f"{type(answer).__name__}: {answer}")
        return answer

    try:
        said = channel.said(row, data, say)
    except _Unreadable as error:
        return Unfit("template_error", f"step {row.step}: {error}")
    return Message(
        customer=row.customer,
        send=row.id,
        journey=row.journey,
        message_class=row.message_class,
        address=address,
        words=None,
        said=said,
    )
