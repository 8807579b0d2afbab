"""Words that follow a number, a person, or each other. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from chalicelib.messages.locale.figures import figure, known, number

CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")
GENDERS: Final = ("female", "male", "other")
PLACE: Final = "#"
"""Where the number stands in a plural's words; in front of them if it is nowhere."""

_SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        word: gender
        for gender, words in {
            "female": "f female woman w girl femmina femminile donna femenino femenina mujer feminin feminina femeie "
            "weiblich frau femme féminin mrs ms miss signora sig.ra señora sra doamna",
            "male": "m male man boy maschio maschile uomo masculino hombre masculin barbat bărbat männlich mann homme "
            "mr signor sig. señor sr domnul",
        }.items()
        for word in words.split()
    }
)


def plural(value: object, locale: str, forms: Mapping[str, object]) -> str:
    """A number with the words that follow it: `20 de produse`. ValueError without the words for `other`, which every
    language has; a category that has none takes those."""
    if "other" not in forms:
        raise ValueError("plural needs other: the words that most numbers take")
    strange = sorted(forms.keys() - set(CATEGORIES))
    if strange:
        raise ValueError(f"plural knows {', '.join(CATEGORIES)}, not {', '.join(strange)}")
    exact = figure(value)
    if exact is None:
        return ""
    words = str(forms.get(known(locale).plural_form(abs(exact)), forms["other"]))
    said = number(exact, locale)
    return words.replace(PLACE, said) if PLACE in words else f"{said} {words}"


def gender(value: object, forms: Mapping[str, object]) -> str:
    """The words for a person of whom a trait says the gender, in any of a few languages; `other` for what is not known.
    ValueError without those."""
    if "other" not in forms or forms.keys() - set(GENDERS):
        raise ValueError("gender needs other, for whom nothing is known, and knows female and male besides")
    said = _SAID.get(value.strip().casefold(), "other") if isinstance(value, str) else "other"
    return str(forms.get(said, forms["other"]))


def listed(values: object, locale: str) -> str:
    """`mele, pere e noci`."""
    from babel.lists import format_list

    if isinstance(values, str) or not isinstance(values, Sequence):
        return "" if values is None else str(values)
    return format_list([str(value) for value in values if value is not None], locale=known(locale))
