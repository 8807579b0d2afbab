"""What must not stand in the template: signing secrets and the public address of this deployment, from SSM.

Read on first use and kept for five minutes, so that a rotation reaches every container without a deploy. Secrets
are lists with the newest first: the first signs, all verify.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from chalicelib.aws.clients import code, sorted_errors
from chalicelib.errors import Permanent, Transient

KEPT: Final = 300.0  # seconds
LIVE: Final = 2  # secrets of a webhook source: the one in use, and the one before it


class Secrets(Protocol):
    """What rooms may ask for; `tests/fakes/secrets.py` is the fake."""

    def named(self, name: str) -> tuple[str, ...]:
        """The secrets of one purpose (`link`, `pii`), newest first; at least one. Permanent if there is none."""
        ...

    def public_url(self) -> str:
        """The base of links that leave in messages, without a slash at the end."""
        ...

    def of_source(self, name: str, *, within: float = KEPT) -> tuple[str, ...]:
        """The signing secrets of a webhook source, newest first, read at most `within` seconds ago; empty if there
        are none."""
        ...

    def keep_source(self, name: str, secrets: Sequence[str]) -> None:
        """Keep these, newest first, in place of those that were kept for a webhook source. At least one."""
        ...


class SsmSecrets:
    """`Secrets` on SSM: one SecureString of JSON, `{"link": ["newest", "previous"]}`, and one String."""

    def __init__(
        self,
        client: Any,
        secrets_parameter: str,
        public_url_parameter: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._secrets_parameter = secrets_parameter
        self._public_url_parameter = public_url_parameter
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}

    def named(self, name: str) -> tuple[str, ...]:
        held: Mapping[str, list[str]] = json.loads(self._parameter(self._secrets_parameter))
        if not held.get(name):
            raise Permanent(f"{self._secrets_parameter} holds no secret for {name!r}")
        return tuple(held[name])

    def public_url(self) -> str:
        return self._parameter(self._public_url_parameter).rstrip("/")

    def of_source(self, name: str, *, within: float = KEPT) -> tuple[str, ...]:
        return tuple(json.loads(self._parameter(self._source(name), within=within, otherwise="[]")))

    def keep_source(self, name: str, secrets: Sequence[str]) -> None:
        value = json.dumps(list(secrets[:LIVE]))
        with sorted_errors():
            self._client.put_parameter(Name=self._source(name), Type="SecureString", Value=value, Overwrite=True)
        self._kept[self._source(name)] = (self._clock(), value)

    def _source(self, name: str) -> str:
        """`/perennial/prod/sources/shopify`, beside the deployment's own secrets."""
        return f"{self._secrets_parameter.rpartition('/')[0]}/sources/{name}"

    def _parameter(self, name: str, *, within: float = KEPT, otherwise: str | None = None) -> str:
        read_at, value = self._kept.get(name, (None, ""))
        now = self._clock()
        if read_at is not None and now - read_at < within:
            return value
        try:
            self._kept[name] = (now, self._read(name, otherwise))
        except Transient:
            if read_at is None:
                raise
            return value  # yesterday's secret still verifies; a mail without a link would not leave at all
        return self._kept[name][1]

    def _read(self, name: str, otherwise: str | None) -> str:
        from botocore.exceptions import ClientError

        try:
            with sorted_errors():
                answer = self._client.get_parameter(Name=name, WithDecryption=True)
        except ClientError as error:
            if otherwise is None or code(error) != "ParameterNotFound":
                raise
            return otherwise
        return str(answer["Parameter"]["Value"])
