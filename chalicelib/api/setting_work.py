"""What the endpoints of settings do. Imported by the handlers when one of them runs."""

from __future__ import annotations

from typing import Final

from chalicelib import times, wiring
from chalicelib.api.setting_registry import SETTINGS
from chalicelib.api.settings import SettingVersion
from chalicelib.api.versions import overtaken, valid
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore, VersionConflict
from chalicelib.customers.setting import Setting, body_of
from chalicelib.customers.standing import SETTING
from chalicelib.errors import Refused
from chalicelib.jobs.lifecycle import start_rescore
from chalicelib.segments.problems import validated

JUDGED_BY: Final = frozenset({"currencies", "lifecycle", "vocabulary"})
"""Settings that stages stand on: of everybody, not only of those who do something next."""


def everything() -> list[SettingVersion]:
    """Every setting, by name."""
    return [read(name, None) for name in sorted(SETTINGS)]


def read(name: str, version: int | None) -> SettingVersion:
    """One version of a setting; without `version` the newest, or the defaults."""
    model, store = _model(name), _store()
    pointer = store.pointer(name)
    if pointer is None and version is None:
        return SettingVersion(name=name, version=0, updated_at=None, setting=body_of(model()))
    asked = version or (pointer.latest if pointer else 0)
    body = store.body(name, asked) if pointer else None
    if body is None:
        newest = pointer.latest if pointer else 0
        raise Refused(404, "version_not_found", f"There is no version {asked}; the newest is {newest}.")
    return SettingVersion(name=name, version=asked, updated_at=_when(pointer), setting=body)


def put(name: str, body: object, expected: int | None, requested_by: str) -> SettingVersion:
    """Make a version, unless the newest says the same."""
    model = _model(name)
    made = valid("setting", lambda: body_of(validated(model, body)))
    now = wiring.perennial().now()
    try:
        pointer = _store().put(name, name, made, now, expected=expected, in_force=True)
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict
    job = _rescored(name, pointer, requested_by) if name in JUDGED_BY else None
    return SettingVersion(name=name, version=pointer.latest, updated_at=pointer.updated_at, setting=made, rescore=job)


def _rescored(name: str, pointer: Pointer, requested_by: str) -> str:
    """The job that judges everybody anew: stages follow a setting by themselves, as whoever put it expects. Putting the
    same again is the same version, and the same job."""
    changed_at = times.parse(pointer.updated_at)
    jobs = wiring.perennial().jobs
    return start_rescore(jobs, "settings", requested_by, changed_at, name, str(pointer.latest)).id


def _model(name: str) -> type[Setting]:
    model = SETTINGS.get(name)
    if model is None:
        raise Refused(404, "setting_not_found", f"There is no such setting; there are: {', '.join(sorted(SETTINGS))}.")
    return model


def _store() -> DefinitionStore:
    return DefinitionStore(wiring.perennial().db, SETTING)


def _when(pointer: Pointer | None) -> str | None:
    return pointer.updated_at if pointer else None
