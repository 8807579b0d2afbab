"""Tokens: only ours are read, for their purpose, and they say nothing."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.links import UNSUBSCRIBE, BadToken, Link, mint, read

SECRETS = ("newest", "previous")
ADA = Link("u#ada@example.com", "20261122T0900-0123456789abcdef0123456789abcdef")


SENDS = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


# as long as ids get: tracking takes no id of more than 190 bytes, which are 47 characters of four
@given(st.text(max_size=47), SENDS, st.none() | st.text(min_size=1, max_size=40))
def test_what_was_minted_is_read(customer: str, send: str, topic: str | None) -> None:
    link = Link(customer, send, topic)
    token = mint(SECRETS, UNSUBSCRIBE, link)
    assert read(SECRETS, UNSUBSCRIBE, token) == link
    assert token == mint(SECRETS, UNSUBSCRIBE, link)


def test_a_rotation_breaks_no_mail_already_sent() -> None:
    token = mint(("previous",), UNSUBSCRIBE, ADA)
    assert read(SECRETS, UNSUBSCRIBE, token) == ADA
    with pytest.raises(BadToken):
        read(("newest",), UNSUBSCRIBE, token)


def test_a_token_is_good_for_its_purpose_only() -> None:
    with pytest.raises(BadToken):
        read(SECRETS, "confirm", mint(SECRETS, UNSUBSCRIBE, ADA))


def test_a_token_tells_nothing_and_fits_a_header() -> None:
    token = mint(SECRETS, UNSUBSCRIBE, ADA)
    opened = base64.urlsafe_b64decode(token[1:] + "==")
    for word in (b"ada", b"example", b"20261122"):
        assert word not in opened
    longest = mint(SECRETS, UNSUBSCRIBE, Link("u#" + "x" * 190, ADA.send))
    assert len(longest) < 400


def test_every_changed_or_shortened_token_is_refused() -> None:
    token = mint(SECRETS, UNSUBSCRIBE, ADA)
    changed = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))]
    shortened = [token[:i] for i in range(len(token))]
    for bad in [*changed, *shortened, token + "A", token + "=", token + "\n", " " + token, token * 9]:
        with pytest.raises(BadToken):
            read(SECRETS, UNSUBSCRIBE, bad)


@given(st.text() | st.text("ABCDEFabcdef0123_-").map(lambda text: "1" + text))
def test_whatever_else_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        read(SECRETS, UNSUBSCRIBE, token)


def test_two_sends_have_two_tokens() -> None:
    assert mint(SECRETS, UNSUBSCRIBE, ADA) != mint(SECRETS, UNSUBSCRIBE, Link(ADA.customer, "other"))
