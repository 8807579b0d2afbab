"""How long a text message is, as networks bill it (3GPP TS 23.038)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.gsm import BASIC, EXTENSION, Length, measured, simplified


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", Length("GSM-7", 0, 0)),
        ("a" * 160, Length("GSM-7", 160, 1)),
        ("a" * 161, Length("GSM-7", 161, 2)),
        ("a" * 306, Length("GSM-7", 306, 2)),
        ("a" * 307, Length("GSM-7", 307, 3)),
        ("àèéìòùÄÖÜñßÅøΩ", Length("GSM-7", 14, 1)),
        ("10 €", Length("GSM-7", 5, 1)),
        ("€" * 80, Length("GSM-7", 160, 1)),
        # An escape and its letter stay together: of 153 places in a segment, one stays empty.
        ("€" * 153, Length("GSM-7", 306, 3)),
        ("a" * 152 + "€" + "a" * 151, Length("GSM-7", 305, 2)),
        ("ș" * 70, Length("UCS-2", 70, 1, ("ș",))),
        ("ș" * 71, Length("UCS-2", 71, 2, ("ș",))),
        ("ț și ț", Length("UCS-2", 6, 1, ("ț", "ș"))),
        ("😀" * 35, Length("UCS-2", 70, 1, ("😀",))),
        ("😀" * 36, Length("UCS-2", 72, 2, ("😀",))),
        # Both halves of an emoji stay in one segment of 67: 33 fit, and a place stays empty.
        ("😀" * 67, Length("UCS-2", 134, 3, ("😀",))),
        ("ç", Length("UCS-2", 1, 1, ("ç",))),  # the alphabet has the capital only
        ("`", Length("UCS-2", 1, 1, ("`",))),
    ],
)
def test_segments(text: str, length: Length) -> None:
    assert measured(text) == length


def test_the_alphabet_is_whole() -> None:
    assert (len(BASIC), len(EXTENSION)) == (127, 10)  # with the escape 128


def test_what_only_a_typographer_sees_is_sent_plain() -> None:
    assert simplified("“It’s – here…”\u00a0€5") == '"It\'s - here..." €5'
    assert simplified("Și în Brașov") == "Și în Brașov"


@given(st.text(alphabet=[*sorted(BASIC | EXTENSION), "ș", "😀"], max_size=700))
def test_no_segment_is_too_many_and_none_too_few(text: str) -> None:
    length = measured(text)
    single, several = (160, 153) if length.encoding == "GSM-7" else (70, 67)
    if length.units <= single:
        assert length.segments == min(1, len(text))
    else:
        assert length.units / several <= length.segments <= length.units / (several - 1) + 1
