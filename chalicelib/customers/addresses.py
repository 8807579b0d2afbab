"""Where to look for a customer by what people know of her: mail address, telephone number, an id of another system.

Each is a pointer item of the customers table: a keyed hash of the value (HMAC-SHA256 under the deployment's secret
`pii`: without it nobody can tell what was hashed, or try values) and the customer who had it. Several customers may
have one address. A pointer is written before the profile that it points to, and never taken back: whoever follows it
looks whether the profile still says so.

External ids are a trait, `external_ids` or `externalIds`, in Segment's form (`[{"type": "shopify", "id": "7"}]`) or a
map (`{"shopify": "7"}`). They are looked up as `shopify:7`.

Any call may also carry some in its context, as Segment's SDKs send them (`context.externalIds`: a list of id, type,
collection and encoding). Each type is a trait of its own, `external_id:shopify`, and the last call that names one of
that type says it; so a call that names one type leaves the others alone. Pure.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking import contact

MOST: Final = 20  # external ids of one customer
_LONGEST: Final = 200  # characters of one
_NAMES: Final = ("external_ids", "externalIds")
_ONE: Final = "external_id:"  # and a type: the trait of what a call's context says
_IN_CONTEXT: Final = "externalIds"
_PLAIN: Final = (None, "", "none")
_PEOPLE: Final = (None, "", "users")
_LONGEST_KIND: Final = 60

Known = tuple[str, str]
"""What kind of thing is known (`email`, `phone`, `external`) and its one form."""


def known_by(traits: Mapping[str, Any]) -> list[Known]:
    """What a customer with these traits can be looked up by."""
    found = dict.fromkeys(each for kind in ("email", "phone") if (each := form(kind, traits.get(kind))))
    external = [("external", each) for name in _NAMES for each in _external(traits.get(name))]
    external += [("external", each) for name in traits if name.startswith(_ONE) for each in _one(name, traits[name])]
    return [*found, *list(dict.fromkeys(external))[:MOST]]


def in_context(context: Mapping[str, Any]) -> dict[str, Any]:
    """The traits that the external ids in a call's context come to: `{"external_id:shopify": "7"}`, a list where there
    are several of one type. Ids of other things than users, and encoded ones, say nothing here."""
    held = context.get(_IN_CONTEXT)
    if not isinstance(held, list):
        return {}
    found: dict[str, list[str]] = {}
    for each in held[:MOST]:
        plain = isinstance(each, Mapping) and each.get("encoding") in _PLAIN and each.get("collection") in _PEOPLE
        for known in _external([each]) if plain else ():
            kind, _, id = known.partition(":")
            if len(kind) <= _LONGEST_KIND and id not in found.setdefault(_ONE + kind, []):
                found[_ONE + kind].append(id)
    return {name: ids[0] if len(ids) == 1 else ids for name, ids in found.items() if ids}


def form(kind: str, value: object) -> Known | None:
    """What is looked for, in its one form; None for what nobody can be known by."""
    if kind == "email":
        text = contact.email(value)
    elif kind == "phone":
        text = contact.phone(value)
    else:
        text = value.strip() if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST else None
    return (kind, text) if text else None


def pointer(secret: str, known: Known) -> str:
    """The hash key of a pointer: `k#email#` and a keyed hash."""
    kind, text = known
    return f"k#{kind}#" + hmac.digest(secret.encode(), f"{kind}\x00{text}".encode(), "sha256").hex()[:40]


def pointers(secrets: Sequence[str], known: Known) -> list[str]:
    """Every hash key under which it may stand: one for each live secret, the newest first."""
    return [pointer(secret, known) for secret in secrets]


def to_item(hash_key: str, customer: str) -> dict[str, Any]:
    """The stored pointer."""
    return {"pk": hash_key, "sk": customer, "schema_v": SCHEMA_VERSION}


def _one(name: str, held: object) -> Iterator[str]:
    kind = name.removeprefix(_ONE)
    yield from _external([{"type": kind, "id": id} for id in (held if isinstance(held, list) else [held])])


def _external(held: object) -> Iterator[str]:
    if isinstance(held, Mapping):
        pairs: list[tuple[object, object]] = list(held.items())
    elif isinstance(held, list):
        pairs = [(each.get("type"), each.get("id")) for each in held if isinstance(each, Mapping)]
    else:
        return
    for kind, id in pairs:
        whole = isinstance(id, int) and not isinstance(id, bool)
        if isinstance(kind, str) and kind.strip() and (whole or (isinstance(id, str) and id.strip())):
            text = f"{kind.strip().casefold()}:{str(id).strip()}"
            if len(text) <= _LONGEST:
                yield text
