"""Values of a row that are read as the import's options say: times, telephone numbers, addresses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from chalicelib import times
from chalicelib.jobs.importing.problem import RowProblem
from chalicelib.jobs.importing.request import Options
from chalicelib.tracking import contact
from chalicelib.tracking.call import read_time
from chalicelib.tracking.paths import First, Path, Value

_KEEP_ZERO: Final = ("39",)  # Italy's numbers keep their leading zero abroad


@dataclass
class Telephones:
    """Telephone numbers as the options complete them. `unread`: columns of the present row whose number is none."""

    country: str | None = None
    unread: list[str] = field(default_factory=list)

    def read(self, found: object, column: str) -> str | None:
        """A number in E.164; None for none, and for what is none: then its column is in `unread`."""
        text = str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""
        if not text:
            return None
        number = contact.phone(text) or contact.phone(self._completed(text))
        if number is None:
            self.unread.append(column)
        return number

    def _completed(self, text: str) -> str:
        digits = "".join(letter for letter in text if letter.isdigit())
        if self.country is None:
            return ""
        if self.country == "+":
            return f"+{digits}"
        national = digits if self.country in _KEEP_ZERO else digits.removeprefix("0")
        return f"+{self.country}{national}"


@dataclass(frozen=True)
class Time:
    """A time as text with its zone."""

    value: Value
    options: Options
    column: str

    def of(self, payload: object) -> str | None:
        found = self.value.of(payload)
        if found is None or found == "":
            return None
        try:
            moment = self._read(found)
        except ValueError as unreadable:
            raise RowProblem("this is not a time", self.column) from unreadable
        return times.text(moment)

    def _read(self, found: object) -> datetime:
        text = found.strip() if isinstance(found, str) else None
        if text and self.options.date_format:
            moment = datetime.strptime(text, self.options.date_format)  # noqa: DTZ007 the zone comes below
        elif text and not text.isdigit():
            moment = datetime.fromisoformat(text)
        else:
            read = read_time(int(text) if text else found)
            if read is None:
                raise ValueError("no time")
            return read
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.options.timezone))


@dataclass(frozen=True)
class Telephone:
    """A number in E.164."""

    value: Value
    telephones: Telephones
    column: str

    def of(self, payload: object) -> str | None:
        return self.telephones.read(self.value.of(payload), self.column)


@dataclass(frozen=True)
class Address:
    """A mail address; what is none is a problem of the row."""

    value: Value
    column: str

    def of(self, payload: object) -> str | None:
        found = self.value.of(payload)
        if found is None or found == "":
            return None
        address = contact.email(found)
        if address is None:
            raise RowProblem("this is not a mail address", self.column)
        return address


class Reader:
    """Puts these readers around what a mapping's rules read."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.telephones = Telephones(self.options.country)

    def reading(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """The values of a rule, by name, each read as what it is."""
        return {name: self._reading(name, value) for name, value in values.items()}

    def _reading(self, name: str, value: Value) -> Value:
        column = _column(value)
        match name:
            case "timestamp":
                return Time(value, self.options, column)
            case "phone":
                return Telephone(value, self.telephones, column)
            case "email":
                return Address(value, column)
            case _:
                return value


def _column(value: Any) -> str:
    """Where a value is read from, for people."""
    if isinstance(value, Path):
        return ".".join(str(step) for step in value.steps if step is not None)
    if isinstance(value, First):
        return " or ".join(filter(None, map(_column, value.options)))
    return ""
