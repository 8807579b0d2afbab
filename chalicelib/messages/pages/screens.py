"""Every page that a recipient may see, as what is on it. Pure.

Addresses between pages are relative (`../p/...`), so that they hold behind any name and any path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.customers.frequency import Frequency
from chalicelib.messages.pages.choices import Choice, Group
from chalicelib.messages.pages.sheet import Screen, button, form, group, hidden, link, paragraph, tick

Words = Mapping[str, str]

REASONS: Final = ("too_many", "not_relevant", "never_asked", "privacy", "other")
"""Why somebody leaves."""
ANY: Final = "any"
"""The frequency of who has no wish."""


def unknown(words: Words) -> Screen:
    """The answer to every link that does not work, whatever is wrong with it."""
    return Screen(words["unknown.title"], (paragraph(words["unknown.text"]),))


def unsubscribe(words: Words, topic: str | None, preferences: str) -> Screen:
    """It asks for one click. topic: what the message was about, as people call it."""
    if topic is None:
        said = [paragraph(words["unsubscribe.all"]), form(button(words["unsubscribe.button"], "confirm", "yes"))]
    else:
        only = button(words["unsubscribe.button.topic"].format(topic=topic), "from", "topic")
        everything = button(words["unsubscribe.button.all"], "from", "all", quiet=True)
        said = [paragraph(words["unsubscribe.about"].format(topic=topic)), form(only), form(everything)]
    return Screen(words["unsubscribe.title"], (*said, link(words["unsubscribe.instead"], preferences)))


def unsubscribed(words: Words, topic: str | None, preferences: str, why: str) -> Screen:
    """It is done; and one question, which nobody needs to answer."""
    about = [paragraph(words["unsubscribed.topic"].format(topic=topic))] if topic is not None else []
    pieces = (*about, paragraph(words["soon"]), question(words, why), link(words["unsubscribe.instead"], preferences))
    return Screen(words["unsubscribed.title"], pieces)


def question(words: Words, action: str) -> str:
    """Why did you leave."""
    answers = [tick("radio", f"why-{one}", "why", one, words[f"why.{one}"]) for one in REASONS]
    asked = group(words["why.question"], *answers, hint=words["why.hint"])
    return form(asked, button(words["why.button"], "answer", "yes", quiet=True), action=action)


def why(words: Words) -> Screen:
    """The question on a page of its own."""
    return Screen(words["why.question"], (question(words, ""),))


def thanks(words: Words) -> Screen:
    """The answer is noted."""
    return Screen(words["why.thanks.title"], (paragraph(words["why.thanks.text"]),))


def confirm(words: Words, topic: str) -> Screen:
    """It asks for one click."""
    asked = paragraph(words["confirm.text"].format(topic=topic))
    return Screen(words["confirm.title"], (asked, form(button(words["confirm.button"], "confirm", "yes"))))


def confirmed(words: Words, *, before: bool) -> Screen:
    """It is done. before: it was so already."""
    return Screen(words["confirmed.title"], (paragraph(words["confirmed.before" if before else "confirmed.thanks"]),))


def preferences(
    words: Words, groups: Sequence[Group], wish: Frequency | None, *, saved: bool = False, why: str | None = None
) -> Screen:
    """What somebody gets, by which way, how often. saved: it answers a choice. why: where the question is answered that
    is asked of who has left something."""
    shown = [*(hidden("shown", key) for key in _on(groups)), hidden("shown-often", wish.value if wish else ANY)]
    kinds = [_channel(words, number, one) for number, one in enumerate(groups)]
    save = button(words["preferences.button"], "save", "yes")
    none = button(words["preferences.none"], "save", "none", quiet=True)
    asked = form(*shown, *kinds, _frequency(words, wish), save, none)
    after = [paragraph(words["soon"])] if saved else [paragraph(words["preferences.text"])]
    return Screen(
        words["preferences.title"],
        (*after, asked, *([question(words, why)] if why else [])),
        words["preferences.saved"] if saved else "",
    )


def _on(groups: Sequence[Group]) -> list[str]:
    return [choice.key for one in groups for choice in (one.channel, *one.topics) if choice.on]


def _channel(words: Words, number: int, held: Group) -> str:
    channel = held.channel
    label, hint = words[f"channel.{channel.key}.hint"], _pending(words, channel)
    box = tick("checkbox", f"channel-{number}", "on", channel.key, label, on=channel.on, hint=hint)
    boxes = [_topic(words, f"topic-{number}-{at}", topic) for at, topic in enumerate(held.topics)]
    topics = [group(words["preferences.topics"], *boxes)] if boxes else []
    return group(words[f"channel.{channel.key}"], box, *topics)


def _topic(words: Words, id: str, topic: Choice) -> str:
    hint = " ".join(part for part in (topic.description, _pending(words, topic)) if part)
    lang = "" if topic.language == words["language"] else topic.language
    return tick("checkbox", id, "on", topic.key, topic.title or topic.key, on=topic.on, hint=hint, lang=lang)


def _pending(words: Words, choice: Choice) -> str:
    return words["preferences.pending"] if choice.pending else ""


def _frequency(words: Words, wish: Frequency | None) -> str:
    ways: list[Frequency | None] = [None, *Frequency]
    rows = []
    for one in ways:
        value = one.value if one else ANY
        label = words[f"preferences.frequency.{value}"]
        rows.append(tick("radio", f"often-{value}", "often", value, label, on=one == wish))
    return group(words["preferences.frequency"], *rows)
