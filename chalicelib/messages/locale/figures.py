"""Numbers and money as a locale writes them. Pure. What is no number is said as nothing."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from chalicelib.customers.money import currency_code
from chalicelib.messages.locale.reader import chain

if TYPE_CHECKING:
    from babel import Locale

FORMS: Final = ("symbol", "code", "whole")
_MOST_DIGITS: Final = 10
_LARGEST: Final = Decimal(10) ** 15
_NBSP: Final = "\u00a0"


@lru_cache(maxsize=64)
def known(locale: str) -> Locale:
    """The locale, or the nearest that the CLDR knows; English in the end. Loading one takes some 6 ms, once."""
    from babel import Locale, UnknownLocaleError

    for each in (*chain(locale), "en"):
        try:
            return Locale.parse(each, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel has no English")


def figure(value: object) -> Decimal | None:
    """A number, or a text that is one ("12.50", as shops send prices); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        exact = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    return exact if exact.is_finite() and abs(exact) <= _LARGEST else None


def number(value: object, locale: str, digits: int | None = None) -> str:
    """`1.234,5`; with `digits`, exactly so many after the point."""
    from babel.numbers import format_decimal

    exact = figure(value)
    if exact is None:
        return ""
    if digits is None:
        return format_decimal(exact, locale=known(locale))
    return format_decimal(exact, format=f"#,##0{_fraction(digits)}", locale=known(locale))


def percent(value: object, locale: str, digits: int = 0) -> str:
    """A share of one: 0.2 is `20 %` in Spanish."""
    from babel.numbers import format_percent

    exact = figure(value)
    if exact is None:
        return ""
    pattern = known(locale).percent_formats[None].pattern.replace("0", f"0{_fraction(digits)}", 1)
    return format_percent(exact, format=pattern, locale=known(locale))


def money(value: object, currency: object, locale: str, form: str = "symbol") -> str:
    """An amount: `1.234,50 €`; as `code`, `1.234,50 EUR`; as `whole`, `1.235 €`. ValueError for another form.

    Without a currency that is known to be one, the number alone."""
    from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

    if form not in FORMS:
        raise ValueError(f"money is said as {', '.join(FORMS)}, not as {form!r}")
    exact, code = figure(value), currency_code(currency)
    if exact is None:
        return ""
    if code is None:
        return number(exact, locale, 2)
    told = known(locale)
    symbol = code if form == "code" else get_currency_symbol(code, told)
    digits = 0 if form == "whole" else get_currency_precision(code)
    pattern = told.currency_formats["standard"].pattern.replace(".00", _fraction(digits))
    pattern = pattern.replace("¤", "¤¤") if form == "code" else pattern
    if symbol[-1:].isalpha():  # the CLDR keeps a name apart from its number
        pattern = pattern.replace("¤#", f"¤{_NBSP}#")
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)  # as a shop does, not as a bank
    return format_currency(rounded, code, format=pattern, locale=told, currency_digits=False)


def _fraction(digits: int) -> str:
    held = max(0, min(int(digits), _MOST_DIGITS))
    return "." + "0" * held if held else ""
