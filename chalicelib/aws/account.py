"""The SES account beside its sending: what SES knows of a domain, how it is set up, and whom it does not write to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple, Protocol

from chalicelib.aws.clients import code, sorted_errors

Listed = Literal["BOUNCE", "COMPLAINT"]
PAGE: Final = 1_000


class Suppressed(NamedTuple):
    """An address on the account's suppression list. at: since when, or since when for this reason."""

    address: str
    reason: Listed
    at: datetime


class MailAccount(Protocol):
    """What is asked of the account. `tests/fakes/account.py` is the fake. Any call may raise Transient."""

    @property
    def region(self) -> str:
        """Where the account sends from: `eu-west-1`."""
        ...

    def identity(self, domain: str) -> Mapping[str, Any] | None:
        """SES's GetEmailIdentity; None for a domain that it does not know."""
        ...

    def configuration_set(self, name: str) -> Mapping[str, Any] | None:
        """SES's GetConfigurationSet; None if there is none of the name, or SES does not say."""
        ...

    def account(self) -> Mapping[str, Any]:
        """SES's GetAccount."""
        ...

    def suppressed(self, since: datetime | None, token: str | None) -> tuple[list[Suppressed], str | None]:
        """A page of the suppression list, of what came onto it at `since` or after; and the token of the next."""
        ...

    def suppress(self, address: str, reason: Listed) -> None:
        """Put an address on the list; one that is on it gets this reason."""
        ...

    def listing(self, address: str) -> Suppressed | None:
        """Since when an address is on the list, and why; None for one that is not."""
        ...

    def lift(self, address: str) -> None:
        """Take an address off the list; one that is not on it is no error."""
        ...


class SesAccount:
    """`MailAccount` by SES v2."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def region(self) -> str:
        return str(self._client.meta.region_name)

    def identity(self, domain: str) -> Mapping[str, Any] | None:
        return self._found("get_email_identity", EmailIdentity=domain)

    def configuration_set(self, name: str) -> Mapping[str, Any] | None:
        return self._found("get_configuration_set", ConfigurationSetName=name)

    def account(self) -> Mapping[str, Any]:
        with sorted_errors():
            found: Mapping[str, Any] = self._client.get_account()
        return found

    def suppressed(self, since: datetime | None, token: str | None) -> tuple[list[Suppressed], str | None]:
        asked = {"PageSize": PAGE, **({"StartDate": since} if since else {}), **({"NextToken": token} if token else {})}
        with sorted_errors():
            page = self._client.list_suppressed_destinations(**asked)
        return list(_listed(page.get("SuppressedDestinationSummaries") or [])), page.get("NextToken")

    def suppress(self, address: str, reason: Listed) -> None:
        with sorted_errors():
            self._client.put_suppressed_destination(EmailAddress=address, Reason=reason)

    def listing(self, address: str) -> Suppressed | None:
        found = self._found("get_suppressed_destination", EmailAddress=address)
        return None if found is None else next(_listed([found["SuppressedDestination"]]))

    def lift(self, address: str) -> None:
        self._found("delete_suppressed_destination", EmailAddress=address)

    def _found(self, operation: str, **asked: str) -> Mapping[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            with sorted_errors():
                found: Mapping[str, Any] = getattr(self._client, operation)(**asked)
        except ClientError as error:
            if code(error) == "NotFoundException":
                return None
            raise
        return found


def _listed(summaries: list[Mapping[str, Any]]) -> Iterator[Suppressed]:
    for one in summaries:
        yield Suppressed(str(one["EmailAddress"]), one["Reason"], one["LastUpdateTime"].astimezone(UTC))
