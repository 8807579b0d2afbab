"""A language speaking: values in their form, sentences filled with them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal

from chalicelib import times
from chalicelib.lifecycle.explain.language import Language
from chalicelib.lifecycle.rules import Stage

Kind = Literal[
    "time",
    "day",
    "days",
    "weeks",
    "hours",
    "orders",
    "buyers",
    "renewals",
    "money",
    "share",
    "stage",
    "intent",
    "number",
]

VARIANTS: Final[Mapping[str, tuple[tuple[str, str | None], ...]]] = MappingProxyType(
    {
        "buyer.hero": (("buyer.hero", "hero_value"), ("buyer.hero.by_orders", None)),
        "contract.hero": (
            ("contract.hero", "contract_hero_value"),
            ("contract.hero.by_worth", "hero_value"),
            ("contract.hero.by_span", None),
        ),
        "contract.renewed": (("contract.renewed", "term_end_at"), ("contract.renewed.no_date", None)),
        "contract.first_term": (("contract.first_term", "term_end_at"), ("contract.first_term.no_date", None)),
    }
)
"""Rules with several sentences: each with the value or threshold that must be known for it; the last needs none."""

_SUFFIXES: Final[tuple[tuple[tuple[str, ...], Kind], ...]] = (
    (("_at", "_until"), "time"),
    (("_day",), "day"),
    (("_days",), "days"),
    (("_weeks",), "weeks"),
    (("_hours",), "hours"),
    (("orders",), "orders"),
    (("buyers",), "buyers"),
    (("renewals",), "renewals"),
    (("worth", "_value", "_order"), "money"),
    (("warm", "cooling", "warmth", "_risk", "_chance", "margin", "_discount"), "share"),
    (("stage",), "stage"),
    (("intent",), "intent"),
)


def kind_of(name: str) -> Kind:
    """What a value is, by its name."""
    return next((kind for suffixes, kind in _SUFFIXES if name.endswith(suffixes)), "number")


@dataclass(frozen=True, slots=True)
class Voice:
    """A language, the zone in which it tells dates, and the currency in which it tells amounts (None: unsaid)."""

    language: Language
    zone: tzinfo = UTC
    currency: str | None = None

    def say(self, sentence: str, values: Mapping[str, Any]) -> str:
        """The sentence with its values. KeyError for a value that is not there."""
        return sentence.format_map({name: _Said(self, name, value) for name, value in values.items()})

    def tell(self, name: str, value: Any, form: str = "") -> str:
        """One value in words, by what its name says that it is."""
        kind = kind_of(name)
        if kind in ("time", "day"):
            return self._date(value, form, kind)
        if value is None:
            return self.language.said.get(f"no_{name}") or self.language.said["unknown"]
        if kind == "intent":
            return self.language.intents.get(value, value)
        if kind == "stage":
            return self.language.stages[Stage(value)]
        if isinstance(value, str):
            return value
        return self._figure(value, kind, form)

    def number(self, value: float | Decimal, digits: int = 1) -> str:
        """A number with at most so many digits after the point."""
        whole, _, rest = f"{value:,.{digits}f}".partition(".")
        rest = rest.rstrip("0")
        long = len(whole.replace(",", "").lstrip("-")) >= self.language.grouped_from
        whole = whole.replace(",", self.language.group if long else "")
        return f"{whole}{self.language.decimal}{rest}" if rest else whole

    def money(self, value: float | Decimal, *, about: bool = False) -> str:
        """An amount to the cent, whole ones without cents, with its currency if that is known. `about`: what is
        reckoned and not counted is told without cents from 100 on."""
        text = self.number(value, 0 if about and not -100 < value < 100 else 2)
        head, point, cents = text.rpartition(self.language.decimal)
        if point and len(cents) == 1:
            text = f"{head}{point}{cents}0"
        return f"{text} {self.currency}" if self.currency else text

    def share(self, value: float) -> str:
        """A part of one as a percentage; what is not nothing is not said to be 0, nor what is not all to be 100."""
        percent = value * 100
        exact = percent in (0, 100) or 1 <= percent < 99.5
        near = min(percent, 99.9) if percent < 100 else percent
        return self.language.share.format(self.number(near, 0 if exact else 1 if percent > 50 else 2))

    def count(self, phrase: str, number: float) -> str:
        """A counted phrase in the plural of the number."""
        forms = self.language.counted[phrase]
        return forms[self.language.plural(number)].format(n=self.number(number))

    def date(self, moment: datetime) -> str:
        """The day on which a moment falls in the zone."""
        local = moment.astimezone(self.zone)
        day = self.language.first.format(1) if local.day == 1 else str(local.day)
        return self.language.day.format(day=day, month=self.language.months[local.month - 1], year=local.year)

    def minute(self, moment: datetime) -> str:
        """Day, time and zone of a moment."""
        local = moment.astimezone(self.zone)
        zone = "UTC" if self.zone is UTC else str(self.zone)
        return self.language.minute.format(day=self.date(moment), time=f"{local:%H:%M}", zone=zone)

    def day_of(self, moment: datetime) -> datetime:
        """When the day of a moment begins in the zone."""
        return moment.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)

    def day_after(self, moment: datetime) -> datetime:
        """When the first day begins that begins no sooner than a moment."""
        start = self.day_of(moment)
        return start if start == moment else self.day_of(start + timedelta(days=1, hours=12))

    def _date(self, value: Any, form: str, kind: Kind) -> str:
        language = self.language
        if value is None:
            return language.no_dates[form.removesuffix("minute").removesuffix("_")]
        moment = times.parse(value) if isinstance(value, str) else value
        voice = Voice(language) if kind == "day" else self  # days are UTC's
        written = voice.minute(moment) if form.endswith("minute") else voice.date(moment)
        form = form.removesuffix("minute").removesuffix("_")
        if not form:
            return written
        elided = moment.astimezone(voice.zone).day in language.elided_days
        return (language.elided if elided else language.dates)[form].format(written)

    def _figure(self, value: float, kind: Kind, form: str) -> str:
        if kind == "money":
            return self.money(value, about=True)
        if kind == "share":
            return self.share(value)
        if form == "n" or (kind == "number" and not form):
            return self.number(value)
        return self.count(form or kind, value)


@dataclass(frozen=True, slots=True)
class _Said:
    """A value within a sentence: it writes itself when the sentence is filled."""

    voice: Voice
    name: str
    value: Any

    def __format__(self, form: str) -> str:
        return self.voice.tell(self.name, self.value, form)
