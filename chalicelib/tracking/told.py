"""What a webhook says: calls, what it says that is no call, and what people ask of their data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.tracking.privacy import PrivacyRequest
from chalicelib.tracking.reading import Calls, Refusal


@dataclass(frozen=True)
class Told(Calls):
    """Calls, and beside them refusals with their reasons and requests for jobs."""

    refusals: Sequence[Refusal] = ()
    requests: Sequence[PrivacyRequest] = ()
