"""The routes of RudderStack's, Jitsu's and Dittofeed's SDKs, which speak Segment's language in places of their own.

RudderStack's SDKs otherwise use Segment's routes (tracking.py) and ask for their settings first (browsers.py).
"""

from __future__ import annotations

from typing import Final

from chalicelib.api.http import Request, Routes
from chalicelib.api.taking import Accepted, Batch, accept, posting
from chalicelib.tracking.call import Single

RUDDER: Final = "rudder"
JITSU: Final = "jitsu"
DITTOFEED: Final = "dittofeed"

routes = Routes("dialects")
_endpoint = posting(routes)


@_endpoint("POST", "/beacon/v1/batch", request=Batch)
def rudder_beacon(request: Request) -> Accepted:
    """Post many calls at once as a browser does when its page is left: RudderStack with useBeacon."""
    return accept(RUDDER, "batch", request)


@_endpoint("POST", "/api/s/{type}", request=Single)
def jitsu(request: Request) -> Accepted:
    """Post one call as Jitsu's SDK does in a browser: identify, track, page, screen, group or alias."""
    return accept(JITSU, request.path["type"], request)


@_endpoint("POST", "/api/s/s2s/{type}", request=Single)
def jitsu_server(request: Request) -> Accepted:
    """Post one call as Jitsu's SDK does on a server."""
    return accept(JITSU, request.path["type"], request)


@_endpoint("POST", "/api/public/apps/batch", request=Batch)
def dittofeed(request: Request) -> Accepted:
    """Post many calls at once as Dittofeed's SDKs do."""
    return accept(DITTOFEED, "batch", request)


@_endpoint("POST", "/api/public/apps/{type}", request=Single)
def dittofeed_single(request: Request) -> Accepted:
    """Post one call as to Dittofeed's API: identify, track, page, screen, group or alias."""
    return accept(DITTOFEED, request.path["type"], request)
