"""Push messages on people's telephones, through SNS to Apple's and Google's services.

One row is one message on all devices of a person (customers/devices.py), each of which gets it at most once
(pushing.py). The id of the send goes along as collapse id: should a device be told the same again, for a receipt of
which nobody knew, it shows it once. What the app needs to say what became of it (`send_id`, `journey`, `template`,
`step`) is in the payload: an app that hands it back with `Push Notification Tapped` answers as a click in a mail does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from chalicelib import times
from chalicelib.customers import devices
from chalicelib.journeys.send import Send
from chalicelib.messages.channels import Channel, Gateway, Message, Request, Sender, Unsendable, Worded
from chalicelib.messages.permission import Reaches
from chalicelib.messages.render import Rendered

LARGEST: Final = 4_096  # bytes of a payload, at Apple and at Google

_PUSH: Final = Reaches("push", None)


class Push(Worded):
    """The channel `push`."""

    def reaches(self, row: Send) -> Reaches | None:
        """The customer's devices."""
        return _PUSH

    def prepare(self, message: Message, sender: Sender) -> Request:
        """The payload for each platform, and the devices that get it."""
        words = message.words
        if words is None or not words.subject or not words.text:
            raise Unsendable("the message has no title or no body")
        to = devices.read(message.address)
        if not to:
            raise Unsendable("the person has no device", "no_address")
        data = _data(message, words)
        payloads = {"ios": _apple(words, data), "android": _google(words, data, message.send)}
        size = max(len(json.dumps(each, ensure_ascii=False).encode()) for each in payloads.values())
        if size > LARGEST:
            raise Unsendable(f"the payload comes to {size} bytes; {LARGEST} can be sent", "too_long")
        return {
            "id": message.send,
            "customer": message.customer,
            "data": data,
            "devices": [{"key": each.key, "platform": each.platform, "token": each.token} for each in to],
            **({"until": times.text(message.until)} if message.until is not None else {}),
            "payloads": {platform: payloads[platform] for platform in sorted({each.platform for each in to})},
        }

    def send(self, request: Request, gateway: Gateway) -> str:
        """One message, on each device once."""
        return gateway.send(request)


def _data(message: Message, words: Rendered) -> dict[str, str]:
    """What the app gets beside the words."""
    said = {
        "send_id": message.send,
        "journey": message.journey,
        "template": message.template,
        "step": message.step,
        "url": words.url or "",
        "image": words.image or "",
    }
    return {name: value for name, value in said.items() if value}


def _apple(words: Rendered, data: Mapping[str, str]) -> dict[str, Any]:
    aps: dict[str, Any] = {"alert": {"title": words.subject, "body": words.text}, "sound": "default"}
    if words.image:
        aps["mutable-content"] = 1  # the app's extension fetches the image
    return {"aps": aps, "perennial": dict(data)}


def _google(words: Rendered, data: Mapping[str, str], send: str) -> dict[str, Any]:
    notification = {"title": words.subject, "body": words.text, **({"image": words.image} if words.image else {})}
    message = {
        "notification": notification,
        "data": dict(data),
        "android": {"collapse_key": send, "notification": {"tag": send}},
    }
    return {"fcmV1Message": {"message": message}}


plugin: Channel = Push()
