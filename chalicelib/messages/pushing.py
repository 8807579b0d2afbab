"""A push message leaves: on each device of a person once, and its end sorted into what the ledger understands.

The row is one message. It has left if any device took it, and then it is not tried again, whatever the others said: a
device that took it must not get it twice. Otherwise the safest word counts: nobody knows (Unanswered) before later
(Transient) before not until somebody acts (Held) before never (Permanent). A device that is gone is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib import ids
from chalicelib.aws.pushes import Gone, Pushes
from chalicelib.customers import devices
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.messages import trial
from chalicelib.messages.channels import Request
from chalicelib.tracking.event import Event, statement

NO_DEVICE: Final = "no_device_left"


@dataclass(frozen=True)
class Devices:
    """A gateway of push messages. failed: is told whose message did not reach which device, why, and whether the device
    is gone."""

    pushes: Pushes
    failed: Callable[[Request, Mapping[str, Any], str, bool], None]

    def send(self, request: Request) -> str:
        """One message, on each device once; the id of the first that took it. Raises as the module says."""
        taken: list[str] = []
        ends: list[tuple[Mapping[str, Any], Exception]] = []
        for device in request["devices"]:
            try:
                taken.append(self._one(request, device))
            except (Gone, Transient, Held, Permanent, Unanswered) as ended:
                ends.append((device, ended))
        for device, end in ends:
            # What is tried again has not failed yet; beside a device that took it nothing is.
            if taken or isinstance(end, Gone | Permanent):
                self.failed(request, device, str(end), isinstance(end, Gone))
        if taken:
            return taken[0]
        raise _gravest([end for _, end in ends])

    def _one(self, request: Request, device: Mapping[str, Any]) -> str:
        platform = device["platform"]
        payload = request["payloads"][platform]
        return self.pushes.push(platform, device["token"], payload, request["id"], request.get("until"))


def told(request: Request, device: Mapping[str, Any], why: str, gone: bool, now: datetime) -> list[Event]:
    """What is stated of a customer whose device was not reached: that it failed, and that a device that is gone is no
    more the customer's. Of a test nothing."""
    customer, key = str(request["customer"]), str(device["key"])
    if customer.startswith(trial.SUBJECT):
        return []
    id = ids.digest(customer, str(request["id"]), key)
    said = {name: value for name, value in request["data"].items() if name not in ("url", "image")}
    about = {**said, "channel": "push", "device": key, "platform": device["platform"], "reason": why}
    failed = statement("Push Notification Failed", f"push-failed-{id}", customer, about, at=now)
    if not gone:
        return [failed]
    dropped = {"device": key, "reason": why}
    return [failed, statement(devices.UNREGISTERED, f"push-gone-{id}", customer, dropped, at=now)]


def _gravest(ends: list[Exception]) -> Exception:
    for kind in (Unanswered, Transient, Held, Permanent):
        for end in ends:
            if isinstance(end, kind):
                return end
    return Permanent(NO_DEVICE)
