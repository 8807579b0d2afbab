"""What keeps a template from being put in force, and what its author should know besides. Pure.

Marketing must show the way out and the postal address (CAN-SPAM, RFC 8058) to everybody, so every locale is rendered
for somebody of whom nothing is known, for somebody of whom much is, and for real people; and what came out is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Final

from chalicelib.journeys import confirm
from chalicelib.journeys.template import Content, Template
from chalicelib.messages import brief, compiled, markup, samples
from chalicelib.messages.compiled import Wording
from chalicelib.messages.permission import deliverable
from chalicelib.messages.render import MAIL, Rendered, TemplateError, render
from chalicelib.tracking.problems import Problem

LARGEST: Final = 102 * 1024
"""Bytes of HTML; Gmail shows no more, and what it hides is the end: the way out."""


@dataclass(frozen=True)
class Person:
    """Somebody to try a template with. `who`: how to name them to its author. `context`: what render takes; what is not
    there (links, the event) is nobody's."""

    who: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Findings:
    """`problems` keep the template from being used; `advice` does not."""

    problems: tuple[Problem, ...]
    advice: tuple[Problem, ...] = ()


def findings(template: Template, now: datetime, people: Sequence[Person] = (), domain: str | None = None) -> Findings:
    """Everything found in every locale. people: real ones. domain: that of the deployment's sender, if it is known."""
    nobody = samples.nobody(template, now)
    tried = (
        Person("somebody of whom nothing is known", nobody),
        Person("the sample customer", samples.somebody(template, now)),
        *(Person(person.who, {**nobody, **person.context}) for person in people),
    )
    problems = list(_of_class(template))
    advice: list[Problem] = []
    held = compiled.of(template)
    for locale, wording in held.wordings.items():
        problems += _mailboxes(_within(template, locale), wording, domain)
    for channel, wordings in held.by_channel.items():
        for locale, wording in wordings.items():
            if wording.locale == locale:  # else the words are another locale's, and are looked at there
                found = _of_words(template, channel, locale, wording, tried)
                problems += found.problems
                advice += found.advice
    return Findings(tuple(dict.fromkeys(problems)), tuple(dict.fromkeys(advice)))


def _of_words(template: Template, channel: str, locale: str, wording: Wording, tried: Sequence[Person]) -> Findings:
    """What is found in the words of one channel and locale."""
    problems: list[Problem] = []
    advice: list[Problem] = []
    longest = (0, Rendered("", None, ""), "")
    at = _within(template, locale) if channel == MAIL else _at(_within(template, locale), channel)
    if wording.html is not None:
        problems += [Problem(_at(at, "html"), flaw.problem, flaw.hint) for flaw in markup.flaws(wording.html)]
    for person in tried:
        words = render(template, person.context, locale, channel=channel)
        if isinstance(words, TemplateError):
            problems.append(_unrenderable(at, words, person))
            break  # what cannot be rendered for one is seldom right for the next
        if channel != MAIL:
            problems += brief.required(template, channel, at, words)
            longest = max(longest, (len(words.text or ""), words, person.who), key=lambda one: one[0])
            continue
        problems += _required(template, at, words)
        problems += _size(at, words)
        advice += _nowhere(at, words, person)
    advice += brief.advice(channel, at, longest[1], longest[2])
    return Findings(tuple(problems), tuple(advice))


def _within(template: Content, locale: str) -> str:
    return "" if locale == template.locale else f"locales.{locale}"


def _of_class(template: Content) -> Iterator[Problem]:
    if template.name not in confirm.TEMPLATES:
        return
    if template.message_class != "transactional":
        said = "what asks for a confirmation must be transactional: there is no consent yet"
        yield Problem("class", said, "Write transactional.")
    if template.name == confirm.NAME and not template.speaks:
        yield Problem("body", "what asks for a confirmation is a mail", "Add a subject and a body.")
    if template.name == confirm.BY_TEXT and template.sms is None:
        yield Problem("sms", "what asks for a confirmation by text message is one", "Add sms, with a text.")


def _unrenderable(at: str, error: TemplateError, person: Person) -> Problem:
    said = f"{error.part} cannot be rendered for {person.who}: {error.detail}"
    return Problem(_at(at, error.part), said, "Correct the Liquid; give what may be missing a default.")


def _required(template: Content, at: str, words: Rendered) -> Iterator[Problem]:
    """What must be shown to everybody."""
    asked = []
    if template.message_class == "marketing":
        way_out = ("links.unsubscribe", samples.UNSUBSCRIBE)
        asked += [("marketing", *way_out), ("marketing", "postal_address", samples.POSTAL)]
    if template.name == confirm.NAME:
        asked.append(("a confirmation", "links.confirm", samples.CONFIRM))
    for part, body in (("html", words.html), ("text", words.text)):
        for what, name, sample in asked:
            if body is not None and sample not in body:
                said = f"{what} must show {{{{ {name} }}}} in its {part}, whoever the customer is"
                yield Problem(_at(at, part), said, f"Add {{{{ {name} }}}} where nothing can leave it out.")


def _size(at: str, words: Rendered) -> Iterator[Problem]:
    size = len((words.html or "").encode())
    if size > LARGEST:
        said = f"The HTML comes to {size / 1024:.0f} KB; Gmail clips what is larger than 102 KB"
        yield Problem(_at(at, "html"), said, "Shorten it: what is clipped is the end, with the way out.")


def _nowhere(at: str, words: Rendered, person: Person) -> Iterator[Problem]:
    """Links that lead nowhere for this person: for want of data, or for want of a condition around them."""
    for link in markup.links(words.html or ""):
        for flaw in markup.misleading(link):
            said = f"For {person.who}: {flaw.problem[:1].lower()}{flaw.problem[1:]}"
            yield Problem(_at(at, "html"), said, "Put a condition around it, or give it a default.")


def _mailboxes(at: str, wording: Wording, domain: str | None) -> Iterator[Problem]:
    for part, mailbox in (("sender", wording.sender), ("reply_to", wording.reply_to)):
        if mailbox is None:
            continue
        _, address = parseaddr(mailbox)
        if not deliverable(address):
            said = f"{mailbox[:80]!r} holds no address that mail can be sent to"
            yield Problem(_at(at, part), said, "Write hello@shop.example or Shop <hello@shop.example>.")
        elif part == "sender" and domain and address.rpartition("@")[2] != domain:
            said = f"{address} is not an address at {domain}, as which this deployment may send"
            yield Problem(_at(at, part), said, f"Use an address at {domain}; answers may go anywhere (reply_to).")


def _at(locale: str, part: str) -> str:
    return f"{locale}.{part}" if locale else part
