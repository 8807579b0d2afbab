"""Tasks: a person is asked to call, to write, or to do something else.

A task that is sent is on the list, and the ledger's row is the task: nothing leaves, so nothing can be lost or doubled.
Permission is asked of the channel by which the customer will be reached, as for any message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from chalicelib import times
from chalicelib.journeys.send import Send
from chalicelib.messages.channels import Channel, Gateway, Message, Request, Say, Sender, Unsendable, Wordless
from chalicelib.messages.permission import Reaches

LONGEST_TITLE: Final = 200  # characters
_REACHES: Final = {"phone": Reaches("phone", "phone"), "post": Reaches("post", None)}


class Task(Wordless):
    """The channel `task`."""

    def reaches(self, row: Send) -> Reaches | None:
        """The customer by phone or by post; nobody, for other work."""
        return _REACHES.get(str((row.content or {}).get("by")))

    def said(self, row: Send, known: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
        """The task, its title and text rendered."""
        content = row.content or {}
        title = " ".join(say(str(content.get("title", ""))).split())[:LONGEST_TITLE]
        return {**content, "title": title, "text": say(str(content.get("text", ""))).strip()}

    def prepare(self, message: Message, sender: Sender) -> Request:
        """The task, as it is on the list."""
        if message.said is None or not message.said.get("title"):
            raise Unsendable("the task has no title")
        return {"id": message.send, **message.said}

    def send(self, request: Request, gateway: Gateway) -> str:
        """Put it on the list."""
        return gateway.send(request)

    def kept(self, row: Send, request: Request) -> Send:
        """The row with the task, to be done by its date."""
        said = {name: request[name] for name in ("title", "text", "by", "owner") if request.get(name)}
        return replace(row, said=said, todo=times.parse(request["due"]))


plugin: Channel = Task()
