"""The proof that a call under a public key speaks of whom it names: `userHash`.

A shop's server, which knows who is signed in, puts `HMAC-SHA256(identity secret, user id)` in hex into the page; the
SDK sends it along as `context.userHash` (or `integrations.Perennial.userHash`). Whoever only reads the page's source
can make none for other people. The identity secret is made of the deployment's master secrets and the key's family:
it is shown when the key is made, can be shown again, and is stored nowhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

PURPOSE: Final = "proof"  # of the master secrets
NAME: Final = "userHash"
INTEGRATION: Final = "Perennial"


def identity_secret(master: str, family: str) -> str:
    """The secret of the server that makes user hashes for the public keys of a family, 64 hex digits."""
    return hmac.new(master.encode(), f"{NAME}:{family}".encode(), sha256).hexdigest()


def user_hash(secret: str, user_id: str) -> str:
    """The proof that somebody is that user, 64 hex digits."""
    return hmac.new(secret.encode(), user_id.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def proves(said: str, user_id: str, family: str, masters: Iterable[str]) -> bool:
    """Whether a hash is that of the user, under any of the live master secrets."""
    lower = said.strip().lower().encode("utf-8", "surrogatepass")
    rights = [user_hash(identity_secret(master, family), user_id).encode() for master in masters]
    return sum(hmac.compare_digest(lower, right) for right in rights) > 0  # all of them: the time tells nothing


def said_in(context: Mapping[str, Any], integrations: Mapping[str, Any]) -> str | None:
    """The hash that a call carries; None for none. What is no text is a wrong one."""
    ours = integrations.get(INTEGRATION)
    places: Sequence[object] = (context.get(NAME), ours.get(NAME) if isinstance(ours, Mapping) else None)
    found = next((place for place in places if place not in (None, "")), None)
    return None if found is None else found if isinstance(found, str) else "no text"


def without(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A context, or integrations, without the hash: it is proof for whoever holds it, and is not kept."""
    kept = {name: value for name, value in fields.items() if name != NAME}
    ours = kept.get(INTEGRATION)
    if isinstance(ours, Mapping) and NAME in ours:
        kept[INTEGRATION] = {name: value for name, value in ours.items() if name != NAME}
    return kept
