"""Where the workspace is at home: the setting `workspace`. It is the time zone of whoever has none, or a bad one."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from chalicelib.customers.setting import Setting, objection
from chalicelib.customers.zones import zone


def _zone(name: str) -> str:
    if zone(name) is None:
        raise objection("timezone", "This is no time zone", "Use a name of the IANA database: Europe/Rome, or UTC.")
    return name


class Home(Setting):
    """The workspace's own time zone."""

    name: ClassVar[str] = "workspace"

    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC",
        description="Whose clock and calendar are read for people whose own zone is not known: `Europe/Rome`.",
    )

    @property
    def zone(self) -> tzinfo:
        """The zone."""
        return zone(self.timezone) or UTC
