"""`Mailer` in memory, as strict as SES about what it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.mail import Allowance
from chalicelib.errors import Permanent

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|ses:feedback-id-[ab]")
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER = re.compile(r"[!-9;-~]{1,126}")


class MemoryMail:
    """`sent` is the mailbox: every request that was taken, in order. `next` holds what the next calls end with:
    an exception is raised instead of sending, None sends."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.next: list[Exception | None] = []

    def send(self, request: Mapping[str, Any]) -> str:
        refuse_what_ses_refuses(request)
        ending = self.next.pop(0) if self.next else None
        if ending is not None:
            raise ending
        self.sent.append(request)
        return f"ses-{len(self.sent)}"

    def allowance(self) -> Allowance:
        return Allowance(14.0)


def tags(request: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a request by name."""
    return {tag["Name"]: tag["Value"] for tag in request["EmailTags"]}


def headers(request: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a request by name."""
    return {header["Name"]: header["Value"] for header in request["Content"]["Simple"]["Headers"]}


def refuse_what_ses_refuses(request: Mapping[str, Any]) -> None:
    """Permanent for what SES answers with BadRequestException: MiniStack and moto take anything."""
    problems = [
        f"tag {tag}"
        for tag in request["EmailTags"]
        if not (_NAME.fullmatch(tag["Name"]) and _VALUE.fullmatch(tag["Value"]))
    ]
    simple = request["Content"]["Simple"]
    for header in simple["Headers"]:
        name, value = header["Name"], header["Value"]
        if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable():
            problems.append(f"header {header}")
        if len(name) + len(value) > 996 or name.lower() in {"from", "to", "subject", "feedback-id"}:
            problems.append(f"header {header}")
    if len(request["Destination"]["ToAddresses"]) != 1:
        problems.append("one recipient a mail")
    if "\n" in simple["Subject"]["Data"]:
        problems.append("subject of several lines")
    if problems:
        raise Permanent("bad_request")
