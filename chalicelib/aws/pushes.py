"""SNS mobile push: one device, one request. The only place that knows what SNS says when a message does not leave.

A device's endpoint is made from its token whenever a message goes there: SNS answers a token that it knows with the
endpoint that it has. An endpoint that Apple or Google have refused is deleted, so that a token which an app tells again
begins anew. Its end is sorted as for mail (mail.py), and there is one more: Gone.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from chalicelib.aws.clients import code, status
from chalicelib.aws.once import THROTTLED, Once, seconds_left, sort_silence
from chalicelib.errors import Held, Permanent, Transient, Unanswered

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

NOT_SET_UP: Final = "push_not_set_up"
LEAST: Final = 60
MOST: Final = 28 * 86_400
"""Seconds for which Apple and Google try to reach a device that is switched off: four weeks, unless told less."""
_TTL: Final[Mapping[str, str]] = {"GCM": "FCM"}
_GONE: Final = frozenset({"EndpointDisabledException", "EndpointDisabled"})
_THERE: Final = re.compile(r"Endpoint (arn:\S+) already exists")

logger = logging.getLogger(__name__)


class Gone(Exception):
    """The device takes no messages any more: the app was removed, or the token was never one."""


class Pushes(Protocol):
    """What sends to one device. `tests/fakes/pushes.py` is the fake."""

    def push(
        self, platform: str, token: str, payload: Mapping[str, Any], collapse: str, until: str | None = None
    ) -> str:
        """Once, to be delivered until then. Returns the provider's id; raises Gone, Transient, Held, Permanent or
        Unanswered."""
        ...


class SnsPushes:
    """`Pushes` on SNS. applications: ARN by platform; "" where there is none. `client` makes one with one attempt.
    now: the time, by which Apple and Google are told how long to try."""

    def __init__(
        self,
        client: Callable[[], Any],
        applications: Mapping[str, str],
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = client
        self._applications = applications
        self._now = now
        self._clock = clock
        self._once: Once | None = None

    def push(
        self, platform: str, token: str, payload: Mapping[str, Any], collapse: str, until: str | None = None
    ) -> str:
        application = self._applications.get(platform, "")
        if not application:
            raise Held(NOT_SET_UP)
        self._once = self._once or Once(self._make(), self._clock)
        endpoint = self._endpoint(self._once.client, application, token)
        service = service_of(application)
        said = {"AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert", "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": collapse}
        left = seconds_left(until, self._now(), LEAST, MOST)
        if left is not None:
            said[f"AWS.SNS.MOBILE.{_TTL.get(service, service)}.TTL"] = str(left)
        return self._publish(self._once.client, endpoint, _message(service, payload), said)

    def _endpoint(self, client: Any, application: str, token: str) -> str:
        """The endpoint of a token. That nobody answers means nothing here: asking makes nothing twice."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return str(client.create_platform_endpoint(PlatformApplicationArn=application, Token=token)["EndpointArn"])
        except ClientError as error:
            if code(error) in ("InvalidParameter", "InvalidParameterException"):
                there = _THERE.search(_said(error))
                if there is not None:  # with other attributes: disabled, or with data that somebody else gave it
                    return there[1]
                if "token" in _said(error).casefold():
                    raise Gone("bad_token") from error
            try:
                _sort_refusal(error)
            except Unanswered as unknown:
                raise Transient("not_reached") from unknown
        except BotoCoreError as error:
            raise Transient("not_reached") from error

    def _publish(self, client: Any, endpoint: str, message: str, said: Mapping[str, str]) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in said.items()}
        try:
            answer = client.publish(
                TargetArn=endpoint, MessageStructure="json", Message=message, MessageAttributes=attributes
            )
        except ClientError as error:
            if code(error) in _GONE:
                _forget(client, endpoint)
                raise Gone("disabled") from error
            _sort_refusal(error)
        except BotoCoreError as error:
            sort_silence(error)
        return str(answer["MessageId"])


def service_of(application: str) -> str:
    """`APNS`, `APNS_SANDBOX` or `GCM`: which service an application's ARN names (`...:app/APNS/shop`)."""
    return application.rpartition(":")[2].split("/")[1]


def _message(service: str, payload: Mapping[str, Any]) -> str:
    held = {"default": "", service: json.dumps(payload, ensure_ascii=False, separators=(",", ":"))}
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))


def _forget(client: Any, endpoint: str) -> None:
    """Delete an endpoint that takes nothing. If that fails, the next message finds it disabled again."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client.delete_endpoint(EndpointArn=endpoint)
    except (ClientError, BotoCoreError) as left:
        logger.warning("an endpoint that takes nothing could not be deleted: %s", type(left).__name__)


def _sort_refusal(error: ClientError) -> NoReturn:
    name, answered = code(error), status(error)
    if name in THROTTLED or name == "Throttled" or answered == 429:
        raise Transient("throttled") from error
    if answered >= 500 or answered == 0:
        raise Unanswered(f"answer {answered}") from error
    if name in ("PlatformApplicationDisabled", "PlatformApplicationDisabledException"):
        raise Held("push_application_disabled") from error
    if name in ("NotFound", "NotFoundException"):
        raise Held("push_application_missing") from error
    if name in ("AuthorizationError", "AuthorizationErrorException") or answered in (401, 403):
        raise Held("not_authorised") from error
    raise Permanent("bad_request") from error


def _said(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))
