"""In which language a page speaks, and what it says in it. Pure.

The recipient's own language comes first, as the traits say it; then what the browser asks for, then the brand's. One
file for each language in `languages/`; a test holds them to the same names and the same gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from chalicelib.messages.locale.reader import chain, tag

LANGUAGES: Final = ("en", "it", "es", "ro")

_WEIGHED: Final = re.compile(r"\s*([A-Za-z0-9-]{1,35}|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_LONGEST: Final = 500
"""Characters of Accept-Language that are read."""


def language(wanted: str | None, accepted: str | None, fallback: str) -> str:
    """One of LANGUAGES. wanted: the recipient's locale; accepted: the browser's Accept-Language."""
    asked = [*([wanted] if wanted else []), *preferred(accepted or ""), fallback]
    spoken = (chain(told)[-1] for one in asked if (told := tag(one)) is not None)
    return next((one for one in spoken if one in LANGUAGES), LANGUAGES[0])


def preferred(accepted: str) -> list[str]:
    """The languages of an Accept-Language (RFC 9110), the dearest first; what cannot be read is passed over."""
    weighed = sorted(_weighed(accepted[:_LONGEST]), key=lambda one: -one[1])
    return [named for named, weight in weighed if weight > 0 and named != "*"]


def words(language: str) -> Mapping[str, str]:
    """Everything the pages say in a language, by name."""
    held: Mapping[str, str] = import_module(f"chalicelib.messages.pages.languages.{language}").WORDS
    return held


def _weighed(accepted: str) -> Iterator[tuple[str, float]]:
    for part in accepted.split(","):
        found = _WEIGHED.fullmatch(part)
        if found is not None:
            yield found[1], float(found[2] or 1)
