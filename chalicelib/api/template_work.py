"""What the endpoints of templates do: the words of HTTP on one side, the messages room on the other.

Imported by the handlers when one of them runs: it brings Liquid, which no other Lambda's start should pay for.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from chalicelib import resources, wiring
from chalicelib.api.definition_work import unless_changed
from chalicelib.api.template_models import (
    BlockVersion,
    Finding,
    PreviewOf,
    PushPreview,
    TemplatePreview,
    TemplateVersion,
    TextPreview,
    TrialSent,
    TrialTo,
)
from chalicelib.api.versions import as_listed, valid
from chalicelib.errors import Refused
from chalicelib.journeys.template import Template
from chalicelib.messages import samples, trial
from chalicelib.messages.builtin import BUILT_IN
from chalicelib.messages.gsm import measured
from chalicelib.messages.locale.reader import tag, wanted
from chalicelib.messages.render import MAIL, Rendered, TemplateError, render
from chalicelib.messages.texting import Texting
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import Problem


def put(name: str, body: object, expected: int | None) -> TemplateVersion:
    """Make a version, unless the newest says the same."""
    shelf = wiring.perennial().shelf
    made = unless_changed(lambda: valid("template", lambda: shelf.put(name, body, expected=expected)))
    return TemplateVersion(
        state=as_listed(made.pointer),
        version=made.pointer.latest,
        definition=made.body,
        advice=_found(made.advice),
    )


def put_block(name: str, body: object, expected: int | None) -> BlockVersion:
    """Make a version of a block, and of what holds it."""
    shelf = wiring.perennial().shelf
    made = unless_changed(lambda: valid("block", lambda: shelf.put_block(name, body, expected=expected)))
    return BlockVersion(
        state=as_listed(made.pointer),
        version=made.pointer.latest,
        definition=made.body,
        remade=list(made.remade),
    )


def preview(name: str, asked: PreviewOf) -> TemplatePreview:
    """A template as somebody would get it."""
    perennial = wiring.perennial()
    problems: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    if asked.definition is not None:
        template, found = valid("template", lambda: perennial.shelf.tried(name, asked.definition))
        problems, advice = found.problems, found.advice
    else:
        template = _template(name, asked.version)
    context = _context(template, asked.customer, asked.sample)
    by_channel = {each: _rendered(template, context, asked.locale, each) for each in sorted(template.channels)}
    mail = by_channel.get(MAIL, Rendered("", None, None))
    return TemplatePreview(
        subject=mail.subject or None,
        html=mail.html,
        text=mail.text,
        locale=next((words.locale for words in by_channel.values() if words.locale), template.locale),
        sender=mail.sender or perennial.settings.sender,
        reply_to=mail.reply_to,
        html_bytes=len((mail.html or "").encode()),
        sms=_text_message(by_channel.get("sms"), template.locale),
        push=_push_message(by_channel.get("push"), template.locale),
        onsite=by_channel["onsite"].onsite if "onsite" in by_channel else None,
        problems=_found(problems),
        advice=_found(advice),
    )


def _text_message(words: Rendered | None, locale: str) -> TextPreview | None:
    if words is None:
        return None
    texting = wiring.perennial().workspace.get(Texting)
    text = texting.said(words.text or "")
    length = measured(text)
    return TextPreview(
        text=text,
        locale=words.locale or locale,
        encoding=length.encoding,
        units=length.units,
        segments=length.segments,
        costly=list(length.costly),
        costs=texting.costs(length.segments),
    )


def _push_message(words: Rendered | None, locale: str) -> PushPreview | None:
    if words is None:
        return None
    title, body = words.subject, words.text or ""
    return PushPreview(title=title, body=body, locale=words.locale or locale, url=words.url, image=words.image)


def test(name: str, asked: TrialTo) -> TrialSent:
    """Plan a test, and tell the sender."""
    perennial = wiring.perennial()
    to = asked.to.strip()
    patterns = perennial.settings.allowed_recipients
    if not any(fnmatchcase(to.lower(), pattern) for pattern in patterns):
        said = (
            "AllowedRecipients does not list this address: tests go to nobody else. Add it to the deployment's stage."
        )
        raise Refused(400, "not_allowed_recipient", said)
    template = _template(name, asked.version)
    if asked.channel not in template.channels:
        said = f"The template says nothing by {asked.channel}; it speaks by {', '.join(sorted(template.channels))}."
        raise Refused(400, "not_rendered", said)
    _rendered(template, _context(template, asked.customer, asked.sample), asked.locale, asked.channel)
    whom = {"as": asked.customer} if asked.customer is not None else {"sample": asked.sample}
    locale = tag(asked.locale)
    kept = {"to": to, **whom, **({"locale": locale} if locale else {})}
    row = trial.row(template, kept, secrets.token_hex(8), perennial.now(), asked.channel)
    perennial.sends.plan_test(row)
    perennial.queues.send(resources.TRANSACTIONAL, [{"customer": row.customer, "send": row.id}])
    return TrialSent(customer=row.customer, send=row.id)


def _template(name: str, version: int | None) -> Template:
    """A version of a template as it is now (a sender may not know of it for half a minute), or Refused."""
    store = wiring.perennial().shelf.templates
    pointer = store.pointer(name) if is_name(name) else None
    found = store.template(name, version or pointer.latest) if pointer else BUILT_IN.get(name)
    if found is not None:
        return found
    if pointer is not None:
        said = f"There is no version {version}; the newest is {pointer.latest}."
        raise Refused(404, "version_not_found", said)
    raise Refused(404, "template_not_found", "There is no template of this name.")


def _context(template: Template, customer: str | None, sample: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the template sees; links and the address are made up."""
    perennial = wiring.perennial()
    made_up = samples.somebody(template, perennial.now(), sample)
    if customer is None:
        return made_up
    known = perennial.tried_with.one(customer)
    if known is None:
        raise Refused(404, "customer_not_found", "There is no customer of this id.")
    return {**made_up, **known, "event": made_up["event"]}


def _rendered(template: Template, context: Mapping[str, Any], locale: str | None, channel: str) -> Rendered:
    traits = context["customer"]  # of a sample: whatever the caller says
    read = tag(locale) or (wanted(traits) if isinstance(traits, Mapping) else None)
    words = render(template, context, read, channel=channel)
    if isinstance(words, TemplateError):
        path = words.part if channel == MAIL else f"{channel}.{words.part}"
        details = [{"path": path, "problem": words.detail, "hint": "Correct the Liquid."}]
        raise Refused(400, "not_rendered", "The template cannot be rendered for this customer.", details)
    return words


def _found(problems: tuple[Problem, ...]) -> list[Finding]:
    return [Finding(**problem.details()) for problem in problems]
