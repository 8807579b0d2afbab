"""Where everything is put together, once per container and on first use: nothing is built at import.

Each Lambda is one method (lambdas.py): it hands its work to the room that does it, with the stores it needs and the
time. What it is made of stands in layers, and each uses only those before it: outside, people, front, judging,
leaving, acting, showing, operating.
What a method needs is imported inside it, so that no Lambda pays at a cold start for what only another one uses.
"""

from __future__ import annotations

from chalicelib import settings
from chalicelib.aws import telemetry
from chalicelib.wiring.lambdas import Perennial
from chalicelib.wiring.outside import Ports

__all__ = ["Perennial", "Ports", "perennial", "run"]

_running: Perennial | None = None


def perennial() -> Perennial:
    """The application of this container, built when it is first asked for."""
    if _running is None:
        telemetry.start_logging()
        run(Perennial(settings.current()))
    assert _running is not None
    return _running


def run(application: Perennial | None) -> None:
    """Let `application` be the one of this process: a test's, over fakes; None for the next one to be built anew."""
    global _running  # the one thing that a container holds on to between its calls
    _running = application
