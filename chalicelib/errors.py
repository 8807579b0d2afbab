"""The error families. Whoever catches one knows what to do next; nothing is swallowed.

`Permanent`:  never again. Trying again cannot help; the reason is recorded with the work it ended.
`Transient`:  later. The same attempt may succeed; the caller keeps the work and comes back.
`Held`:       not until somebody acts. The work waits, with advice for whoever can act.
`Unanswered`: nobody knows. The call left and no answer came; to repeat it might do it twice.
`Refused`:    what a caller of the HTTP API did wrong, in the API's error shape.
"""

from __future__ import annotations

from datetime import timedelta


class Permanent(Exception):
    """Never again: a rejected message, a malformed record, a definition that cannot run."""


class Transient(Exception):
    """Later: throttling, a conflict, a service that did not answer.

    `retry_after` is the shortest wait that makes sense, where it is known.
    """

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Held(Exception):
    """Not until somebody acts: an account in its sandbox, a sender that is not verified. Nothing was done."""


class Unanswered(Exception):
    """Nobody knows whether it was done: the request may have arrived, the answer did not."""


class Refused(Exception):
    """An API request that cannot be served, and what the caller can do about it.

    status:  HTTP status, 400 to 499.
    code:    stable, lower_snake; programs branch on it.
    message: one sentence for a person.
    details: optional JSON; a list of {"path", "problem", "hint"} for definitions.
    retry_after: with 429: the shortest wait that makes sense.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: object | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.retry_after = retry_after
