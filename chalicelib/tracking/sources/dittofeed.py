"""Dittofeed's public API: Segment's calls at `/api/public/apps/{batch,identify,track,page,screen,group,alias}`.

Its SDKs name every call, but say neither when it was made nor when they sent it: the time of receipt holds.
"""

from __future__ import annotations

from chalicelib.tracking.source import Source
from chalicelib.tracking.sources.segment import Segment

plugin: Source = Segment()
