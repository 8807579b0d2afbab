"""Events from websites, apps and servers: Segment's HTTP tracking API.

The write key goes where the SDK puts it: the user of Basic authorization, `writeKey` in the body, the header
X-Write-Key, or `?writeKey=`. analytics.js posts to the same routes by their first letters.
"""

from __future__ import annotations

from typing import Final, Literal

from chalicelib.api.answers import Model
from chalicelib.api.http import Request, Routes
from chalicelib.api.taking import Accepted, Batch, accept, posting
from chalicelib.tracking.call import Single

SOURCE: Final = "segment"

routes = Routes("tracking")
_endpoint = posting(routes)


class Discarded(Model):
    """Nothing of it is kept."""

    success: Literal[True] = True


@_endpoint("POST", "/v1/batch", request=Batch)
def batch(request: Request) -> Accepted:
    """Post many calls at once."""
    return accept(SOURCE, "batch", request)


@_endpoint("POST", "/v1/b", request=Batch)
def batch_by_letter(request: Request) -> Accepted:
    """The same as /v1/batch, for analytics.js."""
    return accept(SOURCE, "batch", request)


@_endpoint("POST", "/v1/import", request=Batch)
def import_batch(request: Request) -> Accepted:
    """Post many calls of the past at once: the same as /v1/batch, each with its timestamp."""
    return accept(SOURCE, "batch", request)


@_endpoint("POST", "/v1/identify", request=Single)
def identify(request: Request) -> Accepted:
    """Say who somebody is, and what is known of them."""
    return accept(SOURCE, "identify", request)


@_endpoint("POST", "/v1/i", request=Single)
def identify_by_letter(request: Request) -> Accepted:
    """The same as /v1/identify, for analytics.js."""
    return accept(SOURCE, "identify", request)


@_endpoint("POST", "/v1/track", request=Single)
def track(request: Request) -> Accepted:
    """Say what somebody did."""
    return accept(SOURCE, "track", request)


@_endpoint("POST", "/v1/t", request=Single)
def track_by_letter(request: Request) -> Accepted:
    """The same as /v1/track, for analytics.js."""
    return accept(SOURCE, "track", request)


@_endpoint("POST", "/v1/page", request=Single)
def page(request: Request) -> Accepted:
    """Say which page of a website somebody looked at."""
    return accept(SOURCE, "page", request)


@_endpoint("POST", "/v1/p", request=Single)
def page_by_letter(request: Request) -> Accepted:
    """The same as /v1/page, for analytics.js."""
    return accept(SOURCE, "page", request)


@_endpoint("POST", "/v1/screen", request=Single)
def screen(request: Request) -> Accepted:
    """Say which screen of an app somebody looked at."""
    return accept(SOURCE, "screen", request)


@_endpoint("POST", "/v1/s", request=Single)
def screen_by_letter(request: Request) -> Accepted:
    """The same as /v1/screen, for analytics.js."""
    return accept(SOURCE, "screen", request)


@_endpoint("POST", "/v1/group", request=Single)
def group(request: Request) -> Accepted:
    """Say which account or company somebody belongs to."""
    return accept(SOURCE, "group", request)


@_endpoint("POST", "/v1/g", request=Single)
def group_by_letter(request: Request) -> Accepted:
    """The same as /v1/group, for analytics.js."""
    return accept(SOURCE, "group", request)


@_endpoint("POST", "/v1/alias", request=Single)
def alias(request: Request) -> Accepted:
    """Say that somebody was known by another id before."""
    return accept(SOURCE, "alias", request)


@_endpoint("POST", "/v1/a", request=Single)
def alias_by_letter(request: Request) -> Accepted:
    """The same as /v1/alias, for analytics.js."""
    return accept(SOURCE, "alias", request)


@routes.endpoint("POST", "/v1/m", response=Discarded, cors=True)
def discard_metrics(request: Request) -> Discarded:
    """Take what analytics.js measures of itself, and discard it unread."""
    return Discarded()
