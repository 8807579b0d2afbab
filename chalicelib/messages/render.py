"""Templates to messages: Liquid over plain data. Pure.

What customers do arrives here as their names, their URLs, their words, and is hostile until proven otherwise:
HTML is escaped, a subject is one line, nothing but dicts, lists, text, numbers and booleans reaches a template
(so no object's attribute can be followed), no other file can be included, and loops, variables and output are
bounded. The filter that declares a value safe is taken away.

A template that fails for somebody is a value, not an exception: that message is skipped and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from chalicelib.customers.facts import Facts
from chalicelib.customers.prices import Prices
from chalicelib.customers.shown import shown
from chalicelib.journeys import confirm
from chalicelib.journeys.template import Template

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment

LONGEST_SUBJECT: Final = 250  # characters; mail programs show 40 to 80 of them
LONGEST_BODY: Final = 300_000  # bytes; SES takes 40 MB, Gmail clips at 102 KB, loops run away

_FORBIDDEN_TAGS: Final = ("include", "render")
_FORBIDDEN_FILTERS: Final = ("safe",)
_SOME_TOPIC: Final = {"key": "email/topic", "title": "Topic", "description": "Topic", "wording": "1"}
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Rendered:
    """A message's words. `html` is escaped; `subject` is one line without control characters."""

    subject: str
    html: str | None
    text: str | None


@dataclass(frozen=True)
class TemplateError:
    """Why a template could not be rendered for somebody. `detail` is for whoever wrote the template."""

    part: str
    detail: str


_NO_FACTS: Final = shown(Facts(), Prices(), datetime(2000, 1, 1, tzinfo=UTC))


def render(template: Template, context: Mapping[str, Any]) -> Rendered | TemplateError:
    """The template's words for one customer. `context`: see Template; anything JSON-like, Decimal included."""
    data = plain(context)
    words: dict[str, str | None] = {}
    for part in ("subject", "html", "text"):
        source = getattr(template, part)
        if source is None:
            words[part] = None
            continue
        answer = _part(source, data, html=part == "html")
        if isinstance(answer, Exception):
            return TemplateError(part, f"{type(answer).__name__}: {answer}")
        words[part] = answer
    subject = _one_line(words["subject"] or "")
    if not subject:
        return TemplateError("subject", "it came out empty")
    return Rendered(subject, words["html"], words["text"])


def problems(template: Template) -> list[str]:
    """What keeps a template from being published; empty if nothing does.

    Marketing must show the unsubscribe link and the postal address (CAN-SPAM) to everybody: each body is rendered
    for somebody of whom nothing is known, and measured.
    """
    link, address, confirming = "https://unsubscribe.invalid/0f1e2d", "0f1e2d Postal Street", "https://confirm.invalid/"
    nobody = {
        "customer": {},
        "facts": _NO_FACTS,
        "event": {},
        "stage": "new",
        "links": {"unsubscribe": link, "confirm": confirming},
        "topic": _SOME_TOPIC if template.topic or template.name == confirm.NAME else {},
        "postal_address": address,
    }
    words = render(template, nobody)
    if isinstance(words, TemplateError):
        return [f"{words.part} cannot be rendered for a customer without traits: {words.detail}"]
    found: list[str] = []
    if template.message_class == "marketing":
        for part, body in (("html", words.html), ("text", words.text)):
            found += _missing(part, body, {"links.unsubscribe": link, "postal_address": address})
    if template.name == confirm.NAME:
        if template.message_class != "transactional":
            found.append("what asks for a confirmation must be transactional: there is no consent yet")
        for part, body in (("html", words.html), ("text", words.text)):
            found += _missing(part, body, {"links.confirm": confirming}, "a confirmation")
    return found


def plain(value: Any) -> Any:
    """Only what JSON has. Decimal becomes int or float (Liquid's arithmetic knows no Decimal), anything else text."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _CONTROLS.sub("", value.encode("utf-8", "replace").decode("utf-8"))
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return str(value)


def _missing(part: str, body: str | None, required: Mapping[str, str], what: str = "marketing") -> list[str]:
    if body is None:
        return []
    return [
        f"{what} must show {{{{ {name} }}}} in its {part}, whoever the customer is"
        for name, sample in required.items()
        if sample not in body
    ]


def _part(source: str, data: Mapping[str, Any], *, html: bool) -> str | Exception:
    from liquid.exceptions import LiquidError

    try:
        return _parsed(source, html).render(**data)
    except (LiquidError, ArithmeticError, ValueError, TypeError, RecursionError) as error:
        return error


@lru_cache(maxsize=256)
def _parsed(source: str, html: bool) -> BoundTemplate:
    return _environment(html).from_string(source)


@cache
def _environment(html: bool) -> Environment:
    # Imported on first use: of all Lambdas only those that send need it, and it is slow to import.
    from liquid import Environment

    class Bounded(Environment):
        loop_iteration_limit = 1_000
        local_namespace_limit = 200_000
        output_stream_limit = LONGEST_BODY
        context_depth_limit = 10
        block_nesting_limit = 10

    environment = Bounded(autoescape=html)
    for tag in _FORBIDDEN_TAGS:
        del environment.tags[tag]
    for name in _FORBIDDEN_FILTERS:
        del environment.filters[name]
    return environment


def _one_line(words: str) -> str:
    return " ".join(words.split())[:LONGEST_SUBJECT].rstrip()
