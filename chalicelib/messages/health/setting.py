"""The limits of sender health, and what suppresses: the settings `sender_health` and `suppression`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from chalicelib.customers.setting import Setting


class SenderHealth(Setting):
    """When marketing mail pauses by itself. A person lets it go on: `POST /v1/sending/resume`."""

    name: ClassVar[str] = "sender_health"

    brake: bool = Field(True, description="Whether marketing mail pauses by itself above a limit.")
    complaints: float = Field(
        0.003, gt=0, le=0.05, description="Of what was delivered. Gmail and Yahoo turn mail away above 0.3 %."
    )
    bounces: float = Field(
        0.05, gt=0, le=0.5, description="Permanent ones, of what was sent. SES reviews an account above 5 %."
    )
    days: int = Field(7, ge=1, le=30, description="Over how many days a domain is judged.")
    at_least: int = Field(200, ge=1, le=100_000, description="Fewer mails than this are not judged.")


class SuppressionSettings(Setting):
    """What suppresses an address, and what SES's list of the account is told. Permanent bounces and complaints always
    suppress."""

    name: ClassVar[str] = "suppression"

    soft_bounces: int | None = Field(
        5,
        ge=2,
        le=50,
        description="So many bounces that were not permanent, with no delivery among them, suppress like a permanent"
        " one; null: never.",
    )
    soft_days: int = Field(30, ge=1, le=365, description="Within how many days.")
    tell_ses: bool = Field(
        True,
        description="Put what is suppressed on SES's suppression list, which holds for every sender of the account.",
    )
