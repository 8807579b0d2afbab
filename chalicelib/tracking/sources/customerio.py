"""Customer.io's Track API, v1 and the batches of v2. https://docs.customer.io/api/track/

| asked                                  | becomes                                                                 |
|----------------------------------------|-------------------------------------------------------------------------|
| a customer with attributes             | identify; the attributes are traits                                     |
| attribute `unsubscribed: true`         | Unsubscribed from email; `false` says nothing: it is sent of everybody  |
| `cio_subscription_preferences`         | Subscribed or Unsubscribed for each topic of email                      |
| an event; of type page or screen       | track; page or screen                                                   |
| a device                               | identify with the trait `device_<digest>`; null when it is deleted      |
| suppress                               | Unsubscribed on every channel. Secret key, scope `customers:write`      |
| unsuppress                             | track Unsuppressed: nobody's consent comes back by it. The same key     |
| merge                                  | alias. The same key                                                     |
| delete                                 | the job that erases. Secret key, scope `customers:erase`                |
| an object of v2                        | nothing that there is here: parked. A relationship is a group call      |

The route is the method and the path beneath `/api/v1/` or `/api/v2/`, its parts quoted: `PUT/customers/u%201`. An
address in the place of an id is an id like any other, and the trait `email` where none is given. Events bring an id
only if somebody thought of it, so the same words a minute later are news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote

from chalicelib.ids import digest
from chalicelib.tracking.pipeline import as_object
from chalicelib.tracking.reading import ERASE, Calls, Guarded
from chalicelib.tracking.source import Source

WRITE: Final = "customers:write"
CHANNELS: Final = ("email", "sms", "push", "phone", "post", "advertising", "onsite")

_NEWS_AFTER: Final = timedelta(minutes=1)
_PREFERENCES: Final = "cio_subscription_preferences"
_TOPICS: Final = f"{_PREFERENCES}.topics."
_NO_TRAITS: Final = frozenset({"_update", "anonymous_id", "cio_relationships", _PREFERENCES})
_IDENTIFIERS: Final = ("id", "email", "cio_id")
_PATHS: Final = {  # what is asked for by (method, the words of the path)
    ("PUT", "customers"): "identify",
    ("DELETE", "customers"): "delete",
    ("POST", "customers", "events"): "event",
    ("POST", "customers", "suppress"): "suppress",
    ("POST", "customers", "unsuppress"): "unsuppress",
    ("PUT", "customers", "devices"): "add_device",
    ("DELETE", "customers", "devices"): "delete_device",
}

Call = dict[str, Any] | Guarded


class CustomerIo:
    """Reads `/api/v1/...` and `/api/v2/{batch,entity}`."""

    def calls(self, route: str, payload: object) -> Calls:
        return Calls(list(_calls(route.split("/"), payload)), news_after=_NEWS_AFTER)


def _calls(path: list[str], payload: object) -> Iterable[object]:
    if not isinstance(payload, dict):
        return [payload]
    match path:
        case ["POST", "batch"] if isinstance(payload.get("batch"), list):
            return [call for entity in payload["batch"] for call in _entity(entity)]
        case ["POST", "entity"]:
            return _entity(payload)
        case ["POST", "events"]:
            return [_event(payload, {"anonymousId": payload.get("anonymous_id")}, payload.get("data"))]
        case ["POST", "push", "events"]:
            return [_push(payload)]
        case ["POST", "merge_customers"]:
            return [_merge(payload)]
        case [method, "customers", who, *rest] if action := _PATHS.get((method, "customers", *rest[:1])):
            device = {"token": unquote(rest[1])} if len(rest) > 1 else payload.get("device")
            return _asked(action, {"userId": unquote(who)}, payload, payload.get("data"), device)
        case _:
            return [payload]


def _entity(entity: object) -> Iterable[object]:
    """The calls of one entity of v2; what is none is returned as it stands."""
    if not isinstance(entity, dict) or entity.get("type") != "person":
        return [entity]
    action, attributes = entity.get("action"), entity.get("attributes")
    if action == "merge":
        return [_merge(entity)]
    if action in ("event", "page", "screen"):
        action, entity = "event", {**entity, "type": action}
    elif action == "identify":
        attributes = {**as_object(attributes), "cio_relationships": entity.get("cio_relationships")}
    elif action == "add_relationships":
        attributes = {"cio_relationships": entity.get("cio_relationships")}
    payload = entity if action == "event" else as_object(attributes)
    device = entity.get("device")
    return list(_asked(str(action), _who(entity.get("identifiers")), payload, attributes, device)) or [entity]


def _asked(action: str, who: dict[str, Any], payload: dict[str, Any], data: object, device: object) -> Iterator[Call]:
    """What is asked about one person. payload: the attributes, or the event, whose properties are `data`."""
    match action:
        case "identify":
            yield _identify(who, payload)
            yield from _consents(who, payload)
            yield from _relationships(who, payload)
        case "add_relationships":
            yield from _relationships(who, payload)
        case "event":
            yield _event(payload, who, data)
        case "add_device" | "delete_device":
            yield _device(who, as_object(device), gone=action == "delete_device")
        case "suppress":
            for channel in CHANNELS:
                yield Guarded(WRITE, _statement(who, "Unsubscribed", channel=channel))
        case "unsuppress":
            yield Guarded(WRITE, _statement(who, "Unsuppressed"))
        case "delete":
            yield Guarded(ERASE, {"type": "erase", **who})


def _who(identifiers: object) -> dict[str, Any]:
    """Segment's names for whoever `identifiers` name."""
    given = as_object(identifiers)
    user = next((given[name] for name in _IDENTIFIERS if given.get(name)), None)
    return {"userId": user, "anonymousId": given.get("anonymous_id")}


def _identify(who: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    traits = {name: value for name, value in attributes.items() if name not in _NO_TRAITS}
    if "@" in str(who["userId"]):
        traits.setdefault("email", who["userId"])
    anonymous = attributes.get("anonymous_id") or who.get("anonymousId")
    return {"type": "identify", "userId": who["userId"], "anonymousId": anonymous, "traits": traits}


def _consents(who: Mapping[str, Any], attributes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if attributes.get("unsubscribed") is True:
        yield _statement(who, "Unsubscribed", channel="email")
    dotted = {name.removeprefix(_TOPICS): on for name, on in attributes.items() if name.startswith(_TOPICS)}
    nested = as_object(as_object(attributes.get(_PREFERENCES)).get("topics"))
    for topic, on in {**nested, **dotted}.items():
        if isinstance(on, bool):
            yield _statement(who, "Subscribed" if on else "Unsubscribed", channel="email", topic=topic)


def _relationships(who: Mapping[str, Any], attributes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    related = attributes.get("cio_relationships")
    for relationship in related if isinstance(related, list) else ():
        group = as_object(as_object(relationship).get("identifiers")).get("object_id")
        yield {"type": "group", **who, "groupId": group}


def _statement(who: Mapping[str, Any], event: str, **properties: str) -> dict[str, Any]:
    return {"type": "track", "event": event, **who, "properties": {**properties, "source": "customerio"}}


def _event(said: Mapping[str, Any], who: Mapping[str, Any], data: object) -> dict[str, Any]:
    """Whatever `who` did: `said` has its name, and perhaps type, id and time."""
    kind, name = said.get("type"), said.get("name")
    call = {**who, "messageId": said.get("id"), "timestamp": said.get("timestamp")}
    if kind not in ("page", "screen"):
        return {"type": "track", "event": name, **call, "properties": data}
    place = {"url" if "://" in name else "path": name} if kind == "page" and isinstance(name, str) else {}
    return {"type": kind, "name": name, **call, "properties": {**place, **as_object(data)}}


def _push(said: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a push notification of Customer.io: it names a delivery and nobody."""
    name = f"Push Notification {str(said.get('event')).capitalize()}"
    return {"type": "track", "event": name, "timestamp": said.get("timestamp"), "properties": said}


def _merge(said: Mapping[str, Any]) -> Guarded:
    kept, gone = _who(said.get("primary")), _who(said.get("secondary"))
    call = {"type": "alias", "userId": kept["userId"], "previousId": gone["userId"] or gone["anonymousId"]}
    return Guarded(WRITE, call)


def _device(who: Mapping[str, Any], device: Mapping[str, Any], *, gone: bool) -> dict[str, Any]:
    """A trait for each device: a person has several, and each is written on its own."""
    token = str(device.get("token") or device.get("id"))
    told = {name: value for name, value in device.items() if name not in ("id", "token")}
    traits = {f"device_{digest(token, length=12)}": None if gone else {"token": token, **told}}
    return {"type": "identify", **who, "traits": traits}


plugin: Source = CustomerIo()
