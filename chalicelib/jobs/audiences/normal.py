"""The one form of an address, a number or a name before it is hashed: two hashes match only if both sides wrote the
same text. Each network says its own form, and they differ. Pure.

Every function takes whatever stands in a trait, and gives None for what is none: a cell stays empty, and nothing that
somebody typed into a form reaches a file as it was typed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from chalicelib.tracking import contact

LONGEST: Final = 100  # characters of a name, a city, a postal code
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dna", "dl", "sig", "sra"})
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})
_COUNTRY: Final = re.compile(r"[a-z]{2}")
_POSTAL: Final = re.compile(r"[a-z0-9][a-z0-9 -]{1,11}")


def hashed(text: str | None) -> str | None:
    """SHA-256 of the text's UTF-8 in lower case hexadecimal, without a salt, as every network asks for it."""
    return None if text is None else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def email(value: object) -> str | None:
    """A mail address, trimmed and in lower case: Meta, LinkedIn, X."""
    return contact.email(value)


def google_email(value: object) -> str | None:
    """As `email`; of an address at gmail.com or googlemail.com, dots before the @ and what follows a plus are taken
    out, because Google's users are the same person with and without them."""
    address = contact.email(value)
    if address is None:
        return None
    local, _, domain = address.rpartition("@")
    if domain not in _GMAIL:
        return address
    name = local.partition("+")[0].replace(".", "")
    return f"{name}@{domain}" if name else None


def e164(value: object) -> str | None:
    """A telephone number with its country code, `+40721234567`: Google, X. One without a country code is none."""
    return contact.phone(value)


def digits(value: object) -> str | None:
    """A telephone number with its country code and without the plus, `40721234567`: Meta."""
    number = contact.phone(value)
    return number[1:] if number else None


def google_name(value: object) -> str | None:
    """A name in lower case with single spaces, without a title before it or a suffix behind it; accents stay."""
    words = _text(value).split()
    while len(words) > 1 and words[0].strip(".") in _TITLES:
        del words[0]
    while len(words) > 1 and words[-1].strip(".,") in _SUFFIXES:
        del words[-1]
    return " ".join(words).strip(" ,") or None


def meta_name(value: object) -> str | None:
    """A name in lower case without punctuation; letters of any alphabet stay."""
    return " ".join(_letters(_text(value), " ").split()) or None


def meta_place(value: object) -> str | None:
    """A city or a state in lower case: letters only, no spaces."""
    return _letters(_text(value)) or None


def country(value: object) -> str | None:
    """A country by its two letters (ISO 3166), in lower case; a country's name is none."""
    code = _text(value)
    return code if _COUNTRY.fullmatch(code) else None


def postal_code(value: object) -> str | None:
    """A postal code as it is read: Google takes it unhashed, so nothing but letters, digits, spaces and hyphens
    passes."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    return text if _POSTAL.fullmatch(text) else None


def meta_postal_code(value: object, of: str | None) -> str | None:
    """A postal code without spaces and hyphens: five digits of an American one; of a British one area, district and
    sector."""
    whole = postal_code(value)
    if whole is None:
        return None
    text = whole.replace(" ", "").replace("-", "")
    if of == "us":
        return text[:5]
    return text[:-2] if of == "gb" and len(text) > 4 else text


def _text(value: object) -> str:
    """Trimmed, composed, in lower case; "" for what is no text, or too long to be any of these."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return ""
    return unicodedata.normalize("NFC", value).strip().lower()


def _letters(text: str, also: str = "") -> str:
    return "".join(each for each in text if each.isalpha() or each in also or unicodedata.combining(each))
