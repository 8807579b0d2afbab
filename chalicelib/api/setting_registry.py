"""Every setting by its name in the API. The models stand where their subjects are at home, in several rooms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.home import Home
from chalicelib.customers.retention import Retention
from chalicelib.customers.setting import Setting
from chalicelib.customers.words import Words
from chalicelib.customers.workspace import Currencies, PriceTiers
from chalicelib.journeys.playbooks.brand import Brand
from chalicelib.lifecycle.own_frames import Frames
from chalicelib.lifecycle.settings import Lifecycle
from chalicelib.messages.health.setting import SenderHealth, SuppressionSettings
from chalicelib.messages.outgoing import TrackedLinks
from chalicelib.messages.permission.setting import Permission
from chalicelib.messages.texting import Texting
from chalicelib.products.settings import Catalogue

_MODELS: Final[tuple[type[Setting], ...]] = (
    Brand,
    Catalogue,
    ConsentSettings,
    Currencies,
    Frames,
    Home,
    Permission,
    PriceTiers,
    Retention,
    Lifecycle,
    SenderHealth,
    SuppressionSettings,
    Texting,
    TrackedLinks,
    Words,
)

SETTINGS: Final[Mapping[str, type[Setting]]] = MappingProxyType({model.name: model for model in _MODELS})
