"""The devices on which somebody gets push messages: what apps tell of them, kept as traits. Pure.

Segment's mobile SDKs put the token that Apple or Google gave the app into the context of their calls
(`context.device.token`, with `type` ios or android, and `id`). It is taken from an identify, and from the events by
which an app begins or says it on purpose (`Application Opened`, `Device Registered`...): taking it from each would be a
write for each. A device is a trait of its own, `push_device:<digest of its id>`, so a new token takes the place of the
old one. `Device Unregistered` ends it: the app says so when somebody signs out, and we say so when Apple or Google
refused the token for good.

A device is protected as an address is (trust.py): under a public key without proof nobody registers a device for a
person who is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from chalicelib import times
from chalicelib.ids import digest
from chalicelib.tracking.event import Event

Platform = Literal["ios", "android"]

PREFIX: Final = "push_device:"
REGISTERED: Final = "Device Registered"
UNREGISTERED: Final = "Device Unregistered"
TELLING: Final = frozenset(
    {"application opened", "application installed", "application updated", REGISTERED.casefold()}
)
"""Events, in small letters, by which a device is told."""
MOST: Final = 10
"""Devices of one person that get a message: those that were told last."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_:.-]{16,800}")
_PLATFORMS: Final[Mapping[str, Platform]] = {"ios": "ios", "ipados": "ios", "android": "android"}
_KEY: Final = 16


@dataclass(frozen=True)
class Device:
    """One device. key: what stands for it in the trait's name. told_at: RFC 3339."""

    key: str
    platform: Platform
    token: str
    told_at: str = ""

    @property
    def address(self) -> str:
        """`ios:<token>#<key>`: where a message to it goes, and by which key it is dropped if it is gone."""
        return f"{self.platform}:{self.token}#{self.key}"


def in_event(event: Event) -> dict[str, Any]:
    """The traits that an event's context comes to: nearly always none."""
    said = event.context.get("device")
    name = event.name.casefold() if event.type == "track" else ""
    gone = name == UNREGISTERED.casefold()
    if gone and isinstance(key := event.properties.get("device"), str) and key:
        return {PREFIX + key[:_KEY]: None}
    if not isinstance(said, Mapping) or not (gone or event.type == "identify" or name in TELLING):
        return {}
    found = _told(said, event.context)
    if found is None:
        return {}
    value = {"platform": found.platform, "token": found.token, "told_at": times.text(event.at)}
    return {PREFIX + found.key: None if gone else value}


def of(traits: Mapping[str, Any]) -> list[Device]:
    """The devices in somebody's traits, the last told first; each token once."""
    held = [device for name, value in traits.items() if (device := _kept(name, value)) is not None]
    held.sort(key=lambda device: (device.told_at, device.key), reverse=True)
    once: dict[tuple[str, str], Device] = {}
    for device in held:
        once.setdefault((device.platform, device.token), device)
    return list(once.values())[:MOST]


def addressed(traits: Mapping[str, Any]) -> str | None:
    """The address of somebody on the channel push: that of each device, a space between them; None without any."""
    return " ".join(device.address for device in of(traits)) or None


def read(address: str) -> list[Device]:
    """The devices of an address; of one without a key (that of a test) the token stands for it. What is none is left
    out."""
    found = []
    for word in address.split():
        platform, _, rest = word.partition(":")
        token, _, key = rest.partition("#")
        if platform in _PLATFORMS and _TOKEN.fullmatch(token):
            found.append(Device(key or key_of(token), _PLATFORMS[platform], token))
    return found


def key_of(id: str) -> str:
    """What stands for a device."""
    return digest("device", id)[:_KEY]


def _told(said: Mapping[str, Any], context: Mapping[str, Any]) -> Device | None:
    system = context.get("os")
    named = said.get("type") or (system.get("name") if isinstance(system, Mapping) else None)
    platform = _PLATFORMS.get(named.casefold()) if isinstance(named, str) else None
    token, id = said.get("token"), said.get("id")
    if platform is None or not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return None
    return Device(key_of(id if isinstance(id, str) and id else token), platform, token)


def _kept(name: str, value: Any) -> Device | None:
    if not name.startswith(PREFIX) or not isinstance(value, Mapping):
        return None
    platform, token = value.get("platform"), value.get("token")
    if platform not in ("ios", "android") or not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return None
    return Device(name.removeprefix(PREFIX), platform, token, str(value.get("told_at", "")))
