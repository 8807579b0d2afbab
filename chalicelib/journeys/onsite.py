"""What a template says on the pages of the site: its words in one locale, and on which pages they are shown, and when.

    "onsite": {
      "title": "Stay in touch", "text": "What is new, once a month.",
      "form": {"email": "Your e-mail address", "submit": "Sign me up", "thanks": "Thank you.",
               "consent": {"label": "Write to me about new things.", "to": "email", "wording": "2026-1"}},
      "show": {"as": "corner", "pages": ["/products/*"], "after": "PT5S", "scroll": 25}
    }

Words are Liquid and come out as plain text, never as markup: the script puts them into the page as text. Nothing of a
page's address is sent anywhere to decide whether a message is for it: the script decides that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StringConstraints, model_validator

from chalicelib.customers.consent import CHANNELS
from chalicelib.segments.fields import Definition, Duration, Name
from chalicelib.segments.problems import objection

LONGEST_WAIT: Final = timedelta(minutes=30)
MOST_PAGES: Final = 50
MOST_QUESTIONS: Final = 6

_LIQUID: Final = re.compile(r"\{\{|\{%")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Paragraphs = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Pattern = Annotated[str, StringConstraints(pattern=r"^(/|https?://|\*)[\x21-\x7e]*$", max_length=300)]
Consented = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(CHANNELS)})(/[a-z0-9][a-z0-9_-]{{0,63}})?$")]
Version = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
As = Literal["dialog", "corner", "bar"]


class Button(Definition):
    """A link that looks like a button. `url`: on the site (`/sale`), or whole (`https://...`)."""

    label: Line
    url: Address


class Choice(Definition):
    """One answer to choose. `value` is what is kept, in any language; `label` is what is read."""

    value: Name
    label: Line


class Question(Definition):
    """A question: with `choices` one of them is chosen, without it is answered in words."""

    name: Name
    label: Line
    choices: Annotated[tuple[Choice, ...], Field(max_length=12)] = ()
    required: StrictBool = False


class Tick(Definition):
    """The box by which somebody agrees to a channel or a topic (`email/newsletter`); it is never ticked beforehand.

    wording: the version of `label`, as the shop's lawyers number it; without one that of the setting `consent`.
    required: nothing is submitted without the tick.
    """

    label: Line
    to: Consented
    wording: Version | None = None
    required: StrictBool = True


class Form(Definition):
    """What is asked. email, phone: the labels of the fields for a mail address and a number; None asks for none."""

    email: Line | None = None
    phone: Line | None = None
    consent: Tick | None = None
    questions: Annotated[tuple[Question, ...], Field(max_length=MOST_QUESTIONS)] = ()
    submit: Line
    thanks: Line

    @model_validator(mode="after")
    def _asks(self) -> Form:
        if self.email is None and self.phone is None and not self.questions and self.consent is None:
            raise objection("form", "The form asks nothing", "Add email, phone, consent or questions.")
        names = [question.name for question in self.questions]
        if len(set(names)) < len(names):
            raise objection("form", "Two questions have one name", "Give each a name of its own.")
        return self

    @property
    def shape(self) -> tuple[Any, ...]:
        """What is asked, without the words: the same in every locale, or answers could not be counted together."""
        asked = tuple((each.name, tuple(one.value for one in each.choices), each.required) for each in self.questions)
        agreed = self.consent and (self.consent.to, self.consent.required)
        return self.email is not None, self.phone is not None, agreed, asked


class Show(Definition):
    """Where and when it is shown; all of it must be so.

    as:      `dialog` stands before the page and asks for an answer; `corner` and `bar` leave the page as it is.
    pages:   on these, `not_on`: never on those. `/cart` and `/products/*` are paths, `/search?*` has the query in it,
             `https://shop.example/*` is a whole address; `*` stands for anything. No pages: on all.
    after:   so long after the page was opened. scroll: so much of it was seen, in per cent.
    times:   how often at the most one browser shows it without an answer; pause: how long it rests in between.
    """

    as_: As = Field(default="dialog", alias="as")
    pages: Annotated[tuple[Pattern, ...], Field(max_length=MOST_PAGES)] = ()
    not_on: Annotated[tuple[Pattern, ...], Field(max_length=MOST_PAGES)] = ()
    after: Duration | None = None
    scroll: Annotated[int, Field(ge=0, le=100, strict=True)] = 0
    times: Annotated[int, Field(ge=1, le=100, strict=True)] = 3
    pause: Duration = timedelta(hours=12)

    @model_validator(mode="after")
    def _soon(self) -> Show:
        if self.after is not None and self.after > LONGEST_WAIT:
            raise objection("after", "Nobody stays that long on one page", "Write up to PT30M.")
        return self

    def told(self) -> dict[str, Any]:
        """As the script is told: whole seconds, and what is not said left out."""
        said: dict[str, Any] = {"as": self.as_, "times": self.times, "pause": int(self.pause.total_seconds())}
        optional = {
            "pages": list(self.pages),
            "not_on": list(self.not_on),
            "after": int(self.after.total_seconds()) if self.after else 0,
            "scroll": self.scroll,
        }
        return said | {name: value for name, value in optional.items() if value}


class Onsite(Definition):
    """What is shown to a visitor, in one locale.

    text:  paragraphs are parted by an empty line. close: what the button that closes it is called.
    show:  of the words outside `locales`; those inside say only words.
    """

    title: Line
    text: Paragraphs | None = None
    button: Button | None = None
    form: Form | None = None
    close: Line = "Close"
    failed: Line = "That did not work. Please try again."
    show: Show | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Onsite:
        if self.button is not None and self.form is not None:
            raise objection("onsite", "There are a button and a form", "Keep one: a visitor is asked one thing.")
        return self

    @property
    def parts(self) -> Mapping[str, str]:
        """Its Liquid, by the path of each text."""
        return {"title": self.title} | dict(leaves(self.words()))

    def words(self) -> dict[str, Any]:
        """What is said, as JSON, without where and when."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"show"})

    def told(self, outside: Onsite | None) -> dict[str, Any]:
        """What is said, where and when. outside: the words of the default locale, whose `show` holds for all."""
        show = self.show or (outside.show if outside else None) or Show()
        return {**self.words(), "show": show.told()}


def leaves(said: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a message that are Liquid, each with its path (`form.consent.label`)."""
    if isinstance(said, str) and _LIQUID.search(said):
        yield path, said
    elif isinstance(said, Mapping | list):
        inside = said.items() if isinstance(said, Mapping) else enumerate(said)
        for name, inner in inside:
            yield from leaves(inner, f"{path}.{name}" if path else str(name))


def filled(said: Any, rendered: Mapping[str, str], path: str = "") -> Any:
    """What is said, with what its Liquid came to in the places of each: what a text becomes cannot leave its place."""
    if isinstance(said, str):
        return rendered.get(path, said)
    if isinstance(said, Mapping):
        return {name: filled(inner, rendered, f"{path}.{name}" if path else str(name)) for name, inner in said.items()}
    if isinstance(said, list):
        return [filled(inner, rendered, f"{path}.{place}" if path else str(place)) for place, inner in enumerate(said)]
    return said
