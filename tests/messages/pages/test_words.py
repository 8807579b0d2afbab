"""In which language the pages speak, and that they say the same in each."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.consent import CHANNELS
from chalicelib.customers.frequency import Frequency
from chalicelib.messages.pages import screens
from chalicelib.messages.pages.words import LANGUAGES, language, preferred, words


@pytest.mark.parametrize(
    ("wanted", "accepted", "fallback", "spoken"),
    [
        ("it", "es", "en", "it"),  # the recipient's own comes first
        ("it-CH", None, "en", "it"),
        ("ro_RO", None, "en", "ro"),
        ("de", "es", "en", "es"),  # a language that the pages do not speak is none
        (None, "de-DE,de;q=0.9,ro;q=0.8,en;q=0.7", "it", "ro"),
        (None, "en;q=0.1, it;q=0.2", "es", "it"),
        (None, "en;q=0, fr", "es", "es"),
        (None, None, "ro", "ro"),
        (None, "*", "it", "it"),
        (None, "", "en", "en"),
        ("nonsense!", ";;;q=x,,", "it", "it"),
    ],
)
def test_a_page_speaks_as_its_reader_does(wanted: str | None, accepted: str | None, fallback: str, spoken: str) -> None:
    assert language(wanted, accepted, fallback) == spoken


@given(st.text(), st.text())
def test_whatever_is_asked_for_one_of_them_answers(wanted: str, accepted: str) -> None:
    assert language(wanted, accepted, "en") in LANGUAGES
    assert len(preferred(accepted * 50)) <= 251


def test_every_language_says_the_same_things() -> None:
    known = words("en")
    for one in LANGUAGES:
        said = words(one)
        assert list(said) == list(known), one
        for name, text in said.items():
            assert text.strip() == text != "", (one, name)
            assert _gaps(text) == _gaps(known[name]), (one, name)


def test_no_language_repeats_english() -> None:
    same = {"channel.sms"}  # SMS
    for one in LANGUAGES[1:]:
        said = words(one)
        assert [name for name, text in said.items() if text == words("en")[name] and name not in same] == []


def test_there_are_words_for_all_that_there_is() -> None:
    asked = {f"{kind}.{channel}" for kind in ("channel", "marketing") for channel in CHANNELS}
    asked |= {f"channel.{channel}.hint" for channel in CHANNELS} | {f"why.{reason}" for reason in screens.REASONS}
    asked |= {f"preferences.frequency.{one}" for one in (screens.ANY, *Frequency)}
    assert asked <= set(words("en"))


def _gaps(text: str) -> list[str | None]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
