"""The deployment's own functions, called with an event as AWS would call them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from chalicelib.aws import clients
from chalicelib.errors import Permanent

PATIENCE: Final = 25  # seconds for an answer: API Gateway waits for 29
_SHOWN: Final = 300  # characters of an error


class Functions(Protocol):
    """`function` is a name of app.py. Any call may raise Transient: it may have run, then."""

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        """What it answers. Permanent if it failed, with what it said."""
        ...

    def tell(self, function: str, event: Mapping[str, Any]) -> None:
        """Have it called, and do not wait."""
        ...


class LambdaFunctions:
    """`Functions` on Lambda. `prefix` begins their names."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        answer = self._invoke(function, event, "RequestResponse")
        returned = answer["Payload"].read()
        if "FunctionError" in answer:
            raise Permanent(f"{function} failed: {_said(returned)}")
        return json.loads(returned or b"null")

    def tell(self, function: str, event: Mapping[str, Any]) -> None:
        self._invoke(function, event, "Event")

    def _invoke(self, function: str, event: Mapping[str, Any], kind: str) -> Any:
        with clients.sorted_errors():
            return self._client.invoke(
                FunctionName=f"{self._prefix}-{function.replace('_', '-')}",
                InvocationType=kind,
                Payload=json.dumps(event, separators=(",", ":")).encode(),
            )


def _said(returned: bytes) -> str:
    """What Lambda says of an exception: its type and its text, and not the lines of code."""
    try:
        error = json.loads(returned)
    except ValueError:
        return "it said nothing that can be read"
    return f"{error.get('errorType', 'Error')}: {error.get('errorMessage', '')}"[:_SHOWN]
