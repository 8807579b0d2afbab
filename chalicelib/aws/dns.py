"""What name servers say. Asked only by the check of a sender's domain: dnspython is imported with the first question.

Nothing is decided by what comes back: it is told to whoever runs the deployment.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from chalicelib.errors import Transient

SECONDS: Final = 3.0
"""For one question with its retries: a check asks some fifteen, several at once, within the 29 that a request has."""


class Names(Protocol):
    """Who is asked. `tests/fakes/names.py` is the fake."""

    def lookup(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a name (`TXT`, `MX`, `CNAME`), as zone files write them but without quotes; none if there are
        none. Transient if nobody answered."""
        ...


class Resolver:
    """`Names` by the resolver that the function's machine has, or by this one of dnspython's."""

    def __init__(self, resolver: Any = None, *, seconds: float = SECONDS) -> None:
        self._resolver = resolver
        self._seconds = seconds

    def lookup(self, name: str, kind: str) -> tuple[str, ...]:
        import dns.exception
        import dns.resolver

        try:
            asked = self._resolver or dns.resolver.get_default_resolver()
            answers = asked.resolve(name, kind, lifetime=self._seconds)
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return ()
        except dns.exception.DNSException as error:
            raise Transient(f"no name server answered for {kind} of {name}: {type(error).__name__}") from error
        if kind == "TXT":  # a text longer than 255 characters comes in pieces
            return tuple(b"".join(answer.strings).decode(errors="replace") for answer in answers)
        return tuple(answer.to_text() for answer in answers)
