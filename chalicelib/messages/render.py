"""Templates to messages: Liquid over plain data. Pure.

What customers do arrives here as their names, their URLs, their words, and is hostile until proven otherwise:
HTML is escaped, addresses in it lead somewhere or nowhere, a subject is one line, nothing but dicts, lists, text,
numbers and booleans reaches a template (so no object's attribute can be followed), no other file can be included, and
loops, variables and output are bounded (liquid.py).

A template that fails for somebody is a value, not an exception: that message is skipped and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from chalicelib.journeys.onsite import filled
from chalicelib.journeys.template import Template
from chalicelib.messages import compiled, outgoing
from chalicelib.messages.compiled import Wording
from chalicelib.messages.liquid import rendered
from chalicelib.messages.locale.reader import reading
from chalicelib.messages.outgoing import Tagging

MAIL: Final = "email"
LONGEST_SUBJECT: Final = 250  # characters; mail programs show 40 to 80 of them

# Control characters, and those that make text read in another order than it is written (U+202E: `gnp.exe`).
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")


@dataclass(frozen=True)
class Rendered:
    """A message's words. `html` is escaped; `subject` is one line without control characters.

    locale: in which it is told. sender, reply_to: where its locale has its own. Of a push message the title is the
    subject and the body the text; url, image: where it leads, and what it shows. A text message has its text alone.
    onsite: what a message on the site says, where and when; personal: whether it says other things to other people.
    """

    subject: str
    html: str | None
    text: str | None
    locale: str | None = None
    sender: str | None = None
    reply_to: str | None = None
    url: str | None = None
    image: str | None = None
    onsite: Mapping[str, Any] | None = None
    personal: bool = False


@dataclass(frozen=True)
class TemplateError:
    """Why a template could not be rendered for somebody. `detail` is for whoever wrote the template."""

    part: str
    detail: str


def render(
    template: Template,
    context: Mapping[str, Any],
    wanted: str | None = None,
    tagging: Tagging | None = None,
    channel: str = MAIL,
) -> Rendered | TemplateError:
    """The template's words for one customer, by one of its channels.

    context: see docs/TEMPLATES.md; anything JSON-like, Decimal included. wanted: the locale that the customer reads.
    tagging: of links; None leaves them as they are. Those of a text message always stay as they are: a campaign's
    name would be paid for in letters.
    """
    held = compiled.wording(compiled.of(template), template.locale, wanted, channel)
    data = plain(context) | {"locale": reading(held.locale, wanted)}
    words: dict[str, str] = {}
    for part, source in held.parts.items():
        answer = rendered(source, data, html=part == "html")
        if isinstance(answer, Exception):
            return TemplateError(part, f"{type(answer).__name__}: {answer}")
        words[part] = answer
    if held.said is not None:
        return _on_site(held, held.said, words)
    if channel != MAIL:
        return brief(held, words, tagging, channel)
    subject = _one_line(words["subject"])
    if not subject:
        return TemplateError("subject", "it came out empty")
    html, text = words.get("html"), words.get("text")
    return Rendered(
        subject,
        None if html is None else _html(html, tagging),
        None if text is None else _text(text, tagging),
        held.locale,
        held.sender,
        held.reply_to,
    )


def brief(held: Wording, words: Mapping[str, str], tagging: Tagging | None, channel: str) -> Rendered | TemplateError:
    """The words of a channel other than mail. A link that would do anything but lead somewhere is an error; its
    campaign says the channel as utm_medium."""
    title, text = _one_line(words.get("subject", "")), tidy(words.get("text", "")).strip()
    if held.subject and not title:
        return TemplateError("title", "it came out empty")
    if not text:
        return TemplateError("body" if held.subject else "text", "it came out empty")
    url, image = words.get("url", "").strip() or None, words.get("image", "").strip() or None
    if url is not None and not outgoing.leads_on(url, held.url or ""):
        return TemplateError("url", "it is neither a page (http, https) nor a place in an app that the template names")
    if image is not None and not image.lower().startswith("https://"):
        return TemplateError("image", "an image needs an https address")
    if url is not None and tagging is not None and tagging.setting.utm:
        url = replace(tagging, setting=tagging.setting.model_copy(update={"medium": channel})).tagged(url)
    return Rendered(title, None, text, held.locale, url=url, image=image)


def _on_site(held: Wording, said: Mapping[str, Any], words: Mapping[str, str]) -> Rendered | TemplateError:
    """The words of a message on the site: plain text, in which whatever is Liquid is somebody's own."""
    told = filled(said, {path: tidy(text).strip() for path, text in words.items()})
    told["title"] = _one_line(told["title"])
    if not told["title"]:
        return TemplateError("title", "it came out empty")
    url = told.get("button", {}).get("url")
    if url is not None and not outgoing.leads_to_page(url):
        return TemplateError("button.url", "it is no page: write /path or https://...")
    return Rendered(told["title"], None, None, held.locale, onsite=told, personal=bool(words))


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


def tidy(text: str) -> str:
    """No trailing spaces, and never more than one empty line: what is left where Liquid stood on lines of its own."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip("\n")


def _html(html: str, tagging: Tagging | None) -> str:
    safe = outgoing.safe_html(html)
    return outgoing.tagged_html(safe, tagging) if tagging is not None else safe


def _text(text: str, tagging: Tagging | None) -> str:
    told = tidy(text)
    return outgoing.tagged_text(told, tagging) if tagging is not None else told


def _one_line(words: str) -> str:
    return " ".join(words.split())[:LONGEST_SUBJECT].rstrip()
