"""What is shown on the pages of the site: what waits for a visitor, what was done with it, and the script for both.

Pages of anybody may ask, under a public key, so nothing here tells more than a visitor may know (messages/onsite).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from chalice.app import Response
from pydantic import Field, StrictBool, StringConstraints
from pydantic_core import to_json

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes

SCRIPT: Final = Path(__file__).with_name("onsite.js")
TRUSTED: Final = 60
"""Seconds for which a browser remembers what waits, also that nothing does: so often a visitor's pages ask at most."""
_LONGEST_ID: Final = 256

routes: Final = Routes("onsite")

PROBLEMS: Final = (
    "unknown_write_key",
    "origin_not_allowed",
    "too_many_calls",
    "no_user_hash",
    "wrong_user_hash",
)

Id = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_ID)]
Hash = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Locale = Annotated[str, StringConstraints(max_length=35)]


class OnsiteQuery(Model):
    """For whom a page asks: nothing waits where nobody is named. A `userId` needs its `userHash` under a public key."""

    writeKey: str | None = Field(None, max_length=200, description="The write key of the website.")
    anonymousId: Id | None = Field(None, description="The visitor's id, as the tracking SDK keeps it.")
    userId: Id | None = Field(None, description="Who is signed in.")
    userHash: Hash | None = Field(None, description="The proof of that, made by the shop's server: docs/KEYS.md.")
    locale: Locale | None = Field(None, description="The language of the page, as `it` or `it-CH`.")


class OnsiteMessage(Model):
    """A message for this visitor, as the script shows it. What it says is plain text, never markup."""

    id: str
    locale: str
    title: str
    text: str | None = None
    button: dict[str, str] | None = Field(None, description="`label` and `url`.")
    form: dict[str, Any] | None = Field(None, description="What is asked, and the words for it: docs/ONSITE.md.")
    close: str
    failed: str = Field(description="What to say when an answer could not be sent.")
    show: dict[str, Any] = Field(description="On which pages and when, which the page itself decides.")
    until: Moment = Field(description="Not to be shown after that.")


class OnsiteMessages(Model):
    """What waits for the visitor: first what answers something the visitor did, then the oldest."""

    messages: list[OnsiteMessage]


class OnsiteAnswer(Strict):
    """What was done with a message on a page."""

    writeKey: str | None = Field(None, max_length=200)
    anonymousId: Id | None = None
    userId: Id | None = None
    userHash: Hash | None = None
    id: Id = Field(description="Of the message.")
    did: Literal["viewed", "clicked", "dismissed", "submitted"]
    locale: Locale | None = Field(None, description="In which it was shown.")
    page: str | None = Field(None, max_length=500, description="The path of the page, without query.")
    email: str | None = Field(None, max_length=320, description="What was written into the form's field for it.")
    phone: str | None = Field(None, max_length=40, description="The same of a number, with its country code.")
    consent: StrictBool = Field(False, description="Whether the form's box was ticked.")
    answers: dict[str, str] = Field({}, max_length=20, description="By the question's name.")


class OnsiteTaken(Model):
    """It is stored; saying it again changes nothing."""

    success: Literal[True] = True


@routes.endpoint(
    "GET",
    "/v1/onsite",
    query=OnsiteQuery,
    response=OnsiteMessages,
    cors=True,
    write_key=True,
    problems=PROBLEMS,
)
def read_onsite(request: Request) -> Response:
    """The messages that wait for this visitor.

    A visitor's own id shows what is for the visitor. What is personal and for somebody who is known needs the proof
    (`userHash`) that it is she who looks; what says the same to everybody is shown without. Browsers may remember the
    answer for a minute.
    """
    from chalicelib.api import onsite_work

    found = OnsiteMessages(messages=onsite_work.waiting(request.parameters(OnsiteQuery), request))
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": f"private, max-age={TRUSTED}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(to_json(found, exclude_none=True).decode(), headers=headers)


@routes.endpoint(
    "POST",
    "/v1/onsite",
    request=OnsiteAnswer,
    response=OnsiteTaken,
    cors=True,
    problems=(*PROBLEMS, "message_not_found", "invalid_answer"),
)
def answer_onsite(request: Request) -> OnsiteTaken:
    """Say what was done with a message: viewed, clicked, dismissed, or its form submitted.

    The write key stands in the body, in the query or in a header. Each deed becomes an event of the visitor, once for
    each message, and an outcome of its row in the ledger. A form's address, number and consent become `Identify` and
    `Subscribed`, as if the site had sent them under its write key: they wait for a confirmation where the workspace
    asks for one, and never change what is known of somebody else.
    """
    from chalicelib.api import onsite_work

    onsite_work.take(request.json(OnsiteAnswer), request)
    return OnsiteTaken()


@routes.endpoint("GET", "/onsite.js", content_type="text/javascript; charset=utf-8", cors=True)
def read_onsite_script(request: Request) -> Response:
    """The script that shows them: docs/ONSITE.md has the line that puts it into a page."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": "public, max-age=3600",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(script(), headers=headers)


@cache
def script() -> str:
    """The script as it is served: without the comments and the margins of its source."""
    lines = (line.strip() for line in SCRIPT.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"
