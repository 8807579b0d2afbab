"""Jitsu's SDKs: Segment's calls, one a request, at `/api/s/{type}` and, from servers, `/api/s/s2s/{type}`.

The route says which type of call it is, or `event`, and then the call says so itself.
"""

from __future__ import annotations

from typing import Final

from chalicelib.tracking.reading import Calls
from chalicelib.tracking.source import Source
from chalicelib.tracking.sources.segment import Segment

ANY: Final = "event"


class Jitsu(Segment):
    """Reads `/api/s/{identify,track,page,screen,group,alias,batch,event}`."""

    def calls(self, route: str, payload: object) -> Calls:
        if route == ANY and isinstance(payload, dict):
            route = str(payload.get("type"))
        return super().calls(route, payload)


plugin: Source = Jitsu()
