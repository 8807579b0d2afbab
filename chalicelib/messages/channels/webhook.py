"""Webhooks: another system is told, by JSON over https, signed.

A receiver can tell a call that it has had: by the header `webhook-id`, which is the id of the ledger's row. So a call
of which nobody knows what became of it is made again (`repeatable`), where a mail must not be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chalicelib import times
from chalicelib.journeys.send import Send
from chalicelib.messages.channels import Channel, Gateway, Message, Request, Say, Sender, Unsendable, Wordless
from chalicelib.messages.permission import Reaches

TYPE: Final = "journey.step"


class Webhook(Wordless):
    """The channel `webhook`."""

    def reaches(self, row: Send) -> Reaches | None:
        """Nobody: it tells a system, not a person."""
        return None

    def said(self, row: Send, known: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
        """Where to call, and the body: what the step says, its texts rendered; or else what happened."""
        content = row.content or {}
        body = content.get("body")
        return {
            "url": content.get("url"),
            "method": content.get("method", "POST"),
            "body": _happened(row, known) if body is None else filled(body, say),
        }

    def prepare(self, message: Message, sender: Sender) -> Request:
        """The call, but for its signature, which has the time of the call in it."""
        if message.said is None or not message.said.get("url"):
            raise Unsendable("it is not said where to call")
        return {"id": message.send, **message.said}

    def send(self, request: Request, gateway: Gateway) -> str:
        """One call."""
        return gateway.send(request)


def filled(value: Any, say: Say) -> Any:
    """JSON with each of its texts rendered by itself: what a text becomes cannot leave its place."""
    match value:
        case str():
            return say(value)
        case Mapping():
            return {name: filled(inner, say) for name, inner in value.items()}
        case list() | tuple():
            return [filled(inner, say) for inner in value]
        case _:
            return value


def _happened(row: Send, known: Mapping[str, Any]) -> dict[str, Any]:
    data = {
        "customer": row.customer,
        "journey": row.journey,
        "step": row.step,
        "stage": known.get("stage"),
        "traits": known.get("customer", {}),
        "event": known.get("event", {}),
    }
    return {"type": TYPE, "timestamp": times.text(row.planned_at), "data": data}


plugin: Channel = Webhook()
