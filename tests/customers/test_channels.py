"""Through which channel somebody came: the table of cases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.channels import CHANNELS, LONGEST, Came, came
from chalicelib.tracking.event import Event
from tests.customers.events import event

HERE = "https://www.shop.example/shoes"


def page(url: str = HERE, referrer: str = "", campaign: dict[str, Any] | None = None, name: str = "Page") -> Event:
    """A page call as a browser's SDK sends it."""
    context = {"page": {"url": url, "referrer": referrer}, **({"campaign": campaign} if campaign else {})}
    return event(name, context=context)


def utm(source: str = "", medium: str = "", name: str = "") -> Event:
    """A page reached by a tagged link."""
    return page(campaign={"source": source, "medium": medium, "name": name})


@pytest.mark.parametrize(
    ("touch", "channel", "source"),
    [
        # what the event itself is
        (event("Email Link Clicked", source="ses", properties={"link_url": HERE}), "email", ""),
        (event("Push Notification Tapped"), "push", ""),
        (event("Call Completed"), "phone", ""),
        (event("Order Completed", properties={"channel": "POS"}), "store", ""),
        (event("Call Missed"), "phone", ""),
        (event("Order Completed", properties={"source_name": "pos"}), "store", ""),
        # the campaign
        (utm("facebook", "lead_ad"), "paid_social", "facebook"),
        (utm("newsletter", "email", "spring"), "email", "newsletter"),
        (utm("Newsletter"), "email", "newsletter"),
        (utm("google", "cpc"), "paid_search", "google"),
        (utm("bing", "PPC"), "paid_search", "bing"),
        (utm("google", "organic"), "organic_search", "google"),
        (utm("facebook", "cpc"), "paid_social", "facebook"),
        (utm("ig", "paid_social"), "paid_social", "ig"),
        (utm("facebook.com", "social"), "social", "facebook.com"),
        (utm("x", ""), "social", "x"),
        (utm("awin", "affiliate"), "affiliate", "awin"),
        (utm("news.example", "banner"), "display", "news.example"),
        (utm("google", "cpm"), "display", "google"),
        (utm("youtube", "video"), "video", "youtube"),
        (utm("sms", ""), "sms", "sms"),
        (utm("shop", "sms"), "sms", "shop"),
        (utm("firebase", "mobile-push"), "push", "firebase"),
        (utm("partner", "referral"), "referral", "partner"),
        (utm("flyer", "qr"), "store", "flyer"),
        (utm("", "", "only a name"), "other", ""),
        (utm("unheard", "of"), "other", "unheard"),
        (page(f"{HERE}?utm_source=Google&utm_medium=cpc&utm_campaign=a%20b"), "paid_search", "google"),
        (event("Page", properties={"url": HERE, "search": "?utm_medium=email"}), "email", ""),
        # a campaign outweighs the page that led here
        (page(referrer="https://www.google.com/", campaign={"source": "n", "medium": "email"}), "email", "n"),
        # click ids
        (page(f"{HERE}?gclid=abc"), "paid_search", "google"),
        (page(f"{HERE}?a=1&fbclid=abc", "https://l.facebook.com/"), "social", "facebook"),
        (page(f"{HERE}?ttclid=abc"), "paid_social", "tiktok"),
        (page(f"{HERE}?MSCLKID=abc"), "paid_search", "bing"),
        (page(f"{HERE}?awc=1_2"), "affiliate", "awin"),
        (page(f"{HERE}?mc_eid=1"), "email", "mailchimp"),
        # the page that led here
        (page(referrer="https://www.google.co.uk/"), "organic_search", "google"),
        (page(referrer="https://duckduckgo.com/?q=shoes"), "organic_search", "duckduckgo"),
        (
            page(referrer="android-app://com.google.android.googlequicksearchbox/"),
            "organic_search",
            "googlequicksearchbox",
        ),
        (page(referrer="https://t.co/xyz"), "social", "t"),
        (page(referrer="https://lm.facebook.com/"), "social", "facebook"),
        (page(referrer="https://m.youtube.com/watch"), "video", "youtube"),
        (page(referrer="https://mail.google.com/mail/u/0"), "email", "mail.google.com"),
        (page(referrer="android-app://com.google.android.gm/"), "email", "com.google.android.gm"),
        (page(referrer="https://www.blog.example:8443/post"), "referral", "blog.example"),
        (page(referrer="https://ask.blog.example/"), "referral", "ask.blog.example"),
        (page(referrer="https://google.blog.example/"), "referral", "google.blog.example"),
        # nothing led here
        (page(), "direct", ""),
        (event("Page", properties={"path": "/shoes"}), "direct", ""),
    ],
)
def test_a_touch(touch: Event, channel: str, source: str) -> None:
    found = came(touch)
    assert found is not None
    assert (found.channel, found.source) == (channel, source)


@pytest.mark.parametrize(
    "nothing",
    [
        page(referrer="https://www.shop.example/"),
        page(referrer="https://shop.example/cart"),
        page(referrer="https://checkout.shop.example/"),
        page(referrer="https://www.paypal.com/checkout"),
        page(referrer="https://accounts.google.com/"),
        page(name="Product Viewed"),
        event("Page"),
        event("Order Completed"),
        event("Order Completed", properties={"channel": "web"}),
        event("Identify"),
        event("Page", properties={"name": "Home"}),
    ],
    ids=lambda each: str(each.context or each.properties or each.name),
)
def test_no_touch(nothing: Event) -> None:
    assert came(nothing) is None


def test_a_touch_keeps_campaign_referrer_and_landing_page() -> None:
    url = f"{HERE}?utm_source=News&utm_campaign=Spring%20Sale#top"
    assert came(page(url, "https://blog.example/post?x=1")) == Came(
        "other", "news", "Spring Sale", "blog.example", "/shoes"
    )


ODD = st.none() | st.integers() | st.text(max_size=30) | st.lists(st.text(max_size=3), max_size=2)


@given(
    name=st.sampled_from(["Page", "Screen", "Product Viewed", "Email Link Clicked"]),
    held=st.fixed_dictionaries({}, optional=dict.fromkeys(("url", "path", "referrer", "search", "channel"), ODD)),
    campaign=ODD | st.fixed_dictionaries({}, optional=dict.fromkeys(("source", "medium", "name"), ODD)),
    referrer=ODD,
)
def test_whatever_a_client_sends_is_a_bounded_touch_or_none(name: str, held: Any, campaign: Any, referrer: Any) -> None:
    for context in ({"page": held, "campaign": campaign, "referrer": referrer}, {"page": referrer}):
        found = came(event(name, properties=held, context=context))
        if found is not None:
            assert found.channel in CHANNELS
            assert max(map(len, (found.source, found.campaign, found.referrer))) <= LONGEST
            assert len(found.landing) <= 2 * LONGEST
