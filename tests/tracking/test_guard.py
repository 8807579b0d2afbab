"""What a key asks of a call: reserved ids, the proof of whom it speaks, and what is kept of that proof."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.tracking.event import Event
from chalicelib.tracking.guard import Guard
from chalicelib.tracking.keys import TRACK, Key, KeyKind, KeySettings, key_text
from chalicelib.tracking.proof import identity_secret, proves, user_hash
from chalicelib.tracking.reading import Reading, Reason
from tests.tracking.making import NOW, event

MASTERS = ("newest", "previous")


def key(kind: KeyKind = KeyKind.PUBLIC, **settings: Any) -> Key:
    return Key.of(key_text(kind, b"k" * 32), "shop", frozenset({TRACK}), NOW, KeySettings("shop", **settings))


def hashed(user_id: str, master: str = "newest") -> str:
    return user_hash(identity_secret(master, key().family), user_id)


def judged(said: Event, **settings: Any) -> Event | Reason:
    found = Guard(key(**settings), lambda: MASTERS).judge(Reading([said], [], ["as sent"]))
    if found.events:
        return found.events[0]
    assert [refusal.call for refusal in found.refusals] == ["as sent"]
    return found.refusals[0].reason


def test_a_known_vector() -> None:
    """So that anybody can check an implementation of theirs."""
    secret = identity_secret("master", "f" * 64)
    assert secret == "36a2cfa85fd297b65e2a7670ce5d4d1cecdd8f4df853a82807eaa13b9b3a63e6"
    assert user_hash(secret, "u-1") == "629616980b039e8d16d252078f73710a0cc9d1ef2537d21d761b5246fa8e4a8e"
    assert proves(user_hash(secret, "u-1"), "u-1", "f" * 64, ["other", "master"])
    assert not proves(user_hash(secret, "u-1"), "u-2", "f" * 64, ["other", "master"])


@pytest.mark.parametrize(
    ("said", "settings", "unproven"),
    [
        pytest.param({}, {}, True, id="nothing proves it"),
        pytest.param({"context": {"userHash": hashed("u-1")}}, {}, False, id="in the context"),
        pytest.param({"context": {"userHash": hashed("u-1", "previous")}}, {}, False, id="of the secret before"),
        pytest.param({"context": {"userHash": f" {hashed('u-1').upper()} "}}, {}, False, id="in capitals"),
        pytest.param({"integrations": {"Perennial": {"userHash": hashed("u-1")}}}, {}, False, id="in integrations"),
        pytest.param({"context": {"userHash": hashed("u-1")}}, {"require_user_hash": True}, False, id="asked for"),
        pytest.param({"context": {"userHash": ""}}, {}, True, id="empty"),
        pytest.param(
            {"user_id": None, "anonymous_id": "b1", "context": {"userHash": "x"}}, {}, True, id="of nobody: unread"
        ),
        pytest.param(
            {"user_id": None, "anonymous_id": "b1"}, {"require_user_hash": True}, True, id="visitors need none"
        ),
        pytest.param(
            {"type": "alias", "name": "Alias", "previous_id": "u-2", "context": {"userHash": hashed("u-1")}},
            {},
            True,
            id="an alias names a second one, of whom nothing is proven",
        ),
    ],
)
def test_a_hash_proves_of_whom_a_call_speaks_and_is_not_kept(
    said: dict[str, Any], settings: dict[str, Any], unproven: bool
) -> None:
    found = judged(event(unproven=True, **said), **settings)
    assert isinstance(found, Event)
    assert found.unproven is unproven
    assert "userHash" not in str(found.context) + str(found.integrations) or said == {"context": {"userHash": ""}}


@pytest.mark.parametrize(
    ("said", "settings", "reason"),
    [
        ({"context": {"userHash": hashed("u-2")}}, {}, Reason.WRONG_HASH),
        ({"context": {"userHash": hashed("u-1")[:-1]}}, {}, Reason.WRONG_HASH),
        ({"context": {"userHash": hashed("u-1", "third")}}, {}, Reason.WRONG_HASH),
        ({"context": {"userHash": 7}}, {}, Reason.WRONG_HASH),
        ({"context": {"userHash": "\ud83dé"}}, {}, Reason.WRONG_HASH),
        ({"integrations": {"Perennial": {"userHash": ["x"]}}}, {}, Reason.WRONG_HASH),
        ({}, {"require_user_hash": True}, Reason.NO_HASH),
        ({"anonymous_id": "email:0123"}, {}, Reason.RESERVED_ID),
        ({"anonymous_id": "cart:42", "context": {"userHash": hashed("u-1")}}, {}, Reason.RESERVED_ID),
        ({"type": "alias", "name": "Alias", "previous_id": "phone:0123"}, {}, Reason.RESERVED_ID),
    ],
)
def test_what_a_public_key_may_not_say_is_parked(
    said: dict[str, Any], settings: dict[str, Any], reason: Reason
) -> None:
    assert judged(event(unproven=True, **said), **settings) is reason


def test_a_secret_key_is_trusted_as_it_is() -> None:
    said = event(anonymous_id="email:0123", context={"userHash": "wrong", "ip": "x"})
    found = Guard(key(KeyKind.SECRET), lambda: MASTERS).admit(said)
    assert found == event(anonymous_id="email:0123", context={"ip": "x"})


def test_secrets_are_asked_for_only_when_a_call_needs_them() -> None:
    def masters() -> tuple[str, ...]:
        raise AssertionError("nothing to prove")

    said = event(unproven=True)
    assert Guard(key(), masters).admit(said) == said


def test_a_key_names_what_it_protects_on_each_identify_that_says_so() -> None:
    traits = {"plan": "free", "colour": "red"}
    found = judged(event(type="identify", name="Identify", traits=traits, unproven=True), protected=("plan", "credit"))
    assert isinstance(found, Event)
    assert found.protected == ("plan",)
