"""On-site messages: what the site shows to a visitor who comes back to it.

A message that is sent is where the visitor's page finds it, and the ledger's row is the message: nothing leaves, so
nothing can be lost or doubled (messages/onsite). A visitor need not have agreed to anything to be spoken to on the site
itself; who said no to it is left alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from chalicelib.journeys.send import Send
from chalicelib.messages.channels import Channel, Gateway, Message, Request, Sender, Unsendable, Worded
from chalicelib.messages.permission import Reaches

LARGEST: Final = 24_000
"""Characters of all words of a message: they are part of its row."""

_SITE: Final = Reaches("onsite", None)


class Onsite(Worded):
    """The channel `onsite`."""

    repeatable = True  # the row is the message: writing it again shows nothing twice
    paced = False

    def reaches(self, row: Send) -> Reaches | None:
        """The customer, on the site."""
        return _SITE

    def prepare(self, message: Message, sender: Sender) -> Request:
        """The message, as pages find it: in the locale that its reader wants, or else in all there are."""
        told = [words for words in (message.words, *message.also) if words is not None and words.onsite]
        if not told:
            raise Unsendable("the template says nothing on the site")
        held = {words.locale or "": {n: v for n, v in (words.onsite or {}).items() if n != "show"} for words in told}
        if len(str(held)) > LARGEST:
            raise Unsendable("the words are too long for a message on a page")
        said = {
            "locale": told[0].locale or "",
            "words": held,
            "show": (told[0].onsite or {}).get("show", {}),
            "personal": any(words.personal for words in told),
        }
        return {"id": message.send, "said": said}

    def send(self, request: Request, gateway: Gateway) -> str:
        """Put it where pages find it."""
        return gateway.send(request)

    def kept(self, row: Send, request: Request) -> Send:
        """The row with the message, to be shown until it is no longer worth it."""
        return replace(row, said=request["said"], todo=row.deadline)


plugin: Channel = Onsite()
