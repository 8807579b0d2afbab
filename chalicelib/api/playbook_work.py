"""What the endpoints of playbooks do. Imported by the handlers when one of them runs.

Installing puts what anybody could have put, by the same functions: nothing of a playbook is special once it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from chalicelib import wiring
from chalicelib.api import definition_work, segment_work, setting_work
from chalicelib.api.playbook_models import (
    Installation,
    Installed,
    InstalledPlaybook,
    Missing,
    PlaybookDetails,
    Playbooks,
    PlaybookSetting,
    PlaybookSummary,
)
from chalicelib.errors import Refused
from chalicelib.journeys.playbooks import store
from chalicelib.journeys.playbooks.brand import LANGUAGES, Brand, signed
from chalicelib.journeys.playbooks.make import Files, Made, made
from chalicelib.journeys.playbooks.playbook import UNITS, Json, Playbook, values
from chalicelib.tracking.problems import Invalid


def listed() -> Playbooks:
    """Every playbook, by name."""
    return Playbooks(playbooks=[PlaybookSummary(**_summary(store.read(name).playbook)) for name in store.names()])


def read(name: str) -> PlaybookDetails:
    """One playbook, with what it would make."""
    files = _files(name)
    examples = {each: setting.example for each, setting in files.playbook.settings.items() if setting.example}
    set_ = values(files.playbook, examples)
    built = made(files, store.look(), set_, _brand())
    return PlaybookDetails(
        **_summary(files.playbook),
        segments=dict(built.segments),
        templates=dict(built.templates),
        journeys=dict(built.journeys),
        missing=list(_missing(files.playbook, set_)),
    )


def install(name: str, asked: Installation, caller: str) -> InstalledPlaybook:
    """Put everything that the playbook makes, and publish its journeys if asked."""
    files = _files(name)
    try:
        set_ = values(files.playbook, asked.settings)
    except Invalid as invalid:
        message = f"The playbook {name} cannot be installed like this; details says which setting, and what to do."
        raise Refused(400, "invalid_playbook", message, invalid.details()) from invalid
    built = made(files, store.look(), set_, _brand())
    return InstalledPlaybook(
        name=name,
        settings=set_,
        made=[*_segments(built, caller), *_templates(built), *_journeys(built, asked.publish)],
        missing=list(_missing(files.playbook, set_)),
    )


def _files(name: str) -> Files:
    if name not in store.names():
        known = ", ".join(store.names())
        raise Refused(404, "playbook_not_found", f"There is no playbook of this name; there are {known}.")
    return store.read(name)


def _brand() -> Brand:
    brand = Brand.model_validate(setting_work.read(Brand.name, None).setting)  # as it is, not as it was 30 s ago
    return signed(brand, wiring.perennial().settings.sender)


def _segments(built: Made, caller: str) -> Iterator[Installed]:
    """Those that journeys ask for, before them. Everybody is judged by one that is new."""
    for name, body in built.segments.items():
        before = _newest("segment", name)
        state = segment_work.put(name, body, None, caller).state
        yield Installed(kind="segment", name=name, version=state.version, new=state.version != before, live=state.live)


def _templates(built: Made) -> Iterator[Installed]:
    for name, body in built.templates.items():
        before = _newest("template", name)
        version = definition_work.put("template", name, body, None).version
        yield Installed(kind="template", name=name, version=version, new=version != before, live=True)


def _journeys(built: Made, publish: bool) -> Iterator[Installed]:
    for name, body in built.journeys.items():
        before = _newest("journey", name)
        put = definition_work.put("journey", name, body, None)
        live = definition_work.publish(name, put.version).live if publish else put.state.live
        yield Installed(kind="journey", name=name, version=put.version, new=put.version != before, live=live)


def _newest(kind: Literal["segment", "template", "journey"], name: str) -> int:
    """The newest version; 0 if there is none."""
    try:
        if kind == "segment":
            return segment_work.read(name).state.version
        return definition_work.read(kind, name, None).version
    except Refused:
        return 0


def _summary(playbook: Playbook) -> Json:
    needs, serves = playbook.needs, playbook.serves
    return {
        "name": playbook.name,
        "title": playbook.title,
        "says": playbook.says,
        "message_class": playbook.message_class,
        "stages": [str(stage) for stage in serves.stages],
        "phases": list(serves.phases),
        "activity": serves.activity,
        "events": list(needs.events),
        "traits": list(needs.traits),
        "channels": list(needs.channels),
        "products": needs.products,
        "settings": [_setting(playbook, name) for name in playbook.settings],
        "languages": list(LANGUAGES),
    }


def _setting(playbook: Playbook, name: str) -> PlaybookSetting:
    setting = playbook.settings[name]
    return PlaybookSetting(
        name=name,
        kind=setting.kind,
        unit=UNITS[setting.kind],
        says=setting.says,
        default=setting.default,
        required=setting.default is None and not setting.may_be_nothing,
        example=setting.example,
    )


def _missing(playbook: Playbook, set_: Json) -> Iterator[Missing]:
    """What the playbook lacks here."""
    perennial = wiring.perennial()
    held = perennial.settings
    if not held.sender.strip():
        yield Missing(what="sender", problem="Nobody sends: SENDER is empty.", hint="Set it in the stage's file.")
    if not held.postal_address.strip() and playbook.message_class == "marketing":
        said = "Marketing must show a postal address, and there is none: POSTAL_ADDRESS is empty."
        yield Missing(what="postal_address", problem=said, hint="Set it in the stage's file.")
    if _brand().url is None and playbook.needs.channels:
        said = "Nobody said where the shop is, so letters have no buttons to it."
        yield Missing(what="brand.url", problem=said, hint="PUT /v1/settings/brand, then install again.")
    if playbook.needs.products and not perennial.products.page(1):
        said = "No product is known, so letters recommend none."
        yield Missing(what="products", problem=said, hint="PUT /v1/products, or connect the shop's webhooks.")
    coupon = set_.get("coupon")
    if coupon and not (perennial.coupon_store.coupon(coupon) or perennial.referral_store.definitions.pointer(coupon)):
        said = f"There is no coupon {coupon}: a letter that carries its code waits until there is."
        yield Missing(what="coupon", problem=said, hint=f"PUT /v1/coupons/{coupon}, or /v1/referrals/{coupon}.")
