"""What a source is: one file in chalicelib/tracking/sources that reads one dialect.

A source knows where its dialect keeps things; it decides nothing. It ends with `plugin: Source = ...`, and brings
payloads with the events expected of them (tests/tracking/sources/<name>/).
"""

from __future__ import annotations

from typing import Protocol

from chalicelib import plugins
from chalicelib.tracking import pipeline
from chalicelib.tracking.reading import Arrival, Calls, Reading

SOURCES = "chalicelib.tracking.sources"


class Source(Protocol):
    """Pure: a payload in, calls in Segment's vocabulary out (chalicelib/tracking/call.py)."""

    def calls(self, route: str, payload: object) -> Calls:
        """The calls in `payload`, whatever it is: what is no call is returned as it stands, and refused later.

        route: which kind of payload, in the dialect's words: the last part of the path, a topic.
        """
        ...


def source(name: str) -> Source:
    """The source in the file of that name. Raises plugins.UnknownPlugin."""
    found: Source = plugins.load(SOURCES, name)
    return found


def interpret(route: str, payload: object, arrival: Arrival) -> Reading:
    """What a payload of `arrival.source` holds: events, and refusals with their reasons. Pure; never raises for
    anything that the payload may be."""
    return pipeline.read(source(arrival.source).calls(route, payload), arrival)
