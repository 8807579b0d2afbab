"""How a source is set up, from the JSON that a marketer puts: `{"reads": "standard", "mapping": {...}}`. Pure.

reads      the webhook source that understands it: shopify, woocommerce, stripe, standard
live       false for a test shop; by default only the production stage is live
prefix     before ids of people and orders, where several shops of one kind would collide
mapping    standard only: mapping.py
signature  standard only: {"kind": "standard"}, {"kind": "hmac", "header", "encoding", "before"}, {"kind": "token",
           "header"}
"""

from __future__ import annotations

import re
from typing import Any, Final

from chalicelib import plugins
from chalicelib.tracking import mapping as mappings
from chalicelib.tracking import webhook
from chalicelib.tracking.problems import Invalid, Problem
from chalicelib.tracking.source import SOURCES
from chalicelib.tracking.webhook import SetUp

MAPPED: Final = "standard"  # the one source that a mapping may be put on
RESERVED: Final = frozenset({"perennial", "import", "ready", "activity"})  # ours, and paths beside sources

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PREFIX: Final = re.compile(r"[A-Za-z0-9:_.-]{0,20}")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
_KNOWN: Final = ("reads", "title", "live", "prefix", "mapping", "signature")
_SIGNATURES: Final = {
    "standard": ("kind",),
    "hmac": ("kind", "header", "encoding", "before"),
    "token": ("kind", "header"),
}


def is_name(name: str) -> bool:
    """Whether a source could be called so: lower-case letters, digits, `_` and `-`, at most 40; and not as what else
    events come from, or it would be trusted or counted as that."""
    return _NAME.fullmatch(name) is not None and not is_taken(name)


def is_taken(name: str) -> bool:
    """Whether a name means something else here already."""
    return name in RESERVED or (name in plugins.names(SOURCES) and webhook.webhook(name) is None)


def built_in(name: str, production: bool) -> SetUp | None:
    """The source that needs no setting up: a webhook source under its own name."""
    return SetUp(name, name, production) if webhook.webhook(name) is not None else None


def parsed(name: str, raw: object, production: bool) -> SetUp:
    """A set-up from JSON. Raises Invalid, with everything that is wrong and where."""
    if not isinstance(raw, dict):
        raise Invalid([Problem("", "This is not an object", "Write an object: {...}.")])
    raw = {field: value for field, value in raw.items() if value is not None}
    problems = _problems(name, raw)
    mapping = None
    if "mapping" in raw:
        try:
            mapping = mappings.compiled(raw["mapping"])
        except Invalid as wrong:
            problems += wrong.problems
    if problems:
        raise Invalid(problems)
    live, prefix, signature = raw.get("live", production), raw.get("prefix", ""), raw.get("signature", {})
    return SetUp(name, raw["reads"], live, prefix, mapping, signature)


def _problems(name: str, raw: dict[str, Any]) -> list[Problem]:
    known = webhook.names()
    found = [
        Problem(field, "This is not known here", f"Write one of {', '.join(_KNOWN)}.")
        for field in raw
        if field not in _KNOWN
    ]
    reads = raw.get("reads")
    if reads not in known:
        found.append(Problem("reads", "There is no such webhook source", f"Write one of {', '.join(known)}."))
    if name in known and reads != name:
        found.append(Problem("reads", f"The source {name} is read as {name}", "Choose another name for this one."))
    if not isinstance(raw.get("live", True), bool):
        found.append(Problem("live", "This is not true or false", "Write true or false, or leave it out."))
    if not isinstance(raw.get("title", ""), str) or len(raw.get("title", "")) > 200:
        found.append(Problem("title", "This is not a title", "Write a text of up to 200 characters."))
    if not (isinstance(raw.get("prefix", ""), str) and _PREFIX.fullmatch(raw.get("prefix", ""))):
        found.append(Problem("prefix", "This is not a prefix", "Write up to 20 letters, digits, and any of : _ . -"))
    for field in ("mapping", "signature"):
        if field in raw and reads != MAPPED:
            hint = f'Only a source that reads "{MAPPED}" can be told.'
            found.append(Problem(field, "This source knows that by itself", hint))
    return found + _signature(raw.get("signature"))


def _signature(raw: object) -> list[Problem]:
    if raw is None:
        return []
    if not isinstance(raw, dict) or raw.get("kind") not in tuple(_SIGNATURES):
        hint = f'Write {{"kind": ...}}, one of {", ".join(_SIGNATURES)}.'
        return [Problem("signature.kind", "This kind of signature is not known", hint)]
    fields = _SIGNATURES[raw["kind"]]
    found = [
        Problem(f"signature.{field}", "This is not known here", f"Write one of {', '.join(fields)}.")
        for field in raw
        if field not in fields
    ]
    header = raw.get("header")
    if "header" in fields and not (isinstance(header, str) and _HEADER.fullmatch(header)):
        found.append(Problem("signature.header", "This is not the name of a header", "Write it as X-Signature."))
    if "encoding" in fields and raw.get("encoding", "hex") not in ("hex", "base64"):
        found.append(Problem("signature.encoding", "This encoding is not known", "Write hex or base64."))
    before = raw.get("before", "")
    if not isinstance(before, str) or len(before) > 20:
        found.append(Problem("signature.before", "This is not a text", "Write what stands before it, as sha256=."))
    return found
