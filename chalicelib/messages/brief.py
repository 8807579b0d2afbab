"""What keeps the short messages of a template (text messages, push messages) from being used, and what their author
should know: what they cost, and what makes them longer. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chalicelib.journeys import confirm
from chalicelib.journeys.template import Content
from chalicelib.messages import samples
from chalicelib.messages.gsm import measured, simplified
from chalicelib.messages.render import Rendered
from chalicelib.tracking.keywords import names_confirmation, names_way_out
from chalicelib.tracking.problems import Problem

MOST_SEGMENTS: Final = 10
"""AWS takes 1,600 letters; ten segments hold 1,530, or 670 in UCS-2."""
LONGEST_TITLE: Final = 65
LONGEST_BODY: Final = 240
LARGEST_PUSH: Final = 3_500
"""Bytes of words: Apple and Google take 4,096 with all that is around them."""
SHOWN: Final = 12  # of the letters that are named


def required(template: Content, channel: str, at: str, words: Rendered) -> Iterator[Problem]:
    """What keeps a message from being used, as it came out for somebody."""
    text = words.text or ""
    if channel == "sms":
        if template.message_class == "marketing" and samples.UNSUBSCRIBE not in text and not names_way_out(text):
            said = "marketing by SMS must tell how to leave, whoever the customer is"
            yield Problem(f"{at}.text", said, "Say Reply STOP (or the word in your language), or show the link.")
        if template.name == confirm.BY_TEXT and not names_confirmation(text):
            said = "what asks for a confirmation must name a word by which to give it, whoever the customer is"
            yield Problem(f"{at}.text", said, "Say Reply YES (SI in Italian and Spanish, DA in Romanian).")
        length = measured(simplified(text))
        if length.segments > MOST_SEGMENTS:
            said = f"The text comes to {length.segments} segments; AWS takes {MOST_SEGMENTS}"
            yield Problem(f"{at}.text", said, "Shorten it.")
    if channel == "push":
        size = len("".join(filter(None, (words.subject, text, words.url, words.image))).encode())
        if size > LARGEST_PUSH:
            said = f"The words come to {size} bytes; {LARGEST_PUSH} fit into what Apple and Google take"
            yield Problem(f"{at}.body", said, "Shorten them.")


def advice(channel: str, at: str, words: Rendered, who: str) -> Iterator[Problem]:
    """What its author should know."""
    text = words.text or ""
    if channel == "sms":
        yield from _costs(f"{at}.text", simplified(text), who)
    if channel == "push":
        if len(words.subject) > LONGEST_TITLE:
            said = f"For {who} the title has {len(words.subject)} letters; telephones show about {LONGEST_TITLE}"
            yield Problem(f"{at}.title", said, "Shorten it.")
        if len(text) > LONGEST_BODY:
            said = f"For {who} the body has {len(text)} letters; telephones show about {LONGEST_BODY}"
            yield Problem(f"{at}.body", said, "Shorten it.")


def _costs(at: str, text: str, who: str) -> Iterator[Problem]:
    length = measured(text)
    if length.costly:
        named = " ".join(length.costly[:SHOWN])
        said = f"For {who} these letters make it UCS-2, 70 letters in a segment where there could be 160: {named}"
        yield Problem(at, said, "Write without them if you may; each segment is paid for.")
    if length.segments > 1:
        said = f"For {who} it comes to {length.segments} segments ({length.encoding}, {length.units} places)"
        yield Problem(at, said, "Each segment is paid for like a message.")
