"""The deployment that is measured has what functions ask for."""

from __future__ import annotations

from benchmarks.stack import environment
from chalicelib import settings


def test_every_variable_that_functions_read_is_set() -> None:
    assert set(settings.variables()) <= set(environment("http://127.0.0.1:4566"))
