"""What people write back: to leave, to come back, to ask who writes."""

from __future__ import annotations

import pytest

from chalicelib.tracking.keywords import WORDS, meant, names_way_out


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("STOP", "stop"),
        (" stop. ", "stop"),
        ("Stop texting me", "stop"),
        ("opt-out", "stop"),
        ("Unsubscribe", "stop"),
        ("Arrêt", "stop"),
        ("DEZABONARE", "stop"),
        ("Oprește", "stop"),
        ("baja", "stop"),
        ("darme de baja!", "stop"),
        ("Disiscrivimi per favore", "stop"),
        ("Abmelden", "stop"),
        ("START", "start"),
        ("Începe", "start"),
        ("riprendi", "start"),
        ("alta", "start"),
        ("HELP", "help"),
        ("Ayuda?", "help"),
        ("Sì!", "confirm"),
        ("SI 👍🏽", "confirm"),
        ("Da, vă rog", "confirm"),
        ("sToP!!! 😡", "stop"),
        ("«Stop»", "stop"),
        ("S.T.O.P.", "stop"),
        # A word that may answer anything confirms what was asked, and nobody comes back by it; nobody leaves in the
        # middle of a sentence.
        ("yes", "confirm"),
        ("yes, start", None),
        ("start the day well", None),
        ("I will stop by tomorrow", None),
        ("stop at my house tomorrow at nine", None),
        ("", None),
        ("👍", None),
    ],
)
def test_what_a_message_means(text: str, keyword: str | None) -> None:
    assert meant(text) == keyword


def test_no_word_means_two_things() -> None:
    everything = [word for words in WORDS.values() for word in words]
    assert len(everything) == len(set(everything))
    assert all(meant(word) == kind for kind, words in WORDS.items() for word in words)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Reply STOP to leave", True),
        ("Răspunde DEZABONARE", True),
        ("Rispondi STOP.", True),
        ("Don't stop shopping", False),
        ("SALE TODAY", False),
    ],
)
def test_a_text_that_tells_how_to_leave(text: str, told: bool) -> None:
    assert names_way_out(text) is told
