"""SES, asked once. The only place that knows what SES and botocore say when a mail does not leave.

SES has no idempotency token, so one call is one request (once.py), and its end is sorted into what the ledger
understands:

    the message id       SES took it
    Transient(reason)    SES refused for now, or was never reached: nothing left
    Held(reason)         SES refuses until somebody acts: nothing left
    Permanent(reason)    SES refuses this message: nothing left
    Unanswered           the request may have arrived; no answer did, or one that says nothing (5xx)

Reasons are the ledger's words, without addresses: SES puts the recipient into its error texts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from chalicelib.aws.clients import code, status
from chalicelib.aws.once import THROTTLED, Once, sort_silence
from chalicelib.errors import Held, Permanent, Transient, Unanswered

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

QUOTA_WAIT: Final = timedelta(minutes=15)
"""The daily quota is a rolling 24 hours: it frees itself little by little."""

_HELD: Final = {
    "AccountSuspendedException": "account_suspended",
    "SendingPausedException": "sending_paused",
    "MailFromDomainNotVerifiedException": "mail_from_not_verified",
    "NotFoundException": "configuration_set_missing",
}


@dataclass(frozen=True)
class Allowance:
    """What a provider lets the account send. rate: messages a second, 0 for no limit. day: in any 24 hours; left: of
    those, now."""

    rate: float
    day: float = math.inf
    left: float = math.inf


class Mailer(Protocol):
    """What sends a mail. `tests/fakes/mail.py` is the fake."""

    def send(self, request: Mapping[str, Any]) -> str:
        """SES's SendEmail with these arguments, once. Returns the message id; raises as the module says."""
        ...

    def allowance(self) -> Allowance:
        """What the account may send. Transient if that is not known."""
        ...


class SesMailer:
    """`Mailer` on SES v2. `client` must be made with one attempt; a client that retries is refused."""

    def __init__(self, client: Any, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._once = Once(client, clock)

    def send(self, request: Mapping[str, Any]) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._once.client
        try:
            answer = client.send_email(**request)
        except ClientError as error:
            _sort_refusal(error, str(request.get("FromEmailAddress", "")))
        except BotoCoreError as error:
            sort_silence(error)
        return str(answer["MessageId"])

    def allowance(self) -> Allowance:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            quota = self._once.client.get_account()["SendQuota"]
            rate = float(quota["MaxSendRate"])
        except (ClientError, BotoCoreError, KeyError) as error:
            raise Transient(f"the sending rate is not known: {type(error).__name__}") from error
        day = float(quota.get("Max24HourSend", -1))
        if day < 0:  # how SES says that there is no limit
            return Allowance(rate)
        return Allowance(rate, day, max(0.0, day - float(quota.get("SentLast24Hours", 0))))


def _sort_refusal(error: ClientError, sender: str) -> NoReturn:
    name, answered = code(error), status(error)
    message = str(error.response.get("Error", {}).get("Message", ""))
    if name in THROTTLED or answered == 429:
        daily = "daily" in message.lower()
        raise Transient("quota" if daily else "throttled", QUOTA_WAIT if daily else None) from error
    if answered >= 500 or answered == 0:
        raise Unanswered(f"answer {answered}") from error
    if name in _HELD:
        raise Held(_HELD[name]) from error
    if name == "MessageRejected" and "not verified" in message:
        raise Held("sender_not_verified" if _names_sender(message, sender) else "sandbox") from error
    if answered in (401, 403):
        raise Held("not_authorised") from error
    raise Permanent("rejected" if name == "MessageRejected" else "bad_request") from error


def _names_sender(message: str, sender: str) -> bool:
    """SES lists the identities that failed; in the sandbox it is the recipient, otherwise the sender or its domain."""
    address = sender.rpartition("<")[2].rstrip("> ").lower()
    failed = {word.strip(" .,").lower() for word in message.rpartition(":")[2].split(",")}
    return address in failed or address.rpartition("@")[2] in failed
