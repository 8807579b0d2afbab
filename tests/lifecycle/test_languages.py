"""Every language says everything: each rule, value, threshold, act, cause, frame and phase, in sentences that can be
filled, and numbers, dates and counts as its readers write them."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.customers.vocabulary import INTENTS
from chalicelib.lifecycle.explain import sentence
from chalicelib.lifecycle.explain.acts import ACTS
from chalicelib.lifecycle.explain.language import Language
from chalicelib.lifecycle.explain.voice import VARIANTS, Voice, kind_of
from chalicelib.lifecycle.explain.words import ENGLISH, language, languages
from chalicelib.lifecycle.frame import frames
from chalicelib.lifecycle.rules import RULES, Stage
from chalicelib.lifecycle.stage import Reason, judge
from tests.lifecycle.people import TODAY
from tests.lifecycle.test_cases import CASES

CAUSES = {"first", "event", "time", "import", "settings", "model", "merge", "rebuild"}
COUNTS = (0, 1, 2, 3, 11, 19, 20, 21, 100, 101, 119, 120, 1.5, 0.5, 1_000_000)
EACH = pytest.mark.parametrize("code", languages())


def fields(template: str) -> Iterator[tuple[str, str]]:
    """The values that a sentence names, and the form of each."""
    for _, name, form, _ in string.Formatter().parse(template):
        if name is not None:
            yield name, form or ""


def test_there_are_four_and_english_is_one() -> None:
    assert {"en", "it", "es", "ro"} <= set(languages())
    assert ENGLISH in languages()


@EACH
def test_it_says_everything_that_is_to_be_said(code: str) -> None:
    spoken, english = language(code), language(ENGLISH)
    assert spoken.rules.keys() == RULES.keys() | {name for variants in VARIANTS.values() for name, _ in variants}
    assert spoken.said.keys() == english.said.keys()
    assert spoken.stages.keys() == set(Stage)
    assert spoken.acts.keys() == ACTS.keys()
    assert spoken.causes.keys() == CAUSES
    assert spoken.intents.keys() == INTENTS.keys()
    assert spoken.labels.keys() == english.labels.keys()
    assert len(set(spoken.months)) == 12
    assert spoken.dates.keys() == english.dates.keys() == spoken.no_dates.keys() - {""}
    assert spoken.elided.keys() in ({}.keys(), spoken.dates.keys())


@EACH
def test_every_value_and_threshold_has_a_name(code: str) -> None:
    labels = language(code).labels
    for rule in RULES.values():
        for value in rule.values:
            assert labels[value]
        for threshold in rule.thresholds:
            assert labels.get(f"threshold_{threshold}") or labels[threshold]


@EACH
def test_every_frame_and_phase_has_a_name(code: str) -> None:
    spoken = language(code)
    assert spoken.frames.keys() == frames().keys()
    for name, frame in frames().items():
        said = {stage.value: spoken.stages[stage] for stage in Stage} if name == "nine_stages" else spoken.phases[name]
        assert list(said) == list(frame.phases)
        assert len(set(said.values())) == len(said)


@EACH
def test_every_placeholder_is_there_and_every_form_of_it(code: str) -> None:
    spoken, english = language(code), language(ENGLISH)
    variants = {name: rule for rule, variants in VARIANTS.items() for name, _ in variants}
    for name, template in spoken.rules.items():
        rule = RULES[variants.get(name, name)]
        known = {*rule.values, *rule.thresholds, *(f"threshold_{threshold}" for threshold in rule.thresholds)}
        assert {field for field, _ in fields(template)} <= known, name
        assert {field for field, _ in fields(template)} == {field for field, _ in fields(english.rules[name])}, name
        assert_forms(spoken, template)
    for name, template in spoken.said.items():
        assert {field for field, _ in fields(template)} == {field for field, _ in fields(english.said[name])}, name
        assert_forms(spoken, template)


def assert_forms(spoken: Language, template: str) -> None:
    for name, form in fields(template):
        kind = kind_of(name)
        if kind in ("time", "day"):
            assert form.removesuffix("minute").removesuffix("_") in ("", *spoken.dates), (name, form)
        elif form:
            assert form == "n" or form in spoken.counted, (name, form)


@EACH
@pytest.mark.parametrize("number", COUNTS)
def test_every_count_has_its_plural(code: str, number: float) -> None:
    voice = Voice(language(code))
    for phrase in voice.language.counted:
        assert "{" not in voice.count(phrase, number)


@EACH
def test_every_count_has_exactly_the_forms_that_are_asked_for(code: str) -> None:
    spoken = language(code)
    asked = {spoken.plural(number) for number in (*range(250), 1.5)}
    assert all(forms.keys() == asked for forms in spoken.counted.values())


def test_the_last_sentence_of_a_rule_needs_nothing() -> None:
    for rule, variants in VARIANTS.items():
        assert variants[-1][1] is None
        known = {*RULES[rule].values, *RULES[rule].thresholds}
        assert all(needs in known for _, needs in variants[:-1])


@EACH
def test_every_rule_reads_well_with_values_and_without(code: str) -> None:
    voice = Voice(language(code), currency="EUR")
    for rule in RULES:
        for known in (True, False):
            said = sentence(example(rule, known), voice)
            assert said.endswith(".")
            assert not {"{", "}", "None"} & set(said.split())
            assert "  " not in said
            assert said.startswith(voice.language.stages[RULES[rule].stage])


def example(rule: str, known: bool) -> Reason:
    """A reason as the rule could give it; with everything known, or nothing that may be unknown."""

    def value(name: str) -> float | str | None:
        match kind_of(name):
            case "time":
                return "2026-12-08T10:00:00.000Z" if known else None
            case "day":
                return "2026-12-01"
            case "intent":
                return "cart"
            case "money":
                return 1234.5 if known else None
            case "share":
                return 0.25
        return ("Pro" if known else None) if name == "plan" else 21

    found = RULES[rule]
    return Reason(rule, {name: value(name) for name in found.values}, {name: value(name) for name in found.thresholds})


@pytest.mark.parametrize(
    ("code", "number", "written"),
    [
        ("en", 1234.5, "1,234.5"),
        ("en", 12, "12"),
        ("it", 1234.5, "1.234,5"),
        ("es", 1234.5, "1234,5"),
        ("es", 12345, "12.345"),
        ("ro", 1234567, "1.234.567"),
        ("ro", -0.25, "-0,2"),
    ],
)
def test_numbers(code: str, number: float, written: str) -> None:
    assert Voice(language(code)).number(number) == written


@pytest.mark.parametrize(
    ("code", "amount", "written"),
    [("en", 1234.5, "1,234.50 EUR"), ("it", 40, "40 EUR"), ("es", 1234.05, "1234,05 EUR"), ("ro", 0.1, "0,10 EUR")],
)
def test_amounts(code: str, amount: float, written: str) -> None:
    assert Voice(language(code), currency="EUR").money(amount) == written


@pytest.mark.parametrize(
    ("code", "share", "written"),
    [
        ("en", 0.5, "50%"),
        ("it", 0.123, "12%"),
        ("es", 0.5, "50 %"),
        ("ro", 0.0004, "0,04%"),
        ("en", 0.0, "0%"),
        ("en", 0.99999, "99.9%"),
    ],
)
def test_shares(code: str, share: float, written: str) -> None:
    assert Voice(language(code)).share(share) == written


@pytest.mark.parametrize(
    ("code", "form", "day", "written"),
    [
        ("en", "before", 3, "before 3 December 2026"),
        ("it", "before", 3, "prima del 3 dicembre 2026"),
        ("it", "before", 8, "prima dell'8 dicembre 2026"),
        ("it", "since", 11, "dall'11 dicembre 2026"),
        ("it", "on", 1, "il 1º dicembre 2026"),
        ("es", "before", 3, "antes del 3 de diciembre de 2026"),
        ("ro", "on", 3, "pe 3 decembrie 2026"),
        ("it", "on_minute", 8, "l'8 dicembre 2026, ore 23:30 UTC"),
        ("ro", "minute", 8, "8 decembrie 2026, ora 23:30 UTC"),
    ],
)
def test_dates(code: str, form: str, day: int, written: str) -> None:
    moment = datetime(2026, 12, day, 23, 30, tzinfo=UTC)
    assert Voice(language(code)).tell("at_at", moment, form) == written


def test_dates_are_those_of_the_zone_and_days_those_of_utc() -> None:
    voice = Voice(language("en"), ZoneInfo("Europe/Rome"))
    assert voice.tell("last_order_at", "2026-12-07T23:30:00.000Z") == "8 December 2026"
    assert voice.tell("next_at", "2026-12-07T23:30:00.000Z", "minute") == "8 December 2026, 00:30 Europe/Rome"
    assert voice.tell("interest_day", "2026-12-07") == "7 December 2026"


@pytest.mark.parametrize(
    ("number", "orders", "days"),
    [
        (1, "1 comandă", "1 zi"),
        (2, "2 comenzi", "2 zile"),
        (19, "19 comenzi", "19 zile"),
        (20, "20 de comenzi", "20 de zile"),
        (101, "101 comenzi", "101 zile"),
        (120, "120 de comenzi", "120 de zile"),
        (0, "0 comenzi", "0 zile"),
        (1.5, "1,5 comenzi", "1,5 zile"),
    ],
)
def test_romanian_counts_in_three_forms(number: float, orders: str, days: str) -> None:
    voice = Voice(language("ro"))
    assert (voice.count("orders", number), voice.count("days", number)) == (orders, days)


@EACH
def test_every_case_of_the_specification_has_its_sentence(code: str) -> None:
    voice = Voice(language(code))
    for case in CASES:
        (reason, *_) = judge(case.facts, case.identified, case.parameters, TODAY).reasons
        assert sentence(reason, voice).startswith(voice.language.stages[case.stage])
