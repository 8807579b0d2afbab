"""Ports that fail at a chosen call: before it had an effect, or after, when the answer is lost."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal

from chalicelib.errors import Transient

Fault = Literal["crash before", "crash after", "refused", "answer lost"]
FAULTS: tuple[Fault, ...] = ("crash before", "crash after", "refused", "answer lost")


class Crash(BaseException):
    """The process is gone: no handler of the code under test may notice."""


class Faults:
    """Counts the calls of all ports that share it, and lets those of `at` fail."""

    def __init__(self, fault: Fault, at: Collection[int] = ()) -> None:
        self.fault = fault
        self.at = at
        self.calls = 0

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a port's method, or fail in its place."""
        number = self.calls
        self.calls += 1
        if number not in self.at:
            return function(*args, **kwargs)
        if self.fault in ("crash after", "answer lost"):
            function(*args, **kwargs)
        if self.fault in ("refused", "answer lost"):
            raise Transient("a fault of the test")
        raise Crash


class Faulty:
    """A port with faults: every method goes through them."""

    def __init__(self, port: Any, faults: Faults) -> None:
        self._port = port
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **kwargs: self._faults.call(method, *args, **kwargs)
