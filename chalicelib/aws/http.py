"""Calls to servers of others, which must never be calls to our own network.

The name is resolved once, all its addresses must be public (reach.py), and the first is connected to by its number:
what a name server says a moment later cannot matter. The certificate is checked for the name. Redirects are not
followed, proxies not asked, the answer's body not read, and the whole call ends after a few seconds, however slowly the
other side speaks.

    Answer               the other side answered, whatever
    Unreachable          the address may not be called: nothing left
    Transient            no connection: nothing left
    Unanswered           the request left, at least in part, and no answer came
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol

from chalicelib.aws.reach import Target, Unreachable, allowed, target
from chalicelib.errors import Transient, Unanswered

CONNECT: Final = 3.0  # seconds for a connection, and for each piece of the answer
WHOLE: Final = 8.0  # seconds for the whole call

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host. Raises OSError."""


@dataclass(frozen=True)
class Answer:
    """What a server answered. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


class Http(Protocol):
    """What calls servers of others; `tests/fakes/http.py` is the fake."""

    def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request, once; ends as the module says."""
        ...

    def check(self, url: str) -> None:
        """Raises Unreachable for what `call` would not call now, and Transient if the name cannot be resolved."""
        ...


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class PinnedHttp:
    """`Http` over sockets. whole: seconds for a call. loopback: this machine is allowed, too; for development only."""

    def __init__(self, *, loopback: bool = False, resolve: Resolve = resolved, whole: float = WHOLE) -> None:
        self._loopback = loopback
        self._whole = whole
        self._resolve = resolve

    def check(self, url: str) -> None:
        self._examined(target(url, loopback=self._loopback))

    def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        to = target(url, loopback=self._loopback)
        connection = _Pinned(to, self._examined(to))
        try:
            _connected(connection)
            with _ending(connection, self._whole):
                return _asked(connection, method, to.path, headers, body)
        finally:
            connection.close()

    def _examined(self, to: Target) -> str:
        """The one address to connect to."""
        try:
            addresses = self._resolve(to.host, to.port)
        except (OSError, UnicodeError) as unknown:
            raise Transient("not_resolved") from unknown
        if not addresses:
            raise Transient("not_resolved")
        if not all(allowed(address, loopback=self._loopback) for address in addresses):
            raise Unreachable("the URL's host has an address that is not public")
        return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to an address, to speak with a host of that name."""

    def __init__(self, to: Target, address: str) -> None:
        super().__init__(to.host, to.port, timeout=CONNECT)
        self._secure = to.secure
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), CONNECT)
        try:
            self.sock = _tls().wrap_socket(plain, server_hostname=self.host) if self._secure else plain
        except BaseException:
            plain.close()
            raise


def _connected(connection: _Pinned) -> None:
    try:
        connection.connect()
    except ssl.SSLError as refused:
        raise Transient("tls_failed") from refused
    except OSError as unreached:
        raise Transient("not_reached") from unreached


def _asked(connection: _Pinned, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as silence:
        raise Unanswered(type(silence).__name__) from silence
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()})


@contextmanager
def _ending(connection: _Pinned, seconds: float) -> Iterator[None]:
    """Cut the connection after so many seconds: who sends a byte now and then would hold it for ever."""
    timer = threading.Timer(seconds, _cut, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is over already
        return


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
