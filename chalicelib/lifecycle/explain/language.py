"""What a language must have: tables from names to sentences, and how it writes numbers, dates and counts.

One language is one file in languages/, found by its name (`it`), which ends with `plugin: Language = Language(...)`.

A sentence names its values in braces: `{last_order_at}`. What a value is follows from its name (voice.kind_of), and
with it how it is written. After a colon stands a form:

    {last_order_at:on}         a date with the word before it that the sentence needs: one of `dates`
    {next_at:minute}           a date with the time and the zone; {next_at:on_minute} both
    {year_days:last}           a count in words, in the plural that the number asks for: one of `counted`
    {once_waiting_days:n}      the number alone
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chalicelib.lifecycle.rules import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language.

    name:        what it calls itself.
    decimal, group: the signs in 1,234.5; grouped_from: the least number of digits that are grouped.
    share:       how a percentage is written, `{}` is the number.
    months:      January first, as they stand in a date.
    day:         of `{day}`, `{month}` and `{year}`. first: the first day of a month, `{}` is 1.
    minute:      of `{day}`, `{time}` and `{zone}`.
    dates:       form -> date with its preposition, `{}` is the date; `elided` likewise, on the days that ask for it.
    no_dates:    form -> what is said where there is no date; "" is a date without a form.
    plural:      number -> the form of `counted` that it asks for: `one`, `few`, `other`.
    counted:     noun or phrase -> form -> text; `{n}` is the number.
    stages:      what the nine are called.
    rules:       rule (rules.py, or one of its variants: voice.VARIANTS) -> sentence.
    said:        every other sentence, by name.
    labels:      value, threshold or input of a score -> what it is, in a few words.
    intents:     what somebody has in hand -> a noun with its article.
    causes:      cause of a change of stage -> a phrase.
    acts:        what somebody may do (whatif.py) -> the beginning of a sentence.
    frames:      frame -> what it is called. phases: frame -> phase -> what that is called.
    """

    name: str
    decimal: str
    group: str
    share: str
    months: tuple[str, ...]
    day: str
    minute: str
    dates: Mapping[str, str]
    no_dates: Mapping[str, str]
    plural: Callable[[float], str]
    counted: Mapping[str, Mapping[str, str]]
    stages: Mapping[Stage, str]
    rules: Mapping[str, str]
    said: Mapping[str, str]
    labels: Mapping[str, str]
    intents: Mapping[str, str]
    causes: Mapping[str, str]
    acts: Mapping[str, str]
    frames: Mapping[str, str]
    phases: Mapping[str, Mapping[str, str]]
    first: str = "{}"
    grouped_from: int = 4
    elided: Mapping[str, str] = field(default_factory=dict)
    elided_days: frozenset[int] = frozenset()


def one_or_other(number: float) -> str:
    """The plural of English, Italian and Spanish: one, and everything else."""
    return "one" if number == 1 else "other"
