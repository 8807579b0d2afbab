"""Who opened or followed a message: the table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.tracking.actor import Act, Actor, actor, burst

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_AHEAD = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
MINUTE = timedelta(minutes=1)


def links(**seconds: float) -> dict[str, datetime]:
    return {name: AT + timedelta(seconds=after) for name, after in seconds.items()}


@pytest.mark.parametrize(
    ("act", "who", "reason"),
    [
        (Act(FIREFOX, MINUTE), "person", ""),
        (Act(IPHONE, timedelta(days=40)), "person", ""),
        (Act("Thunderbird", None), "person", ""),
        (Act("Microsoft Office/16.0 (Microsoft Outlook 16.0.17328; Pro)", MINUTE), "person", ""),
        (
            Act("Mozilla/5.0 (Linux; Android 14; CUBOT X70) Chrome/125.0 Mobile Safari/537.36", MINUTE),
            "person",
            "",
        ),
        (Act(FIREFOX, MINUTE, method="HEAD"), "machine", "head"),
        (Act(FIREFOX, MINUTE, ahead=True), "machine", "prefetch"),
        (Act("Mozilla/5.0", MINUTE), "machine", "apple_privacy"),
        (Act(" mozilla/5.0 ", timedelta(days=3)), "machine", "apple_privacy"),
        (Act(GMAIL_AHEAD, MINUTE), "machine", "gmail_prefetch"),
        (Act("Barracuda Sentinel (EE)", MINUTE), "machine", "scanner"),
        (Act("Googlebot/2.1 (+http://www.google.com/bot.html)", MINUTE), "machine", "scanner"),
        (Act("python-requests/2.31", MINUTE), "machine", "scanner"),
        (Act("curl/8.5.0", MINUTE), "machine", "scanner"),
        (Act(FIREFOX, timedelta(seconds=1.4)), "machine", "too_quick"),
        (Act(FIREFOX, timedelta(seconds=-20)), "machine", "too_quick"),
        (Act(FIREFOX, timedelta(seconds=1.5)), "person", ""),
        (Act(GMAIL, timedelta(seconds=1)), "machine", "too_quick"),
        (Act(GMAIL, MINUTE), "unknown", "image_proxy"),
        (Act(YAHOO, MINUTE), "unknown", "image_proxy"),
        (Act("", MINUTE), "unknown", "no_agent"),
        (Act(FIREFOX, MINUTE, link="a", at=AT, others=links(b=0.9)), "machine", "every_link"),
        (Act(FIREFOX, MINUTE, link="a", at=AT, others=links(b=1.1)), "person", ""),
        (Act(FIREFOX, MINUTE, link="a", at=AT, others=links(b=-4, c=6)), "machine", "every_link"),
        (Act(FIREFOX, MINUTE, link="a", at=AT, others=links(b=-4, c=7)), "person", ""),
        (Act(FIREFOX, MINUTE, link="a", at=AT, others=links(a=0.2)), "person", ""),  # twice on the same link
    ],
)
def test_who_did_it(act: Act, who: str, reason: str) -> None:
    assert actor(act) == Actor(who, reason)  # type: ignore[arg-type]


def test_which_links_were_followed_together() -> None:
    assert burst(links(a=0, b=0.5, c=60)) == {"a", "b"}
    assert burst(links(a=0, b=3, c=-3, d=60)) == {"a", "b", "c"}
    assert burst(links(a=0, b=3)) == frozenset()
    assert burst(links(a=0, b=4, c=5, d=5.5)) == {"a", "b", "c", "d"}
    assert burst({}) == frozenset()
