"""Who reads a message: in which language, in which zone. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_TAG: Final = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?:[-.@].*)?", re.IGNORECASE)
_LONGEST: Final = 35


@dataclass(frozen=True)
class Reader:
    """locale: as the words are told, with the reader's region where it is the same language. zone: an IANA name."""

    locale: str
    zone: str = "UTC"


def tag(value: object) -> str | None:
    """A locale as it is written here: `it_ch` and `IT-CH.UTF-8` are `it-CH`. None for what is none."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    found = _TAG.fullmatch(value.strip().replace("_", "-"))
    if found is None:
        return None
    language, script, region = found.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


def chain(locale: str) -> tuple[str, ...]:
    """The locale and those that stand in for it: `sr-Latn-RS`, `sr-Latn`, `sr`."""
    parts = locale.split("-")
    return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1))


def wanted(traits: Mapping[str, Any]) -> str | None:
    """The locale that a customer's traits name: `language` is what somebody chose, `locale` is often what a browser
    says, and is taken where it is the same language with a region."""
    language, locale = tag(traits.get("language")), tag(traits.get("locale"))
    if language is None or locale is None:
        return language or locale
    return locale if language in chain(locale) else language


def reading(words: str, wanted: str | None) -> str:
    """In which locale numbers and dates are said among words that are told in `words`: the reader's own, if it is that
    language. "20 products" follows English whoever reads it."""
    return wanted if wanted is not None and chain(wanted)[-1] == chain(words)[-1] else words
