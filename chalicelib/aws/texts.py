"""AWS End User Messaging SMS, asked once. The only place that knows what it says when a text message does not leave.

Its SendTextMessage has no idempotency token, so one call is one request (once.py), and its end is sorted into what the
ledger understands, as for mail (mail.py). Reasons are the ledger's words, without numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from chalicelib.aws.clients import code, status
from chalicelib.aws.once import THROTTLED, Once, seconds_left, sort_silence
from chalicelib.errors import Held, Permanent, Transient, Unanswered

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

LEAST: Final = 5
MOST: Final = 259_200
"""Seconds for which AWS tries to deliver: three days, unless it is told less."""
QUOTA_WAIT: Final = timedelta(minutes=15)
NOT_SET_UP: Final = "sms_not_set_up"
OPTED_OUT: Final = "opted_out"

_HELD: Final[Mapping[str, str]] = {
    "ACCOUNT_DISABLED": "account_suspended",
    "INSUFFICIENT_ACCOUNT_REPUTATION": "account_suspended",
    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED": "sms_sandbox",
    "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": "sms_spend_limit",
    "NO_ORIGINATION_IDENTITIES_FOUND": "sms_sender_missing",
    "RESOURCE_NOT_ACTIVE": "sms_sender_not_registered",
    "REGISTRATION_NOT_COMPLETE": "sms_sender_not_registered",
    "SENDER_ID_NOT_REGISTERED": "sms_sender_not_registered",
    "SENDER_ID_REQUIRES_REGISTRATION": "sms_sender_not_registered",
    "SENDER_ID_NOT_SUPPORTED": "sms_sender_not_registered",
    "MESSAGE_TYPE_MISMATCH": "sms_message_type",
    "NUMBER_CAPABILITIES_MISMATCH": "sms_message_type",
}
"""By the reason that AWS gives, what holds a message until somebody acts (ledger.ADVICE says how)."""

_REFUSED: Final[Mapping[str, str]] = {
    "DESTINATION_PHONE_NUMBER_OPTED_OUT": OPTED_OUT,
    "DESTINATION_COUNTRY_BLOCKED": "country_blocked",
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": "country_blocked",
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": "number_blocked",
    "COUNTRY_NOT_ENABLED": "country_blocked",
    "INTERNATIONAL_SENDING_NOT_SUPPORTED": "country_not_reached",
    "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": "country_not_reached",
    "COUNTRY_CODE_MISMATCH": "country_not_reached",
    "PRICE_OVER_THRESHOLD": "too_expensive",
}


class Texts(Protocol):
    """What sends a text message. `tests/fakes/texts.py` is the fake."""

    def send(self, request: Mapping[str, Any]) -> str:
        """Once. Returns the message id; raises Transient, Held, Permanent or Unanswered."""
        ...


class AwsTexts:
    """`Texts` on AWS. `client` must be made with one attempt. origin: the sender that the deployment
    names; without one nothing leaves. now: the time, by which AWS is told how long to try."""

    def __init__(
        self,
        client: Callable[[], Any],
        origin: str,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._make = client
        self._origin = origin
        self._clock = clock
        self._once: Once | None = None

    def send(self, request: Mapping[str, Any]) -> str:
        """SendTextMessage with the arguments in `request["text"]`, once. Returns the message id."""
        left = seconds_left(request.get("until"), self._now(), LEAST, MOST)
        lasting = {"TimeToLive": left} if left is not None else {}
        from botocore.exceptions import BotoCoreError, ClientError

        if not self._origin:
            raise Held(NOT_SET_UP)
        self._once = self._once or Once(self._make(), self._clock)
        client = self._once.client
        try:
            answer = client.send_text_message(OriginationIdentity=self._origin, **request["text"], **lasting)
        except ClientError as error:
            _sort_refusal(error)
        except BotoCoreError as error:
            sort_silence(error)
        return str(answer["MessageId"])


def _sort_refusal(error: ClientError) -> NoReturn:
    name, answered, why = code(error), status(error), _reason(error)
    if name in THROTTLED or answered == 429:
        raise Transient("throttled") from error
    if answered >= 500 or answered == 0:
        raise Unanswered(f"answer {answered}") from error
    if why in _HELD:
        raise Held(_HELD[why]) from error
    if name == "ServiceQuotaExceededException":
        raise Transient("quota", QUOTA_WAIT) from error
    if name == "ResourceNotFoundException":
        raise Held("sms_sender_missing") from error
    if name == "AccessDeniedException" or answered in (401, 403):
        raise Held("not_authorised") from error
    raise Permanent(_REFUSED.get(why, "bad_request")) from error


def _reason(error: ClientError) -> str:
    """AWS's own word for why, which stands beside the error's name; in older answers only in the text."""
    response: Mapping[str, Any] = error.response
    return str(response.get("Reason") or response.get("Error", {}).get("Reason") or "")
