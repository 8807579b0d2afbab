"""The gateway of text messages in memory, as strict as AWS about what it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.errors import Permanent

_NUMBER = re.compile(r"\+?[1-9][0-9]{1,18}")
_PRICE = re.compile(r"[0-9]{0,2}\.[0-9]{1,5}")


class MemoryTexts:
    """`sent`: every request that was taken, in order. `next` holds what the next calls end with: an exception is raised
    instead of sending, None sends."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.next: list[Exception | None] = []

    def send(self, request: Mapping[str, Any]) -> str:
        refuse_what_aws_refuses(request["text"])
        ending = self.next.pop(0) if self.next else None
        if ending is not None:
            raise ending
        self.sent.append(request)
        return f"text-{len(self.sent)}"


def refuse_what_aws_refuses(call: Mapping[str, Any]) -> None:
    """Permanent for what AWS answers with ValidationException."""
    context = call.get("Context", {})
    fits = (
        _NUMBER.fullmatch(call["DestinationPhoneNumber"])
        and 0 < len(call["MessageBody"]) <= 1_600
        and call["MessageBody"].strip()
        and call["MessageType"] in ("TRANSACTIONAL", "PROMOTIONAL")
        and _PRICE.fullmatch(call["MaxPrice"])
        and len(context) <= 5
        and all(name and 0 < len(value) <= 800 and value == value.strip() for name, value in context.items())
    )
    if not fits:
        raise Permanent("bad_request")
