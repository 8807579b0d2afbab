"""What will not work after this deploy, said before it: advice, never a reason to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws import Account, code
from infra.report import Report

UNRESERVED: Final = 100
PRODUCTION: Final = "prod"


def advise(account: Account, parameters: Mapping[str, str], report: Report) -> None:
    """Say what is missing for mail, links, alarms and load."""
    for check in (_settings, _identity, _sandbox, _concurrency):
        for line in _attempted(check, account, parameters):
            report.say(f"  note: {line}")


Check = Callable[[Account, Mapping[str, str]], list[str]]


def _attempted(check: Check, account: Account, parameters: Mapping[str, str]) -> list[str]:
    try:
        return check(account, parameters)
    except (ClientError, BotoCoreError) as error:
        return [f"could not check {check.__name__.strip('_')}: {error}"]


def _settings(account: Account, parameters: Mapping[str, str]) -> list[str]:
    """What the stage's file leaves open."""
    missing = []
    if not parameters["AlarmEmail"]:
        missing.append("AlarmEmail is empty: nobody hears of alarms, and there is no budget.")
    if not parameters["PostalAddress"]:
        missing.append("PostalAddress is empty: marketing mail cannot be published without it.")
    if parameters["Stage"] == PRODUCTION and not parameters["ApiDomain"]:
        missing.append("ApiDomain is empty: set it before the first marketing mail, or its links die with this stack.")
    return missing


def _identity(account: Account, parameters: Mapping[str, str]) -> list[str]:
    """Whether SES knows the sender; its address may be verified, or its domain."""
    address = parameters["SenderAddress"]
    if address.endswith("@example.com"):
        return ["Sender is still the example: no mail can leave. Set it in the stage's file."]
    for identity in (address, address.split("@")[1]):
        try:
            if account.client("sesv2").get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"]:
                return []
        except ClientError as error:
            if code(error) != "NotFoundException":
                raise
    return [f"SES has not verified {address} or its domain in {account.region}: run `make dns` and paste its records."]


def _sandbox(account: Account, parameters: Mapping[str, str]) -> list[str]:
    """Whether SES lets this account write to anybody."""
    found = account.client("sesv2").get_account()
    if found.get("ProductionAccessEnabled"):
        return []
    return [
        "SES is in its sandbox here: only verified addresses receive mail. Ask for production access (docs/DEPLOY.md)."
    ]


def _concurrency(account: Account, parameters: Mapping[str, str]) -> list[str]:
    """Whether Lambda can run what the parameters ask for."""
    limits = account.client("lambda").get_account_settings()["AccountLimit"]
    total, wanted = int(limits["ConcurrentExecutions"]), int(parameters["ApiReservedConcurrency"])
    advice = []
    if wanted and total - wanted < UNRESERVED:
        advice.append(
            f"ApiReservedConcurrency {wanted} leaves less than {UNRESERVED} of {total} executions: Lambda refuses."
        )
    if total < UNRESERVED:
        advice.append(
            f"Lambda runs {total} executions at once in this account; ask for the usual 1,000 (Service Quotas)."
        )
    return advice
