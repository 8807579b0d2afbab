"""The filters of templates that speak the reader's locale. A table; what they say is said beside it.

Each takes the locale, zone, currency and moment from the template's own context, where `render` has put them; so a
template that says `{% assign locale = 'de' %}` goes on in German.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from chalicelib.messages.locale import figures, moments, wording

if TYPE_CHECKING:
    from liquid import RenderContext

Filter = Callable[..., str]

_WITHOUT: Final = {"locale": "en", "timezone": "UTC", "currency": "", "now": ""}


def money(value: object, currency: object = None, form: str = "symbol", *, context: RenderContext) -> str:
    """`{{ event.total | money: event.currency }}`; without a currency the workspace's."""
    return figures.money(value, _given(currency) or _said(context, "currency"), _said(context, "locale"), str(form))


def number(value: object, digits: int | None = None, *, context: RenderContext) -> str:
    """`{{ customer.points | number }}`, `{{ rating | number: 1 }}`."""
    return figures.number(value, _said(context, "locale"), digits)


def percent(value: object, digits: int = 0, *, context: RenderContext) -> str:
    """`{{ 0.2 | percent }}`."""
    return figures.percent(value, _said(context, "locale"), digits)


def date(value: object, form: str = "long", *, context: RenderContext) -> str:
    """`{{ event.delivered_at | date: 'full' }}`; with a `%` in it, the format is strftime's, as elsewhere in Liquid."""
    if "%" in str(form):
        return moments.strftime(_now(value, context), str(form), _said(context, "timezone"))
    return moments.day(_now(value, context), _said(context, "locale"), _said(context, "timezone"), str(form))


def time(value: object, form: str = "short", *, context: RenderContext) -> str:
    """`{{ event.starts_at | time }}`."""
    return moments.clock(_now(value, context), _said(context, "locale"), _said(context, "timezone"), str(form))


def datetime(value: object, form: str = "medium", *, context: RenderContext) -> str:
    """`{{ event.starts_at | datetime }}`."""
    return moments.day_and_clock(_now(value, context), _said(context, "locale"), _said(context, "timezone"), str(form))


def from_now(value: object, *, context: RenderContext) -> str:
    """`{{ coupon.expires_at | from_now }}`."""
    return moments.from_now(value, _said(context, "now"), _said(context, "locale"), _said(context, "timezone"))


def plural(value: object, *, context: RenderContext, **forms: object) -> str:
    """`{{ count | plural: one: 'produs', few: 'produse', other: 'de produse' }}`."""
    return wording.plural(value, _said(context, "locale"), forms)


def gender(value: object, *, context: RenderContext, **forms: object) -> str:
    """`{{ customer.gender | gender: female: 'Cara', male: 'Caro', other: 'Ciao' }}`."""
    return wording.gender(value, forms)


def listed(value: object, *, context: RenderContext) -> str:
    """`{{ names | listed }}`."""
    return wording.listed(value, _said(context, "locale"))


FILTERS: Final[Mapping[str, Filter]] = MappingProxyType(
    {each.__name__: each for each in (money, number, percent, date, time, datetime, from_now, plural, gender, listed)}
)


def _said(context: RenderContext, name: str) -> str:
    value = context.resolve(name)
    return value if isinstance(value, str) else _WITHOUT[name]


def _given(value: object) -> object:
    return value if isinstance(value, str) and value.strip() else None


def _now(value: object, context: RenderContext) -> object:
    """Liquid's own word for the present moment."""
    return _said(context, "now") if value in ("now", "today") else value


def register(filters: dict[str, Any]) -> None:
    """Put them among the filters of a Liquid environment."""
    from liquid.filter import with_context

    filters.update({name: with_context(each) for name, each in FILTERS.items()})
