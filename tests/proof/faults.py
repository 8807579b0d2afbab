"""What can go wrong at a call that leaves the process, and the schedules that decide where it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, Protocol, TypeVar

from chalicelib.errors import Transient, Unanswered

T = TypeVar("T")


class Crash(BaseException):
    """The worker is no more. Nothing in it can catch this: not the code under test, not its `except Exception`."""


class Fault(Enum):
    """How one call goes."""

    NONE = "none"
    CRASH_BEFORE = "the worker dies before the call"
    CRASH_AFTER = "the worker dies after the call"
    LOST_REQUEST = "the request is lost: nothing happens, and nobody says so"
    LOST_ANSWER = "the answer is lost: it happened, and nobody says so"
    THROTTLED = "the provider says: too fast"


TABLE_FAULTS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_REQUEST, Fault.LOST_ANSWER)
MAIL_FAULTS = (*TABLE_FAULTS, Fault.THROTTLED)
PROVIDERS = ("mail.send", "http.call")
"""The calls by which messages leave."""


class Schedule(Protocol):
    """Decides how each call goes."""

    def fault(self, site: str) -> Fault:
        """For the next call; `site` is what is called, `mail.send` or e.g. `table.update`."""
        ...


@dataclass
class Exactly:
    """The calls with these numbers, counted from 0 over all workers, go so; the others go well. `sites` lists them."""

    faults: Mapping[int, Fault] = field(default_factory=dict)
    sites: list[str] = field(default_factory=list)

    def fault(self, site: str) -> Fault:
        self.sites.append(site)
        return self.faults.get(len(self.sites) - 1, Fault.NONE)


@dataclass
class Randomly:
    """Every call may go wrong, a call to SES more often than one to a table."""

    random: Random
    table_rate: float = 0.02
    mail_rate: float = 0.15

    def fault(self, site: str) -> Fault:
        mail = site in PROVIDERS
        if self.random.random() >= (self.mail_rate if mail else self.table_rate):
            return Fault.NONE
        return self.random.choice(MAIL_FAULTS if mail else TABLE_FAULTS)


class Line(Protocol):
    """The line between a worker and the world: every call passes it, may go wrong, and lets others run meanwhile."""

    def call(self, site: str, lost: type[Exception], work: Callable[[], T]) -> T:
        """Do `work`, or not; raise `lost` where nobody knows."""
        ...


class FaultyLine:
    """The line on which a schedule decides."""

    def __init__(self, schedule: Schedule, pause: Callable[[], None]) -> None:
        self._schedule = schedule
        self._pause = pause

    def call(self, site: str, lost: type[Exception], work: Callable[[], T]) -> T:
        self._pause()
        fault = self._schedule.fault(site)
        if fault is Fault.CRASH_BEFORE:
            raise Crash(site)
        if fault is Fault.THROTTLED:
            raise Transient("throttled")
        if fault is Fault.LOST_REQUEST:
            raise lost("no answer")
        answer = work()
        if fault is Fault.CRASH_AFTER:
            raise Crash(site)
        if fault is Fault.LOST_ANSWER:
            raise lost("no answer")
        return answer


class FaultyPort:
    """A port behind the line, each of its methods a call; `site` is what they are called by: `table.get`."""

    site = "queue"

    def __init__(self, port: Any, line: Line) -> None:
        self._port = port
        self._line = line

    def __getattr__(self, name: str) -> Any:
        method, line, site = getattr(self._port, name), self._line, f"{self.site}.{name}"

        def call(*arguments: Any, **named: Any) -> Any:
            return line.call(site, Transient, lambda: method(*arguments, **named))

        vars(self)[name] = call  # the next time it is found there
        return call


class FaultyTables(FaultyPort):
    """A `Database` behind the line."""

    site = "table"


class FaultyMail:
    """A mail gateway behind the line."""

    def __init__(self, mail: Any, line: Line) -> None:
        self._mail = mail
        self._line = line

    def send(self, request: Mapping[str, Any]) -> str:
        return self._line.call("mail.send", Unanswered, lambda: str(self._mail.send(request)))


class FaultyHttp:
    """Servers of others behind the line."""

    def __init__(self, http: Any, line: Line) -> None:
        self._http = http
        self._line = line

    def call(self, *request: Any) -> Any:
        return self._line.call("http.call", Unanswered, lambda: self._http.call(*request))

    def check(self, url: str) -> None:
        self._http.check(url)
