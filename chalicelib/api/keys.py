"""Keys: making, listing, changing, rotating and revoking them. The text of a key is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, StrictInt

from chalicelib import times, wiring
from chalicelib.api.answers import Strict
from chalicelib.api.http import Request, Routes
from chalicelib.aws.database import ConditionFailed
from chalicelib.errors import Refused
from chalicelib.tracking import proof
from chalicelib.tracking.keys import (
    EVERYTHING,
    NEW_PROFILES,
    TRACK,
    Key,
    KeyKind,
    KeySettings,
    hashed,
    read_origin,
    well_formed,
)

READ: Final = "keys:read"
WRITE: Final = "keys:write"
OVERLAP: Final = timedelta(days=7)
_ID: Final = r"^[0-9a-f]{8,64}$"

routes: Final = Routes("keys")

Moment = Annotated[datetime, PlainSerializer(times.text, return_type=str)]
Label = Annotated[str, Field(min_length=1, max_length=200, description="What it is for, for people.")]
Origin = Annotated[str, Field(max_length=255), AfterValidator(read_origin)]
Origins = Annotated[
    list[Origin],
    Field(max_length=50, description="Of a public key: on whose pages it may be used; empty for all."),
]
Rate = Annotated[StrictInt | None, Field(ge=1, le=100_000, description="Calls a second, on the average of a minute.")]
Profiles = Annotated[
    StrictInt,
    Field(ge=0, le=10**9, description="Of a public key: people and visitors that become known through it a day."),
]
Require = Annotated[
    bool, Field(strict=True, description="Of a public key: calls with a userId are only taken with its userHash.")
]
TraitName = Annotated[str, Field(min_length=1, max_length=100)]
Protected = Annotated[
    list[TraitName],
    Field(max_length=50, description="Traits that it does not let just anybody set, beside those that none does."),
]


class NewKey(Strict):
    """A key to make. `scopes` are those of a secret key: what the asking key has, or fewer."""

    kind: Literal["public", "secret"]
    label: Label
    scopes: list[str] = Field([], max_length=50, description="Of a secret key; `*` for everything.")
    origins: Origins = Field([])
    rate: Rate = None
    new_profiles: Profiles = NEW_PROFILES
    require_user_hash: Require = False
    protected: Protected = Field([])
    expires_at: AwareDatetime | None = None


class Changes(Strict):
    """What to change of a key; what is left out stays."""

    label: Label | None = None
    origins: Origins | None = None
    rate: Rate = None
    new_profiles: Profiles | None = None
    require_user_hash: Require | None = None
    protected: Protected | None = None
    expires_at: AwareDatetime | None = None


class Rotation(Strict):
    """When the old key ends."""

    ends_at: AwareDatetime | None = Field(None, description="Default: in seven days.")


class KeyShown(Strict):
    """A key, without the key."""

    id: str
    kind: Literal["public", "secret"]
    prefix: str = Field(description="Its first characters.")
    label: str
    scopes: list[str]
    origins: list[str]
    rate: int | None
    new_profiles: int | None
    require_user_hash: bool
    protected: list[str]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None = Field(description="To about an hour; null for never.")


class KeyList(Strict):
    """Every key, by its id."""

    keys: list[KeyShown]


class MadeKey(Strict):
    """A key that was made. This is the only time that its text is shown."""

    key: str
    identity_secret: str | None = Field(description="Of a public key: what the shop's server makes userHash with.")
    details: KeyShown


class Revoked(Strict):
    """The key is refused, within a minute everywhere."""

    id: str


@routes.endpoint("GET", "/v1/keys", scope=READ, response=KeyList)
def list_keys(request: Request) -> KeyList:
    """Every key there is, and when it was used last."""
    return KeyList(keys=[_shown(key) for key in wiring.perennial().keys.all()])


@routes.endpoint("POST", "/v1/keys", scope=WRITE, request=NewKey, response=MadeKey, problems=("invalid_key",))
def make_key(request: Request) -> MadeKey:
    """Make a key. Its text is in this answer and nowhere else."""
    asked = request.json(NewKey)
    public = asked.kind == "public"
    scopes = _granted(request, asked.scopes, public)
    _future(asked.expires_at)
    settings = KeySettings(
        label=asked.label,
        origins=tuple(asked.origins),
        rate=asked.rate,
        new_profiles=asked.new_profiles,
        require_user_hash=asked.require_user_hash,
        protected=tuple(asked.protected),
    )
    perennial = wiring.perennial()
    kind = KeyKind.PUBLIC if public else KeyKind.SECRET
    text = perennial.keys.create(
        kind, asked.label, scopes, perennial.now(), settings=settings, expires_at=asked.expires_at
    )
    return _made(text)


@routes.endpoint(
    "PATCH", "/v1/keys/{id}", scope=WRITE, request=Changes, response=KeyShown, problems=("key_not_found", "invalid_key")
)
def change_key(request: Request) -> KeyShown:
    """Change a key's settings, within a minute everywhere. Its rate and its end may be set to null."""
    changes = request.json(Changes)
    said = {name: getattr(changes, name) for name in changes.model_fields_set}
    nothing = [name for name, value in said.items() if value is None and name not in ("rate", "expires_at")]
    if nothing:
        raise _invalid(f"{nothing[0]} cannot be null.")
    key = _named(request)
    if "expires_at" in said:
        _future(said["expires_at"])
        key = replace(key, expires_at=said.pop("expires_at"))
    settings: dict[str, Any] = {name: tuple(held) if isinstance(held, list) else held for name, held in said.items()}
    try:
        return _shown(wiring.perennial().keys.change(replace(key, settings=replace(key.settings, **settings))))
    except ConditionFailed as gone:
        raise _unknown(request) from gone


@routes.endpoint(
    "POST",
    "/v1/keys/{id}/rotate",
    scope=WRITE,
    request=Rotation,
    response=MadeKey,
    problems=("key_not_found", "invalid_key"),
)
def rotate_key(request: Request) -> MadeKey:
    """Make a key of the same settings beside this one, which ends at a time. User hashes stay right."""
    asked = request.json(Rotation)
    perennial = wiring.perennial()
    key, now = _named(request), perennial.now()
    _future(asked.ends_at)
    try:
        return _made(perennial.keys.rotate(key, asked.ends_at or now + OVERLAP, now))
    except ConditionFailed as gone:
        raise _unknown(request) from gone


@routes.endpoint("DELETE", "/v1/keys/{id}", scope=WRITE, response=Revoked, problems=("key_not_found",))
def revoke_key(request: Request) -> Revoked:
    """Refuse a key from now on; within a minute it is refused everywhere."""
    key = _named(request)
    wiring.perennial().keys.revoke(key.id)
    return Revoked(id=key.id)


def scopes() -> set[str]:
    """Every scope that some endpoint or some call asks for."""
    from chalicelib import api
    from chalicelib.tracking.reading import ERASE

    return {TRACK, ERASE, *(endpoint.scope for endpoint in api.endpoints() if endpoint.scope)}


def _granted(request: Request, asked: Iterable[str], public: bool) -> frozenset[str]:
    """The scopes of a new key: nobody gives away what she has not got."""
    wanted = frozenset(asked)
    if public:
        if wanted - {TRACK}:
            raise _invalid(f"A public key may {TRACK} and nothing else.")
        return frozenset({TRACK})
    unknown = wanted - scopes() - {EVERYTHING}
    if unknown or not wanted:
        raise _invalid(
            f"There is no scope {min(unknown)}." if unknown else "A secret key needs scopes.", sorted(scopes())
        )
    mine = _asking(request)
    lacking = [scope for scope in sorted(wanted) if not mine.may(scope)]
    if lacking:
        raise _invalid(f"The asking key has not been given {lacking[0]}, and cannot give it.")
    return wanted


def _asking(request: Request) -> Key:
    perennial = wiring.perennial()
    key = perennial.keys.find(request.headers.get("authorization", "").rpartition(" ")[2], perennial.now())
    if key is None:
        raise Refused(401, "unauthorized", "Send a secret key that is in use: Authorization: Bearer sk_...")
    return key


def _future(moment: datetime | None) -> None:
    if moment is not None and moment <= wiring.perennial().now():
        raise _invalid("A key ends in the future; to end one now, revoke it.")


def _named(request: Request) -> Key:
    import re

    id = request.path["id"]
    key = wiring.perennial().keys.named(id) if re.match(_ID, id) else None
    if key is None:
        raise _unknown(request)
    return key


def _unknown(request: Request) -> Refused:
    return Refused(404, "key_not_found", f"No key has an id that is, or begins with, {request.path['id'][:64]!r}.")


def _invalid(message: str, details: object = None) -> Refused:
    return Refused(400, "invalid_key", message, details)


def _made(text: str) -> MadeKey:
    perennial = wiring.perennial()
    assert well_formed(text)
    key = perennial.keys.named(hashed(text))
    if key is None:
        raise Refused(404, "key_not_found", "The key was revoked at the moment at which it was made.")
    secret = proof.identity_secret(perennial.secrets.named(proof.PURPOSE)[0], key.family) if key.public else None
    return MadeKey(key=text, identity_secret=secret, details=_shown(key))


def _shown(key: Key) -> KeyShown:
    settings = key.settings
    return KeyShown(
        id=key.id,
        kind="public" if key.public else "secret",
        prefix=key.prefix,
        label=settings.label,
        scopes=sorted(key.scopes),
        origins=list(settings.origins),
        rate=settings.rate,
        new_profiles=settings.new_profiles if key.public else None,
        require_user_hash=settings.require_user_hash,
        protected=list(settings.protected),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
