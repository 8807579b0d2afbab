"""What all answers are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from chalicelib import times

Moment = Annotated[datetime, PlainSerializer(times.text, return_type=str)]
"""A time, RFC 3339 in UTC."""


class Model(BaseModel):
    """Answers are built once and not changed."""

    model_config = ConfigDict(frozen=True)
