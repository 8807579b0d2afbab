"""From a playbook, its letters and what is set to definitions: the very JSON that anybody could have put. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.journeys.playbooks import look
from chalicelib.journeys.playbooks.brand import LANGUAGES, Brand
from chalicelib.journeys.playbooks.letter import Letter, Part, parse
from chalicelib.journeys.playbooks.look import Sheet, Words
from chalicelib.journeys.playbooks.playbook import Json, Playbook, filled

_PLACE: Final = re.compile(r"\{\{ (brand|settings)\.(\w+) \}\}")


@dataclass(frozen=True)
class Files:
    """A playbook as its folder has it. letters: by name, then by language, as they are written. notes: the same of what
    is said on the site."""

    playbook: Playbook
    letters: Mapping[str, Mapping[str, str]]
    notes: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """The layout of letters, and the words that stand in all of them, by language."""

    layout: str
    words: Mapping[str, Words]


@dataclass(frozen=True)
class Made:
    """Definitions by name, in the order in which they must be put: segments, templates, journeys."""

    segments: Mapping[str, Json]
    templates: Mapping[str, Json]
    journeys: Mapping[str, Json]


def made(files: Files, look_: Look, settings: Json, brand: Brand) -> Made:
    """What installing makes. `settings`: all of the playbook's (playbook.values). ValueError: a file is not right."""
    playbook = files.playbook
    served = playbook.serves.model_dump(mode="json", exclude_defaults=True)
    journeys = [filled(dict(each), settings) | {"serves": served} for each in playbook.journeys]
    segments = [filled(dict(each), settings) for each in playbook.segments]
    return Made(
        segments={each["name"]: _nameless(each) for each in segments},
        templates={
            f"{playbook.name.replace('_', '-')}-{name}": body
            for name, body in (
                *((name, note(name, files, settings, brand)) for name in sorted(files.notes)),
                *(
                    (name, template(playbook, texts, look_, settings, brand))
                    for name, texts in sorted(files.letters.items())
                ),
            )
        },
        journeys={each["name"]: {"class": playbook.message_class} | _nameless(each) for each in journeys},
    )


def template(playbook: Playbook, texts: Mapping[str, str], look_: Look, settings: Json, brand: Brand) -> Json:
    """One template: the brand's language is the default, the others are its locales."""
    content: dict[str, Json] = {}
    for language in LANGUAGES:
        letter = _placed(parse(texts[language]), settings, brand)
        sheet = Sheet(look_.layout, look_.words[language], brand, language, playbook.message_class)
        content[language] = {
            "subject": look.NAME + letter.subject,
            "mjml": look.mjml(letter, sheet),
            "text": look.text(letter, sheet),
        }
    first = content.pop(brand.language)
    return {"class": playbook.message_class, "locale": brand.language, **first, "locales": content}


def note(name: str, files: Files, settings: Json, brand: Brand) -> Json:
    """One template of what is said on the site. Its text is a list of paragraphs, of which some may depend on what is
    set."""
    content: dict[str, Json] = {}
    for language in LANGUAGES:
        said = filled(files.notes[name][language], settings)
        content[language] = {"onsite": {**said, "text": "\n\n".join(said["text"])}}
    first = content.pop(brand.language)
    first["onsite"]["show"] = filled(files.playbook.shows[name], settings)
    return {"class": files.playbook.message_class, "locale": brand.language, **first, "locales": content}


def _nameless(definition: Json) -> Json:
    return {name: value for name, value in definition.items() if name != "name"}


def _placed(letter: Letter, settings: Json, brand: Brand) -> Letter:
    """The letter with settings and brand put in; without a button that would lead nowhere, or a coupon that is not."""
    known: dict[tuple[str, str], Any] = {("settings", name): value for name, value in settings.items()}
    known |= {("brand", name): value for name, value in brand.model_dump().items()}

    def put(words: str) -> str:
        return _PLACE.sub(lambda place: str(known[place[1], place[2]] or ""), words)

    def kept(part: Part) -> bool:
        nowhere = part.block == "button" and "{{ brand.url }}" in part.target and brand.url is None
        return not nowhere and not (part.block == "coupon" and settings.get("coupon") is None)

    parts = tuple(Part(part.block, put(part.words), put(part.target)) for part in letter.parts if kept(part))
    return Letter(put(letter.subject), put(letter.preview), parts)
