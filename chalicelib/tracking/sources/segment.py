"""Segment's HTTP tracking API, as its unmodified SDKs speak it.

One call per request (`/v1/track` and its siblings), or many in a `/v1/batch`, whose `context` and `integrations`
hold for each of its calls. https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

from __future__ import annotations

from chalicelib.tracking.pipeline import as_object
from chalicelib.tracking.reading import Calls
from chalicelib.tracking.source import Source

BATCH = "batch"


class Segment:
    """Reads `/v1/{identify,track,page,screen,group,alias,batch}`."""

    def calls(self, route: str, payload: object) -> Calls:
        if not isinstance(payload, dict):
            return Calls([payload])
        if route == BATCH and isinstance(payload.get("batch"), list):
            return Calls(
                payload["batch"],
                sent_at=payload.get("sentAt"),
                context=as_object(payload.get("context")),
                integrations=as_object(payload.get("integrations")),
            )
        single = {name: value for name, value in payload.items() if name != "writeKey"}
        return Calls([single if route == BATCH else {**single, "type": route}])


plugin: Source = Segment()
