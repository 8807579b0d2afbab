"""From what an author wrote to what a sender renders. Pure; done when a template is put, never when one is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.journeys.block import Block
from chalicelib.journeys.template import Content, Template, Words
from chalicelib.messages import mjml
from chalicelib.messages.compiled import Compiled, Wording, asked, pack, spoken, spoken_beside
from chalicelib.messages.plaintext import plaintext
from chalicelib.messages.weaving import Unwoven, places, woven
from chalicelib.tracking.problems import Invalid, Problem


def compiled(content: Content, blocks: Mapping[str, Block]) -> Compiled:
    """A template with its blocks woven in, its MJML as HTML, and a text for every HTML. Raises Invalid."""
    problems: list[Problem] = []
    told: dict[str, Words] = {}
    for locale, words in content.variants.items():
        try:
            told[locale] = _told(words, locale, blocks)
        except Unwoven as unwoven:
            problems.append(Problem(_path(content, locale), str(unwoven), "Put the block, or leave its place out."))
        except mjml.Uncompilable as wrong:
            problems.append(Problem(_path(content, locale, "mjml"), str(wrong), "Correct the MJML."))
    if problems:
        raise Invalid(problems)
    outside = told.pop(content.locale)
    wordings = spoken(content.model_copy(update={**_words(outside), "locales": told}))
    beside = spoken_beside(content)
    every = [*wordings.values(), *(each for by_locale in beside.values() for each in by_locale.values())]
    return Compiled(wordings, _asked(every), places(content), beside)


def made(content: Content, blocks: Mapping[str, Block]) -> Template:
    """The version that is kept, before it has its number. Raises Invalid."""
    return Template.model_validate({**content.body(), "compiled": pack(compiled(content, blocks))})


def _told(words: Words, locale: str, blocks: Mapping[str, Block]) -> Words:
    """One locale's words in HTML and text."""
    held = woven(words, locale, blocks)
    html = mjml.compiled(held.mjml, locale) if held.mjml is not None else held.html
    text = held.text if held.text is not None or html is None else plaintext(html)
    return held.model_copy(update={"mjml": None, "html": html, "text": text})


def _words(words: Words) -> dict[str, str | None]:
    return {"html": words.html, "mjml": None, "text": words.text}


def _asked(wordings: Sequence[Wording]) -> frozenset[str]:
    from liquid.exceptions import LiquidError

    try:
        return asked(wordings)
    except LiquidError:
        return frozenset()  # the checks render each part, and say what is wrong with which


def _path(content: Content, locale: str, *inside: str) -> str:
    return ".".join((*(() if locale == content.locale else ("locales", locale)), *inside))
