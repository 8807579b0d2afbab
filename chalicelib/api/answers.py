"""What everything is made of that is asked and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from chalicelib import times

Moment = Annotated[datetime, PlainSerializer(times.text, return_type=str)]
"""A time, RFC 3339 in UTC."""


class Model(BaseModel):
    """Made once and not changed. Its validator is built when it is first asked for: a cold start needs few of them."""

    model_config = ConfigDict(defer_build=True, frozen=True)


class Strict(Model):
    """What is asked where nothing may stand that is not known: a misspelt name is told, not passed over."""

    model_config = ConfigDict(extra="forbid")
