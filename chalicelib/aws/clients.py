"""boto3 clients: made on first use, once per container, with timeouts that fit inside a Lambda's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.errors import Permanent, Transient

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_LATER = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "OverLimit",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


@cache
def client(service: str, *, attempts: int = 3, connections: int = 16, patience: int = 5) -> Any:
    """The client of a service. `attempts` is the total, the first included; 1 means that nothing is ever retried.
    patience: seconds for which an answer is waited for."""
    # Imported here: botocore is most of a cold start, and some Lambdas need only one of its services.
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,  # type: ignore[call-overload]  # any service by name
        config=Config(
            retries={"total_max_attempts": attempts, "mode": "standard"},
            connect_timeout=2,
            read_timeout=patience,
            max_pool_connections=connections,
            user_agent_extra="perennial",
            signature_version="s3v4" if service == "s3" else None,  # many regions refuse older links
        ),
    )


@contextmanager
def sorted_errors() -> Iterator[None]:
    """Sort what botocore raises into the two families; what stays a ClientError is for the caller to read."""
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    try:
        yield
    except ClientError as error:
        if code(error) in _LATER or status(error) >= 500:
            raise Transient(f"{error.operation_name}: {code(error)}") from error
        raise
    except ParamValidationError as error:
        raise Permanent(str(error)) from error
    except BotoCoreError as error:  # time-outs, refused and broken connections
        raise Transient(str(error)) from error


@contextmanager
def refused_for_good() -> Iterator[None]:
    """The same, and whatever stays is Permanent: for calls of which no refusal means anything else."""
    from botocore.exceptions import ClientError

    try:
        with sorted_errors():
            yield
    except ClientError as error:
        raise Permanent(f"{error.operation_name}: {code(error)}") from error


def code(error: ClientError) -> str:
    """AWS's name of the error: `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status(error: ClientError) -> int:
    """The HTTP status of the answer, 0 if there was none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
