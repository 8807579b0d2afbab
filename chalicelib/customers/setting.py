"""What a setting is: what the workspace's owner decides once, for everybody, by `PUT /v1/settings/{name}`.

One model for each name. Every field has a default, so a workspace that never decided anything has all of them; unknown
fields are errors. To add a setting: write its model, with its name, where its subject is at home, and list it in
api/setting_registry.py.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Values(BaseModel):
    """The base of what settings are made of: unknown fields are errors, values never change."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Setting(Values):
    """The base of every setting. `name`: in the API, and in the store."""

    name: ClassVar[str]


def objection(kind: str, problem: str, hint: str) -> PydanticCustomError:
    """What a validator raises, with a hint of what to do. The texts are taken as they stand."""
    return PydanticCustomError(kind, "{problem}", {"problem": problem, "hint": hint})


def body_of(setting: BaseModel) -> dict[str, Any]:
    """A setting as JSON, every default written out."""
    return setting.model_dump(mode="json", by_alias=True)
