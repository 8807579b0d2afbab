"""A property of an immutable value that is computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Found = TypeVar("Found", covariant=True)


class once(Generic[Found]):
    """`functools.cached_property` without the lock that Python 3.11 takes at every first reading, which costs more than
    the sums of a customer. Two threads may both compute it, and find the same."""

    def __init__(self, compute: Callable[[Any], Found]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> once[Found]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Found: ...

    def __get__(self, instance: object | None, owner: type) -> once[Found] | Found:
        if instance is None:
            return self
        found = instance.__dict__[self._name] = self._compute(instance)  # from now on found before this descriptor
        return found
