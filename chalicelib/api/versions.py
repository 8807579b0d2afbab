"""What is alike where anything with versions is put: who was faster, what cannot be used, what a list says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.api.definition_models import DefinitionState
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import VersionConflict
from chalicelib.errors import Refused
from chalicelib.tracking.problems import Invalid

T = TypeVar("T")


def overtaken(conflict: VersionConflict) -> Refused:
    """The answer to whoever decided on another version than the newest."""
    message = f"Somebody else was here: the newest version is {conflict.latest}. Read it, then decide again."
    return Refused(409, "version_conflict", message, {"newest_version": conflict.latest})


def valid(kind: str, made: Callable[[], T]) -> T:
    """What is made, or Refused with every problem found."""
    try:
        return made()
    except Invalid as invalid:
        message = f"This {kind} cannot be used as it stands; details says where, what and what to do."
        raise Refused(400, f"invalid_{kind}", message, invalid.details()) from invalid


def as_listed(pointer: Pointer) -> DefinitionState:
    """What a list says of a definition."""
    return DefinitionState(
        name=pointer.name,
        title=pointer.title,
        newest_version=pointer.latest,
        version=pointer.version,
        live=pointer.live,
        updated_at=pointer.updated_at,
    )
