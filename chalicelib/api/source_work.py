"""What the endpoints of webhook sources do. Imported by the handlers when one of them runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from chalicelib import tracking, wiring
from chalicelib.api.source_models import (
    Preview,
    PreviewEvent,
    PreviewRefusal,
    ReadySource,
    ReadySources,
    Sample,
    SecretState,
    Sources,
    SourceState,
    SourceVersion,
)
from chalicelib.api.versions import overtaken
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore, VersionConflict
from chalicelib.errors import Refused
from chalicelib.tracking import exact, given, setup, signatures, webhook
from chalicelib.tracking.problems import Invalid, Problem
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.webhook import Delivery, SetUp
from chalicelib.tracking.webhooks.store import KIND

READY: Final = Path(tracking.__file__).parent / "ready"
_LONGEST: Final = 100_000  # bytes of JSON
_TOPICS: Final = ("x-shopify-topic", "x-wc-webhook-topic")


def listed() -> Sources:
    """Every source by name."""
    pointers = {pointer.name: pointer for pointer in _store().pointers()}
    names = sorted({*pointers, *webhook.names()})
    return Sources(sources=[_state(name, pointers.get(name)) for name in names])


def ready() -> ReadySources:
    """Every ready mapping by name."""
    found = [ReadySource(name=name, title=body["title"], definition=body) for name, body in sorted(_ready().items())]
    return ReadySources(ready=found)


def read(name: str, version: int | None) -> SourceVersion:
    """One version; without `version` the newest."""
    _existing(name)
    pointer = _store().pointer(name)
    if pointer is None and version is None:
        return _version(name, None, 0, {"reads": name})
    asked = version or (pointer.latest if pointer else 0)
    body = _store().body(name, asked) if pointer else None
    if body is None:
        newest = pointer.latest if pointer else 0
        raise Refused(404, "version_not_found", f"There is no version {asked}; the newest is {newest}.")
    return _version(name, pointer, asked, body)


def put(name: str, raw: object, expected: int | None) -> SourceVersion:
    """Make a version, unless the newest says the same."""
    body = _ready_one(raw) if isinstance(raw, dict) and raw.get("ready") is not None else raw
    made = _parsed(name, body)
    body = given.mapping(body)
    kept = {field: value for field, value in body.items() if value is not None}
    title = str(kept.get("title") or made.name)
    perennial = wiring.perennial()
    try:
        pointer = _store().put(name, title, kept, perennial.now(), expected=expected, in_force=True)
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict
    perennial.sources.forget(name)
    return _version(name, pointer, pointer.latest, kept)


def preview(name: str, sample: Sample, body: bytes) -> Preview:
    """What a payload would come to. body: the request, out of which the payload is read without losing a digit."""
    made = _existing(name) if sample.definition is None else _parsed(name, sample.definition)
    headers = dict.fromkeys(_TOPICS, sample.topic)
    delivery = Delivery(body, headers, made.signature)
    payload = given.mapping(exact.read(body)).get("payload")
    found = webhook.told(webhook.named(made.reads), made, delivery, payload)
    reading = webhook.read(found, Arrival(name, "", wiring.perennial().now(), len(body)))
    shown = set(PreviewEvent.model_fields)
    events = [event.model_dump(mode="json", include=shown) for event in reading.events]
    return Preview(
        events=[PreviewEvent.model_validate(event) for event in events],
        parked=[PreviewRefusal(reason=refusal.reason, details=refusal.details) for refusal in reading.refusals],
    )


def put_secret(name: str, secret: str) -> SecretState:
    """Put a secret before the one that is live."""
    made, secrets = _existing(name), wiring.perennial().secrets
    standard = made.reads == setup.MAPPED and made.signature.get("kind", "standard") == "standard"
    if standard and not signatures.standard_secret(secret):
        message = "A secret of Standard Webhooks is base64, mostly after whsec_. Copy it as the sender shows it."
        raise Refused(400, "invalid_secret", message)
    known = secrets.of_source(name, within=0)
    kept = known if secret in known[:1] else (secret, *(one for one in known if one != secret))[:2]
    secrets.keep_source(name, kept)
    return SecretState(name=name, secrets=len(kept))


def forget_previous(name: str) -> SecretState:
    """Keep the newest secret alone."""
    _existing(name)
    secrets = wiring.perennial().secrets
    known = secrets.of_source(name, within=0)
    if len(known) > 1:
        secrets.keep_source(name, known[:1])
    return SecretState(name=name, secrets=len(known[:1]))


def _existing(name: str) -> SetUp:
    perennial = wiring.perennial()
    found = perennial.sources.find(name, perennial.now())
    if found is None:
        raise Refused(404, "source_not_found", "There is no webhook source of this name; PUT makes one.")
    return found


def _parsed(name: str, raw: object) -> SetUp:
    try:
        if setup.is_taken(name):
            raise Invalid([Problem("name", f"{name} means something else here", "Choose another name.")])
        if not setup.is_name(name):
            hint = "Use lower-case letters, digits, _ and -, at most 40."
            raise Invalid([Problem("name", "No source can have this name", hint)])
        if len(json.dumps(raw)) > _LONGEST:
            raise Invalid([Problem("", f"This is longer than {_LONGEST} bytes", "Shorten it.")])
        return setup.parsed(name, raw, wiring.perennial().settings.production)
    except Invalid as wrong:
        message = "This source cannot be set up as it stands; details says where, what and what to do."
        raise Refused(400, "invalid_source", message, wrong.details()) from wrong


def _ready_one(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A ready mapping, with what else the caller says in place of what it says."""
    found, name = _ready(), raw["ready"]
    if not isinstance(name, str) or name not in found:
        problem = Problem(
            "ready", "There is no ready mapping of this name", f"Write one of {', '.join(sorted(found))}."
        )
        message = "This source cannot be set up as it stands; details says where, what and what to do."
        raise Refused(400, "invalid_source", message, [problem.details()])
    return {**found[name], **{field: value for field, value in raw.items() if field != "ready"}}


def _ready() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in READY.glob("*.json")}


def _store() -> DefinitionStore:
    return DefinitionStore(wiring.perennial().db, KIND)


def _version(name: str, pointer: Pointer | None, version: int, body: dict[str, Any]) -> SourceVersion:
    live = len(wiring.perennial().secrets.of_source(name, within=0))
    return SourceVersion(state=_state(name, pointer, body), version=version, secrets=live, definition=body)


def _state(name: str, pointer: Pointer | None, body: Mapping[str, Any] | None = None) -> SourceState:
    if body is None:
        body = (_store().body(name, pointer.latest) if pointer else None) or {"reads": name}
    return SourceState(
        name=name,
        title=pointer.title if pointer else name,
        reads=str(body["reads"]),
        address=f"{wiring.perennial().secrets.public_url()}/webhooks/{name}",
        version=pointer.latest if pointer else 0,
        updated_at=pointer.updated_at if pointer else None,
    )
