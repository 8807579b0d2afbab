"""The little of SES and Lambda that the commands ask and no emulator answers."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.aws import Account


class Ses:
    """SES v2: identities with MAIL FROM, and the account's state."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.production = False

    def get_email_identity(self, EmailIdentity: str) -> dict[str, Any]:
        if EmailIdentity not in self.known:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetEmailIdentity")
        return self.known[EmailIdentity]

    def create_email_identity(self, EmailIdentity: str) -> None:
        dkim = {"Tokens": ["aaa", "bbb", "ccc"], "Status": "PENDING"}
        self.known[EmailIdentity] = {"VerifiedForSendingStatus": False, "DkimAttributes": dkim}

    def put_email_identity_mail_from_attributes(self, EmailIdentity: str, **attributes: str) -> None:
        said = {"MailFromDomain": attributes["MailFromDomain"], "MailFromDomainStatus": "PENDING"}
        self.known[EmailIdentity]["MailFromAttributes"] = said

    def get_account(self) -> dict[str, Any]:
        return {"ProductionAccessEnabled": self.production}


class Lambda:
    """Lambda's limits; 10 is what a new account has."""

    def __init__(self, executions: int = 10) -> None:
        self.executions = executions

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": self.executions}}


class SmallAccount(Account):
    """An account of these fakes."""

    def __init__(self, ses: Ses | None = None, functions: Lambda | None = None) -> None:
        super().__init__(boto3.Session(region_name="eu-west-1"))
        object.__setattr__(self, "clients", {"sesv2": ses or Ses(), "lambda": functions or Lambda()})

    def client(self, service: str) -> Any:
        clients: dict[str, Any] = self.__dict__["clients"]
        return clients[service]
