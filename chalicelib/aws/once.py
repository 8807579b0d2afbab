"""Clients of providers that know no idempotency: asked once, over connections that live, and what silence means.

botocore repeats a request whose answer was lost, in every retry mode, unless `total_max_attempts` is 1. So one call is
one request, and whoever makes it sorts its end: refused for now (Transient), until somebody acts (Held) or for good
(Permanent), and nothing left; or nobody knows (Unanswered).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NoReturn

from chalicelib import times
from chalicelib.errors import Permanent, Transient, Unanswered

IDLE: Final = 20.0
"""Seconds after which a pooled connection is not trusted. A Lambda that was frozen wakes up with connections that
died without telling it, and a request written into one is a request that nobody answers."""

THROTTLED: Final = frozenset(
    {"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException", "SlowDown"}
)


class Once:
    """A client that was made with one attempt; one that retries is refused."""

    def __init__(self, client: Any, clock: Callable[[], float] = time.monotonic) -> None:
        attempts = (client.meta.config.retries or {}).get("total_max_attempts")
        if attempts != 1:
            raise Permanent(f"what sends messages must attempt once, this client attempts {attempts} times")
        self._client = client
        self._clock = clock
        self._used_at = clock()

    @property
    def client(self) -> Any:
        """The client, without connections that may have died."""
        now = self._clock()
        if now - self._used_at > IDLE:
            self._client.close()  # empties the pool; the client stays usable
        self._used_at = now
        return self._client


def sort_silence(error: Exception) -> NoReturn:
    """Only what certainly happened before a byte left is safe to repeat; everything else is nobody's knowledge."""
    from botocore import exceptions as boto

    if isinstance(error, boto.ParamValidationError):
        raise Permanent("bad_request") from error
    never_left = (
        boto.EndpointConnectionError,
        boto.ConnectTimeoutError,
        boto.ProxyConnectionError,
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
    )
    if isinstance(error, never_left):
        raise Transient("not_reached") from error
    raise Unanswered(type(error).__name__) from error


def seconds_left(until: str | None, now: datetime, least: int, most: int) -> int | None:
    """For how many seconds a provider may still deliver what is worth it until then; None for as long as it likes."""
    if until is None:
        return None
    return min(max(int((times.parse(until) - now).total_seconds()), least), most)
