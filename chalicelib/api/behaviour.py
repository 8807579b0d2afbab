"""The facts of a customer (or an account) as the API answers them; docs/FACTS.md says what each is."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from chalicelib.api.answers import Model


class CurrencySum(Model):
    """Orders in one currency. `converted`: whether they are in the figure in the currency of reports."""

    currency: str | None = Field(description="Null: the orders named none.")
    count: int
    revenue: Decimal
    converted: bool


class Orders(Model):
    """Orders that count, net of refunds. `revenue` is decimal text in `currency`, by the setting `currencies`."""

    count: int
    revenue: Decimal = Field(description="Of all orders whose currency is known to the table of rates.")
    currency: str | None
    by_currency: list[CurrencySum] = Field(description="The same as they were paid.")
    first_at: str | None
    last_at: str | None
    gifts: int = Field(description="Orders that said that they were gifts.")
    gift_share: float | None
    last_gift_at: str | None


class LastSession(Model):
    """The newest session."""

    at: str
    seconds: int
    pages: int


class Sessions(Model):
    """Visits: own activity with gaps under 30 minutes."""

    count: int
    pages: int
    seconds: int = Field(description="In all sessions.")
    seconds_today: int = Field(description="Since midnight, UTC.")
    seconds_last_7_days: int
    first_at: str | None
    last: LastSession | None


class LastTouch(Model):
    """How somebody came."""

    at: str
    channel: str
    source: str | None
    campaign: str | None


class Acquisition(LastTouch):
    """How somebody came first of all: from which host, to which page."""

    referrer: str | None
    landing: str | None


class Touch(Model):
    """One channel, source and campaign on one day (UTC)."""

    day: str
    channel: str
    source: str | None
    campaign: str | None


class ProductInterest(Model):
    """A product by its id; `interest` is in looks of the newest week."""

    id: str
    interest: float


class CategoryInterest(Model):
    """A category, the mean price of what was looked at, added and bought in it, and what that is here."""

    name: str
    interest: float
    mean_price: Decimal | None
    price: Literal["low", "mid", "high"] | None = Field(description="By the setting `price_tiers`.")


class Interests(Model):
    """What interests the person most, the most first."""

    products: list[ProductInterest]
    categories: list[CategoryInterest]


class Subscription(Model):
    """One contract, by what its source said last."""

    id: str | None = Field(description="Null: it was told without one.")
    status: Literal["active", "failed", "ending", "trial", "paused", "ended"] = Field(
        description="`failed`: a payment is owed. `ending`: it is to end with its term."
    )
    plan: str | None
    price: Decimal | None = Field(description="Of one term, for the whole quantity.")
    currency: str | None
    every: str | None = Field(description="The length of a term: `1 month`.")
    since: str
    paying_since: str | None
    renewals: int
    renews_at: str | None = Field(description="The end of the present term.")
    trial_end: str | None
    failed_since: str | None
    ends_at: str | None = Field(description="When it ends, or ended.")


class Happening(Model):
    """How often something happened, and when."""

    count: int
    first_at: str
    last_at: str


class Behaviour(Model):
    """What the events come to."""

    orders: Orders
    sessions: Sessions
    acquisition: Acquisition | None = Field(description="The first touch of all.")
    last_touch: LastTouch | None
    touches: list[Touch] = Field(description="Of the last 90 days, newest first, at most 16.")
    channels: dict[str, int] = Field(description="On how many days of `touches`, by channel.")
    interests: Interests
    groups: list[str] = Field(description="The accounts that were named for the person, by id.")
    subscriptions: list[Subscription]
    happenings: dict[str, Happening] = Field(description="By the names of events, at most 32; docs/FACTS.md.")
