"""Messages on the site, in a real Chromium: the line that docs/ONSITE.md has, the served script, and the application
behind it. The pages forbid inline scripts, styles, and whatever is not the API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.test_onsite import JOURNEY
from tests.hostile import CORPUS
from tests.messages.onsite.samples import SALE
from tests.sdks import certificate
from tests.sdks.chromium import Chromium, Page
from tests.sdks.shopfront import Shopfront, shopfront
from tests.sdks.trap import Trap

DOCS = (Path(__file__).parent.parent.parent / "docs" / "ONSITE.md").read_text(encoding="utf-8")
(SNIPPET,) = re.findall(r"```html\n(.*?)\n```", DOCS, re.DOTALL)
TEMPLATE = json.loads(re.findall(r"```json template\n(.*?)\n```", DOCS, re.DOTALL)[0])
BOX = "document.querySelector('perennial-onsite').shadowRoot.querySelector('.box')"
IS_OPEN = "!!document.querySelector('perennial-onsite')?.shadowRoot.querySelector('.box')"
NOW = {key: value for key, value in TEMPLATE["onsite"]["show"].items() if key not in ("after", "scroll")}
LONG = "<button id=before>Before</button>" + "<p>Something to read.</p>" * 400


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    home = tmp_path_factory.mktemp("chromium")
    with Chromium(home, certificate.make(home).pin) as made:
        yield made


@pytest.fixture
def shop() -> Iterator[Shopfront]:
    with shopfront() as made:
        yield made


@pytest.fixture
def visit(browser: Chromium, shop: Shopfront) -> Iterator[Callable[..., Page]]:
    """Opens a tab of somebody who was never here, whose SDK has called them x; at the end nobody else was asked."""
    with Trap() as trap:
        opened: list[Page] = []

        def visit(path: str = "/products/1", own: str = "localStorage.setItem('ajs_anonymous_id', '\"x\"')") -> Page:
            opened.append(browser.page(trap.url))
            opened[-1].prepare(own)
            opened[-1].go(shop.site + path)
            return opened[-1]

        yield visit
        for page in opened:
            assert page.abroad() == []
            assert not [said for said in page.said if "Content Security Policy" in said or "Error" in said], page.said
            page.close()
        assert trap.asked == []


def waits(
    shop: Shopfront,
    show: dict[str, Any] | None = None,
    template: dict[str, Any] | None = None,
    category: str = "Hats",
) -> None:
    """A message waits for the visitor x, and its line stands in every page."""
    body = json.loads(json.dumps(template or TEMPLATE))
    body["onsite"]["show"] = {**NOW, **(show or {})}
    shop.world.define(JOURNEY, {"ask": body})
    shop.says("track", anonymousId="x", event="Product Viewed", messageId="m1", properties={"category": category})
    line = SNIPPET.replace("https://API", shop.api).replace("pk_...", shop.world.write_key)
    for path in ("/products/1", "/products/2", "/products/gift-card", "/about", "/sale"):
        shop.pages[path] = line + LONG


def in_box(selector: str) -> str:
    return f"{BOX}.querySelector({json.dumps(selector)})"


def focus(selector: str) -> str:
    return f"{in_box(selector)}.focus()"


def test_a_dialog_asks_and_is_answered(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop, {"as": "dialog"})
    page = visit()
    page.until(IS_OPEN)
    assert page.evaluate(f"{BOX}.tagName + ' ' + {BOX}.matches(':modal')") == "DIALOG true"
    assert page.evaluate(f"{BOX}.shadowRoot || {BOX}.getRootNode().activeElement.name") == "email", "the focus is in it"
    assert (
        page.evaluate(f"{BOX}.getRootNode().getElementById({BOX}.getAttribute('aria-labelledby')).textContent")
        == "Stay in touch"
    )
    assert page.evaluate(
        f"[...{BOX}.querySelectorAll('input:not([type=radio]), textarea')].every((one) => one.labels.length)"
    )
    assert page.evaluate(f"{in_box('[name=consent]')}.checked") is False
    page.write("ada@example.com")
    page.evaluate(f"{in_box('[name=consent]')}.click(); {in_box('[value=gift]')}.click(); {focus('[type=submit]')}")
    page.press("Enter")
    page.until(f"!!{in_box('[role=status]')}")
    assert page.evaluate(f"{in_box('[role=status]')} === {BOX}.getRootNode().activeElement"), "the thanks are read"
    assert shop.named("a#x") == ["Identify", "On-site Form Submitted", "On-site Message Viewed", "Subscribed"]
    assert shop.asked == ["GET /onsite.js", "GET /v1/onsite", "POST /v1/onsite", "POST /v1/onsite"], "no preflights"
    page.press("Escape")
    page.until(f"!({IS_OPEN})")
    assert "On-site Message Dismissed" not in shop.named("a#x"), "who closes what was answered dismisses nothing"


def test_escape_closes_it_and_the_focus_goes_back(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop, {"as": "dialog", "scroll": 50})
    page = visit()
    page.until("document.readyState === 'complete'")
    page.evaluate("document.getElementById('before').focus({ preventScroll: true })")
    assert page.evaluate(IS_OPEN) is False
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.until(IS_OPEN)
    for _ in range(12):  # once around, and the browser's own bar
        page.press("Tab")
        assert page.evaluate("['perennial-onsite', 'body'].includes(document.activeElement.localName)"), (
            "it stays in it"
        )
    page.evaluate(focus("[name=email]"))
    page.press("Escape")
    page.until(f"!({IS_OPEN})")
    assert page.evaluate("document.activeElement.id") == "before"
    page.until("Object.values(JSON.parse(localStorage.perennial_onsite))[0].told === 'dismissed'")
    assert shop.named("a#x") == ["On-site Message Dismissed", "On-site Message Viewed"]
    page.go(f"{shop.site}/products/2")
    page.until("document.readyState === 'complete' && window.perennialOnsite")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.evaluate(IS_OPEN) is False, "it is over"
    assert shop.asked.count("GET /v1/onsite") == 1, "within a minute nothing is asked twice"


def test_a_corner_leaves_the_page_as_it_is_and_its_button_leads_on(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(
        shop,
        {"as": "corner"},
        {"class": "marketing", "onsite": {**SALE, "button": {"label": "Show me", "url": "/sale"}}},
    )
    page = visit()
    page.until(IS_OPEN)
    assert page.evaluate("document.activeElement === document.body"), "nobody's focus is taken"
    assert (
        page.evaluate(f"{BOX}.getAttribute('role') + ' ' + {BOX}.parentNode.getAttribute('aria-live')")
        == "region polite"
    )
    page.evaluate(f"{in_box('a')}.click()")
    page.until("location.pathname === '/sale' && document.readyState === 'complete'")
    assert shop.named("a#x") == ["On-site Message Clicked", "On-site Message Viewed"]


@pytest.mark.parametrize("path", ["/about", "/products/gift-card"])
def test_on_other_pages_nothing_is_shown_or_said(shop: Shopfront, visit: Callable[..., Page], path: str) -> None:
    waits(shop)
    page = visit(path)
    page.until("performance.getEntriesByType('resource').some((one) => one.name.includes('v1/onsite'))")
    assert (
        page.evaluate("new Promise((done) => setTimeout(() => done(!!document.querySelector('perennial-onsite')), 50))")
        is False
    )
    page.evaluate("history.pushState({}, '', '/products/7')")
    page.until(IS_OPEN)


HOSTILE = (
    "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>{{ 7 | times: 7 }}"
    + " ".join(text[:150] for text in CORPUS)
)


def test_what_data_holds_is_letters(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop, template={"class": "marketing", "onsite": SALE}, category=HOSTILE)
    page = visit()
    page.until(IS_OPEN)
    names = page.evaluate(f"[...new Set([...{BOX}.querySelectorAll('*')].map((one) => one.localName))].sort()")
    assert names == ["a", "button", "h2", "p", "span"]
    assert page.evaluate(f"{in_box('[part=text]')}.textContent").startswith(f"Everything in {HOSTILE[:100]}")
    assert page.evaluate("document.title") == "Shop"


RUDDER = "RS_ENC_v3_' + btoa('\"x\"') + '"
IDS = {
    "Segment's storage": "localStorage.setItem('ajs_anonymous_id', '\"x\"')",
    "Segment's cookie": "document.cookie = 'ajs_anonymous_id=x'",
    "Segment's cookie, quoted": "document.cookie = 'ajs_anonymous_id=%22x%22'",
    "RudderStack's storage": f"localStorage.rl_anonymous_id = '{RUDDER}'",
    "RudderStack's cookie": f"document.cookie = 'rl_anonymous_id=' + encodeURIComponent('\"{RUDDER}\"')",
    "Jitsu's cookie": "document.cookie = '__eventn_id=x'",
    "a site without SDK": "localStorage.perennial_anonymous_id = 'x'",
    "analytics.js itself": "window.analytics = { user: () => ({ anonymousId: () => 'x' }) }",
    "RudderStack itself": "window.rudderanalytics = { getAnonymousId: () => 'x' }",
    "stubs that wait": "window.analytics = []; window.rudderanalytics = []; localStorage.ajs_anonymous_id = 'x'",
    "an SDK that comes late": "setTimeout(() => { localStorage.ajs_anonymous_id = 'x' }, 200)",
}


def test_it_goes_by_the_id_that_a_tracking_sdk_keeps(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop)
    opened = {name: visit(own=own) for name, own in IDS.items()}
    for page in opened.values():
        page.until(IS_OPEN)


SDKS = {
    "segment": (
        "@segment/analytics-next/dist/umd/index.js",
        "AnalyticsNext.AnalyticsBrowser.load({ writeKey: 'KEY', cdnSettings: { integrations: {} } })"
        ".then(([it]) => { window.own = it.user().anonymousId() })",
    ),
    "rudder": (
        "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
        "const it = new rudderanalytics.RudderAnalytics(); it.load('KEY', 'API', { configUrl: 'API' });"
        "it.ready(() => { window.own = it.getAnonymousId() })",
    ),
}


@pytest.mark.parametrize("sdk", SDKS)
def test_it_asks_for_whom_the_sdk_beside_it_tracks(shop: Shopfront, visit: Callable[..., Page], sdk: str) -> None:
    waits(shop)
    file, start = SDKS[sdk]
    shop.pages["/start.js"] = start.replace("KEY", shop.world.write_key).replace("API", shop.api)
    shop.pages["/"] = f"<script src=/node_modules/{file}></script><script src=/start.js></script>" + shop.pages["/sale"]
    page = visit("/", own="")
    page.until("!!window.own")
    asked = "performance.getEntriesByType('resource').map((one) => one.name).find((name) => name.includes('v1/onsite'))"
    assert page.evaluate("own") in page.until(asked)


def test_who_has_no_id_is_not_asked_about(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop)
    page = visit(own="")
    page.until("window.perennialOnsite")
    page.evaluate("perennialOnsite.page()")
    assert shop.asked == ["GET /onsite.js"]
    page.evaluate("perennialOnsite.identify({ anonymousId: 'x' })")
    page.until(IS_OPEN)


def test_an_answer_that_does_not_arrive_is_said_and_can_be_given_again(
    shop: Shopfront, visit: Callable[..., Page]
) -> None:
    waits(shop, {"as": "dialog"})
    page = visit()
    page.until(IS_OPEN)
    page.write("ada@example.com")
    page.evaluate(f"{in_box('[name=consent]')}.click()")
    shop.broken = True
    page.evaluate(f"{in_box('[type=submit]')}.click()")
    page.until(f"{in_box('[role=alert]')}.textContent === 'That did not work. Please try again.'")
    shop.broken = False
    page.evaluate(f"{in_box('[type=submit]')}.click()")
    page.until(f"!!{in_box('[role=status]')}")
    assert "Subscribed" in shop.named("a#x")
    page.said.clear()  # the 500 stands in the console, as it should


def test_it_is_told_in_the_language_of_the_page(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop)
    for path, body in shop.pages.items():
        shop.pages[path] = body.replace("data-write-key", "data-locale=it-CH data-write-key")
    page = visit()
    page.until(IS_OPEN)
    assert page.evaluate(f"[{BOX}.lang, {in_box('h2')}.textContent, {in_box('.close')}.ariaLabel]") == [
        "it",
        "Restiamo in contatto",
        "Chiudi",
    ]


STYLED = "getComputedStyle({}).{}"


def colours(page: Page, selector: str, *, behind: str) -> float:
    """The contrast of a part's letters with what is behind them (WCAG 2.2, relative luminance)."""
    ink = page.evaluate(STYLED.format(in_box(selector), "color"))
    paper = page.evaluate(STYLED.format(behind, "backgroundColor"))
    light, dark = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(said: str) -> float:
    red, green, blue = (int(each) / 255 for each in re.findall(r"\d+", said)[:3])
    line = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in (red, green, blue)]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def test_it_can_be_read_touched_and_styled(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop, {"as": "dialog"})
    page = visit()
    page.until(IS_OPEN)
    for selector in ("h2", "[part=text]", "label", "legend", ".close"):
        assert colours(page, selector, behind=BOX) >= 4.5, selector
    assert colours(page, ".button", behind=in_box(".button")) >= 4.5
    for selector in (".button", ".close", ".input"):
        assert page.evaluate(f"Math.round({in_box(selector)}.getBoundingClientRect().height)") >= 44, selector
    page.evaluate("document.documentElement.style.setProperty('--perennial-accent', 'rgb(122, 31, 92)')")
    assert page.evaluate(STYLED.format(in_box(".button"), "backgroundColor")) == "rgb(122, 31, 92)"
    assert page.evaluate(STYLED.format(BOX, "animationName")) == "come"
    page.prefers("prefers-reduced-motion", "reduce")
    assert page.evaluate(STYLED.format(BOX, "animationName")) == "none"


KEPT = "localStorage.perennial_onsite"
AGED = f'{KEPT} = {KEPT}.replace(/"at":\\d+/, \'"at":\' + (Date.now() - 2000))'


def test_it_comes_so_often_and_no_more(shop: Shopfront, visit: Callable[..., Page]) -> None:
    waits(shop, {"times": 2, "pause": "PT1S"})
    page = visit()
    page.until(IS_OPEN)
    page.go(f"{shop.site}/products/2")
    page.until("window.perennialOnsite")
    assert page.evaluate(f"new Promise((done) => setTimeout(() => done({IS_OPEN}), 100))") is False, "it rests"
    page.evaluate(AGED)
    page.evaluate("perennialOnsite.page()")
    page.until(IS_OPEN)
    page.evaluate(AGED)
    page.go(f"{shop.site}/products/1")
    page.until("window.perennialOnsite")
    assert page.evaluate(f"new Promise((done) => setTimeout(() => done({IS_OPEN}), 100))") is False, (
        "it was there twice"
    )
    assert shop.named("a#x") == ["On-site Message Viewed"], "it was seen once"


def test_a_form_asks_for_a_number_with_the_keyboard_for_it(shop: Shopfront, visit: Callable[..., Page]) -> None:
    tick = {"label": "Text me.", "to": "sms", "wording": "2026-1"}
    form = {"phone": "Your number", "consent": tick, "submit": "Yes", "thanks": "Look at your telephone."}
    waits(shop, template={"class": "marketing", "onsite": {"title": "By text", "form": form, "show": {}}})
    page = visit()
    page.until(IS_OPEN)
    assert page.evaluate(f"{in_box('[name=phone]')}.type + ' ' + {in_box('[name=phone]')}.autocomplete") == "tel tel"
    page.evaluate(f"{in_box('[name=consent]')}.click()")
    for number, answered in (("0721 234 567", "[role=alert]:not(:empty)"), ("+40 721 234 567", "[role=status]")):
        page.evaluate(f"{in_box('[name=phone]')}.value = {json.dumps(number)}; {focus('[type=submit]')}")
        page.press("Enter")
        page.until(f"!!{in_box(answered)}")
        page.said.clear()  # that the first was refused
    assert shop.named("a#x") == ["Identify", "On-site Form Submitted", "On-site Message Viewed", "Subscribed"]
