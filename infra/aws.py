"""The account that a command works on, by ordinary credentials: one region, one optional endpoint (a local cloud)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)

Echo = Callable[[str], None]


class Stopped(Exception):
    """A command cannot go on; the message tells the operator what to do about it."""


@dataclass(frozen=True)
class Account:
    """Where a command works. endpoint: None for AWS itself, else the local cloud's."""

    session: boto3.Session
    endpoint: str | None = None

    def client(self, service: str) -> Any:
        """A client that retries what is throttled."""
        settings = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=5)
        session: Any = self.session  # the stubs know services by literal names only
        return session.client(service, endpoint_url=self.endpoint, config=settings)

    @property
    def region(self) -> str:
        """The region's name."""
        if not self.session.region_name:
            raise NoRegionError
        return str(self.session.region_name)

    def number(self) -> str:
        """The account's twelve digits; one call, which also proves the credentials."""
        return str(self.client("sts").get_caller_identity()["Account"])


def account(profile: str | None = None, region: str | None = None) -> Account:
    """By the ordinary chain: environment, profile, SSO, instance role. AWS_REGION counts too, as in other tools."""
    chosen = region or os.environ.get("AWS_REGION")
    return Account(boto3.Session(profile_name=profile, region_name=chosen), os.environ.get("AWS_ENDPOINT_URL"))


_HELP: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (NoCredentialsError, PartialCredentialsError, TokenRetrievalError, ProfileNotFound),
        "No usable AWS credentials. Sign in (`aws configure sso`, then `aws sso login`, or `aws configure`), "
        "set AWS_PROFILE if the profile has a name, and try `aws sts get-caller-identity`.",
    ),
    (
        (NoRegionError,),
        "No region. Set AWS_REGION (or pass --region), for example AWS_REGION=eu-west-1; SES must be in it.",
    ),
    (
        (EndpointConnectionError,),
        "AWS could not be reached. Check the network, the region's name and AWS_ENDPOINT_URL.",
    ),
)

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
_EXPIRED = (
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
)


def code(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def explained() -> Iterator[None]:
    """Turn AWS's errors into Stopped, with what the lone engineer does next."""
    try:
        yield
    except ClientError as error:
        raise Stopped(_explain(error)) from error
    except BotoCoreError as error:
        help_text = next((text for kinds, text in _HELP if isinstance(error, kinds)), "")
        raise Stopped(f"{help_text or 'AWS could not be called.'}\n({error})") from error


def _explain(error: ClientError) -> str:
    if code(error) in _DENIED:
        return (
            "These credentials may not do that; infra/policies/deployer.json is the policy that a deployer needs "
            f"(docs/DEPLOY.md).\n({error})"
        )
    if code(error) in _EXPIRED:
        return f"The credentials are expired or not valid. Sign in again (`aws sso login`).\n({error})"
    return str(error)
