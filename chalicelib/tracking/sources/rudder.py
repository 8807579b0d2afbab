"""RudderStack's SDKs. They speak Segment's protocol, most of it at Segment's routes.

What they do in their own way: the time of a call is `originalTimestamp`, the traits of an identify call are in
`context.traits`, a batch may come gzipped and labelled as a form, and `useBeacon` posts batches as text/plain with the
key in the query. The pipeline reads all of that from anybody, so what is left is a name.
"""

from __future__ import annotations

from chalicelib.tracking.source import Source
from chalicelib.tracking.sources.segment import Segment

plugin: Source = Segment()
