"""The workspace's settings by name: PUT makes a version, which is in force from then on."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.answers import Model
from chalicelib.api.definition_models import PutQuery, VersionQuery
from chalicelib.api.http import Request, Routes
from chalicelib.api.jobs import caller

READ: Final = "settings:read"
WRITE: Final = "settings:write"

routes: Final = Routes("settings")


class SettingBody(Model):
    """A setting; what is left out has its default. Which fields there are depends on the name in the path."""

    model_config = ConfigDict(extra="allow")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from chalicelib.api.setting_registry import SETTINGS

        schema = dict(handler(core))
        del schema["properties"]  # none of its own
        schema["anyOf"] = [handler(model.__pydantic_core_schema__) for model in SETTINGS.values()]
        return schema


class SettingVersion(Model):
    """One version of a setting."""

    name: str
    version: int = Field(description="0: nobody has put this setting, and these are the defaults.")
    updated_at: str | None = Field(description="When the newest version was put; null for the defaults.")
    setting: dict[str, Any] = Field(description="The content, with every default written out.")
    rescore: str | None = Field(
        None, description="Of a PUT on which stages stand: the job that judges everybody anew (GET /v1/jobs/{job})."
    )


class SettingList(Model):
    """Every setting as it stands."""

    settings: list[SettingVersion]


@routes.endpoint("GET", "/v1/settings", scope=READ, response=SettingList)
def list_settings(request: Request) -> SettingList:
    """Every setting of the workspace as it stands, defaults included."""
    from chalicelib.api import setting_work

    return SettingList(settings=setting_work.everything())


@routes.endpoint(
    "GET",
    "/v1/settings/{name}",
    scope=READ,
    query=VersionQuery,
    response=SettingVersion,
    problems=("setting_not_found", "version_not_found"),
)
def read_setting(request: Request) -> SettingVersion:
    """One version of a setting; the newest, if none is asked for."""
    from chalicelib.api import setting_work

    return setting_work.read(request.path["name"], request.parameters(VersionQuery).version)


@routes.endpoint(
    "PUT",
    "/v1/settings/{name}",
    scope=WRITE,
    query=PutQuery,
    request=SettingBody,
    response=SettingVersion,
    problems=("setting_not_found", "invalid_setting", "version_conflict"),
)
def put_setting(request: Request) -> SettingVersion:
    """Decide a setting, from now on; it may take 30 seconds until every worker knows.

    What stages stand on (`lifecycle`, `vocabulary`, `currencies`) starts the job that judges everybody anew; what it
    moves, it moves silently: no journey starts of it.
    The same content as the newest version makes none. `details` of `invalid_setting` lists every problem with its
    path and what to do about it.
    """
    from chalicelib.api import setting_work

    expected = request.parameters(PutQuery).expected_version
    return setting_work.put(request.path["name"], request.value(), expected, caller(request))
