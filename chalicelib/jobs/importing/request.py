"""What may be asked of an import."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

FOLDER: Final = "imports/"  # of the bucket: where files to import lie, and nothing else can be imported

Kind = Literal["customers", "consents", "events", "orders"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError("not an IANA time zone such as Europe/Berlin") from unknown
    return name


Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Options(BaseModel):
    """How the file is to be read, where it does not say so itself.

    delimiter:   of a CSV file; found out from its first line if it is not given.
    timezone:    of times that name none (UTC).
    date_format: of times that are not ISO 8601 nor seconds since 1970, in strptime's letters: `%d/%m/%Y %H:%M`.
    as_of:       the time of rows that name none; else that at which this file was first imported.
    currency:    of orders that name none. country: the calling code of telephone numbers that have none, `44`; `+` if
                 the numbers lack nothing but the plus.
    consents:    `withdrawals`: what the file says of consents given is left out.
    wording, proof, source: of consents, where the rows name none.
    """

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    delimiter: Literal[",", ";", "\t", "|"] | None = None
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    date_format: Short | None = None
    as_of: AwareDatetime | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    country: Annotated[str, StringConstraints(pattern=r"^(\+|[1-9][0-9]{0,3})$")] | None = None
    consents: Literal["all", "withdrawals"] = "all"
    wording: Short | None = None
    proof: dict[str, Any] | None = Field(None, max_length=20)
    source: Short | None = None


class ImportRequest(BaseModel):
    """One file, and how its rows become events.

    name:    rows of the same name and content are the same, in whichever file they stand. The mapping's, if not given.
    mapping: one of those that are ready, or one of the caller's own.
    """

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    kind: Kind
    format: Literal["csv", "jsonl"]
    file: str = Field(max_length=500)
    name: Short
    mapping: str | dict[str, Any]
    options: Options = Options()
