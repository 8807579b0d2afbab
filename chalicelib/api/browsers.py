"""What browsers ask for before they post: the settings of their SDK, and its files.

A page that loads analytics.js from here starts without a request to anybody else, and needs no options: the settings
say where to post. The files are not part of this code: the deployment's package has them where npm was at hand.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from chalice.app import Response
from pydantic import BaseModel, Field
from pydantic_core import to_json

from chalicelib import wiring
from chalicelib.api.answers import Model
from chalicelib.api.http import Request, Routes
from chalicelib.errors import Refused
from chalicelib.tracking import envelope
from chalicelib.tracking.keys import TRACK, Key

SCRIPT: Final = "text/javascript; charset=utf-8"
FOR_MINUTES: Final = "public, max-age=300"
FOR_AN_HOUR: Final = "public, max-age=3600"
FOR_EVER: Final = "public, max-age=31536000, immutable"  # their names change with their content

SEGMENT: Final = "analytics-next"
JITSU: Final = "jitsu"

routes = Routes("browsers")


class SegmentSettings(Model):
    """The least with which analytics.js works: without `apiKey` it sends no key, without `apiHost` to Segment."""

    integrations: dict[str, Any]
    metrics: dict[str, Any] = Field(description="Where it would report on itself, and that it shall not.")


class RudderSource(Model):
    """The one source that there is: nothing to load, nothing to measure."""

    id: str
    name: str
    writeKey: str
    enabled: Literal[True] = True
    workspaceId: str = "perennial"
    connections: list[Any] = Field([])
    destinations: list[Any] = Field([])
    dataplanes: dict[str, Any] = Field({})
    config: dict[str, Any] = Field({"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}})


class RudderSettings(Model):
    """With this RudderStack's browser SDK starts."""

    source: RudderSource
    updatedAt: str = "2024-01-01T00:00:00Z"


@routes.endpoint(
    "GET", "/v1/projects/{key}/settings", response=SegmentSettings, cors=True, problems=("unknown_write_key",)
)
def read_settings(request: Request) -> Response:
    """The settings of analytics.js for a write key."""
    text = request.path["key"]
    if _public(text) is None:
        raise Refused(
            404, "unknown_write_key", "There is no such write key. Take one that begins with pk_ and is in use."
        )
    scheme, _, host = wiring.perennial().secrets.public_url().partition("://")
    protocol = {} if scheme == "https" else {"protocol": scheme}
    segment = {"apiKey": text, "apiHost": f"{host}/v1", **protocol}
    metrics = {"host": segment["apiHost"], "sampleRate": 0, **protocol}
    return _json(SegmentSettings(integrations={"Segment.io": segment}, metrics=metrics), FOR_MINUTES)


@routes.endpoint(
    "GET", "/sourceConfig", response=RudderSettings, cors=True, problems=("unknown_write_key",), write_key=True
)
def read_source_config(request: Request) -> Response:
    """The settings of RudderStack's browser SDK, for the write key in the query or in Basic authorization."""
    text = envelope.find_key(request.headers, request.query, None)
    key = _public(text or "")
    if text is None or key is None:
        raise Refused(
            401, "unknown_write_key", "There is no such write key. Take one that begins with pk_ and is in use."
        )
    return _json(RudderSettings(source=RudderSource(id=key.id[:8], name=key.label, writeKey=text)), "no-store")


@routes.endpoint(
    "GET",
    "/analytics.js/v1/{key}/analytics.min.js",
    content_type=SCRIPT,
    cors=True,
    problems=("not_in_this_deployment",),
)
def read_analytics(request: Request) -> Response:
    """analytics.js itself, as Segment's snippet loads it."""
    return _script(SEGMENT, "standalone.js", FOR_AN_HOUR)


@routes.endpoint(
    "GET",
    "/analytics-next/bundles/{file}",
    content_type=SCRIPT,
    cors=True,
    problems=("not_in_this_deployment", "file_not_found"),
)
def read_bundle(request: Request) -> Response:
    """A part of analytics.js that it loads when it needs it."""
    return _script(SEGMENT, request.path["file"], FOR_EVER)


@routes.endpoint("GET", "/p.js", content_type=SCRIPT, cors=True, problems=("not_in_this_deployment",))
def read_jitsu(request: Request) -> Response:
    """Jitsu's SDK, which posts to wherever it was loaded from."""
    return _script(JITSU, "p.js", FOR_AN_HOUR)


def _public(text: str) -> Key | None:
    """The write key that `text` is: what browsers are told may be read by anybody, so it is never a secret one."""
    perennial = wiring.perennial()
    key = perennial.keys.find(text, perennial.now())
    return key if key is not None and key.public and key.may(TRACK) else None


def _script(package: str, file: str, cached: str) -> Response:
    scripts = wiring.perennial().scripts
    text = scripts.find(f"{package}/{file}")
    if text is None and not scripts.has(package):
        raise Refused(
            404,
            "not_in_this_deployment",
            "The files of this SDK are not in this deployment. Deploy from a machine that has npm, or take the SDK "
            "from its npm package: docs/TRACKING.md says how.",
        )
    if text is None:
        raise Refused(404, "file_not_found", "This SDK has no such file.")
    headers: dict[str, str | list[str]] = {
        "Content-Type": SCRIPT,
        "Cache-Control": cached,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, headers=headers)


def _json(content: BaseModel, cached: str) -> Response:
    return Response(to_json(content).decode(), headers={"Content-Type": "application/json", "Cache-Control": cached})
