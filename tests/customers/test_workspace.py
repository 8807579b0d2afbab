"""The workspace's settings: defaults without anybody's doing, amounts as written, and how soon a change is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.api.setting_registry import SETTINGS
from chalicelib.catalog.store import DefinitionStore
from chalicelib.customers.setting import body_of
from chalicelib.customers.standing import FRESH, SETTING, Settings
from chalicelib.customers.workspace import Currencies, PriceTiers
from tests.fakes.database import MemoryDatabase

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Shop:
    """A workspace, and the time in it."""

    def __init__(self) -> None:
        self.now = NOW
        self.store = DefinitionStore(MemoryDatabase(), SETTING)
        self.settings = Settings(self.store, lambda: self.now)

    def put(self, name: str, body: dict[str, Any]) -> None:
        self.store.put(name, name, body, self.now, in_force=True)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_defaults_and_survives_its_own_json(name: str) -> None:
    model = SETTINGS[name]
    assert model.name == name
    assert model.model_validate(body_of(model())) == model()


def test_rates_stay_as_they_were_written() -> None:
    currencies = Currencies.model_validate({"report": "EUR", "rates": {"USD": "0.9200", "GBP": "1.17"}})
    assert currencies.rates == {"USD": Decimal("0.92"), "GBP": Decimal("1.17")}
    assert body_of(currencies)["rates"] == {"USD": "0.9200", "GBP": "1.17"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"report": "euro"},
        {"rates": {"usd": "1"}},
        {"rates": {"USD": "0"}},
        {"rates": {"USD": "-1"}},
        {"rates": {"USD": 0.92}},
        {"rates": {"USD": "NaN"}},
        {"rates": {"USD": "1e9"}},
        {"rates": {"USD": "0." + "0" * 20 + "1"}},
        {"rates": {"USD": True}},
        {"rate": {}},
    ],
    ids=str,
)
def test_what_is_no_table_of_rates_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Currencies.model_validate(wrong)


def test_a_workspace_that_decided_nothing_has_the_defaults() -> None:
    shop = Shop()
    assert shop.settings.get(Currencies) == Currencies()
    assert shop.settings.version(PriceTiers) == 0


def test_a_change_is_known_after_thirty_seconds() -> None:
    shop = Shop()
    shop.settings.get(Currencies)
    shop.put("currencies", {"report": "EUR"})
    shop.now = NOW + FRESH - timedelta(seconds=1)
    assert shop.settings.get(Currencies).report is None
    shop.now = NOW + FRESH
    assert (shop.settings.get(Currencies).report, shop.settings.version(Currencies)) == ("EUR", 1)


def test_a_setting_that_cannot_be_read_leaves_the_one_before_standing() -> None:
    shop = Shop()
    shop.put("currencies", {"report": "EUR"})
    assert shop.settings.get(Currencies).report == "EUR"
    shop.put("currencies", {"report": "EUR", "of the future": 1})
    shop.now += FRESH
    assert (shop.settings.get(Currencies).report, shop.settings.version(Currencies)) == ("EUR", 1)
